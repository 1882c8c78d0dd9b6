"""URLs that a program adds to Wagtail's admin."""

from __future__ import annotations

from pathlib import Path

from tests.analyzers.frameworks.django.project_sources import project
from tests.analyzers.frameworks.route_lines import lines

_HOOKS = """
    from django.urls import include, path
    from wagtail import hooks
    from wagtail.admin.viewsets.base import ViewSet
    from wagtail.admin.viewsets.model import ModelViewSet
    from wagtail.admin.views import generic
    from shop import views

    class Creation(generic.CreateView):
        def post(self, request): ...

    class Colours(ModelViewSet):
        add_view_class = Creation
        edit_view_class = generic.EditView

    class Reports(ViewSet):
        name = "reports"

        def get_urlpatterns(self):
            return [path("daily/", views.daily)]

    @hooks.register("register_admin_urls")
    def urls():
        own = [path("<int:pk>/", views.cat)]
        return [path("cats/", include((own, "cats"), namespace="cats"))]

    @hooks.register("register_admin_viewset")
    def viewsets():
        return [Colours("colours", url_prefix="colour"), Reports()]

    @hooks.register("register_icons")
    def icons(found):
        return found

    def late():
        return [path("late/", views.late)]

    hooks.register("register_admin_urls", late)
"""
_VIEWS = """
    def cat(request, pk): ...
    def daily(request): ...
    def late(request): ...
"""
_FILES = {"shop/__init__.py": "", "shop/wagtail_hooks.py": _HOOKS, "shop/views.py": _VIEWS, "shop/urls.py": ""}


def test_hooks_add_urls_where_the_admin_is_included(tmp_path: Path) -> None:
    """Lists of patterns and sets of views, as a decorator or a call registers them."""
    urls = """
        from django.urls import include, path
        from wagtail.admin import urls as wagtailadmin_urls
        urlpatterns = [path("cms/", include(wagtailadmin_urls))]
    """
    assert lines(project(tmp_path, {**_FILES, "site_/urls.py": urls}).routes) == [
        "ANY /cms/cats/{pk}/ shop.views:cat",
        "ANY /cms/late/ shop.views:late",
        "ANY /cms/reports/daily/ shop.views:daily",
        "GET /cms/colour/new/ shop.wagtail_hooks:Creation",
        "POST /cms/colour/new/ shop.wagtail_hooks:Creation",
        "PUT /cms/colour/new/ shop.wagtail_hooks:Creation",
    ]


def test_an_app_alone_adds_them_where_the_admin_usually_is(tmp_path: Path) -> None:
    """No project says where; by the name of the module it is included, too."""
    assert "ANY /admin/late/ shop.views:late" in lines(project(tmp_path, _FILES).routes)
    urls = """
        from django.urls import include, path
        urlpatterns = [path("by-name/", include("wagtail.admin.urls"))]
    """
    found = lines(project(tmp_path, {**_FILES, "site_/urls.py": urls}).routes)
    assert "ANY /by-name/late/ shop.views:late" in found
    assert "ANY /admin/late/ shop.views:late" not in found
