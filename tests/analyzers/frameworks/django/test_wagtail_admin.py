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


def test_sets_of_views_for_snippets_are_registered_by_a_function(tmp_path: Path) -> None:
    """As a class, by its path, in a group, or beside a model; a model alone has pages of Wagtail's own."""
    files = {
        "shop/__init__.py": "",
        "shop/models.py": """
            from django.db import models
            from wagtail.snippets.models import register_snippet

            class Cat(models.Model): ...
            class Dog(models.Model): ...

            @register_snippet
            class Bird(models.Model): ...
        """,
        "shop/sets.py": """
            from wagtail.admin.views import generic
            from wagtail.snippets.views.snippets import SnippetViewSet, SnippetViewSetGroup
            from shop.models import Dog

            class Index(generic.IndexView):
                def get(self, request): ...

            class Creation(generic.CreateView):
                def post(self, request): ...

            class Cats(SnippetViewSet):
                add_view_class = Creation

            class Dogs(SnippetViewSet):
                model = Dog
                url_prefix = "dogs"
                index_view_class = Index

            class Hounds(SnippetViewSet):
                model = Dog
                add_view_class = Creation

            class Foxes(Dogs):
                url_prefix = "foxes"

            class Group(SnippetViewSetGroup):
                items = (Dogs, Hounds)
        """,
        "shop/wagtail_hooks.py": """
            from wagtail.snippets.models import register_snippet
            from shop.models import Cat
            from shop.sets import Cats, Group

            register_snippet(Cat, viewset=Cats)
            register_snippet(Group)
            register_snippet("shop.sets.Foxes")
        """,
    }
    found = lines(project(tmp_path, files).routes)
    assert [line for line in found if not line.startswith("PUT ")] == [
        "GET /admin/dogs/ shop.sets:Index",
        "GET /admin/dogs/results/ shop.sets:Index",
        "GET /admin/foxes/ shop.sets:Index",
        "GET /admin/foxes/results/ shop.sets:Index",
        "GET /admin/snippets/shop/cat/add/ shop.sets:Creation",
        "GET /admin/snippets/shop/dog/add/ shop.sets:Creation",
        "POST /admin/snippets/shop/cat/add/ shop.sets:Creation",
        "POST /admin/snippets/shop/dog/add/ shop.sets:Creation",
    ]


def test_a_group_of_sets_adds_those_it_lists(tmp_path: Path) -> None:
    """Each below its own name, which is that of its model if it has none."""
    hooks = """
        from django.db import models
        from wagtail import hooks
        from wagtail.admin.viewsets.base import ViewSetGroup
        from wagtail.admin.viewsets.model import ModelViewSet
        from wagtail.admin.views import generic

        class Cat(models.Model): ...

        class Deletion(generic.DeleteView):
            def post(self, request): ...

        class Cats(ModelViewSet):
            model = Cat
            delete_view_class = Deletion

        class Pets(ViewSetGroup):
            items = (Cats, Cats("felines"))

        @hooks.register("register_admin_viewset")
        def viewsets():
            return Pets()
    """
    found = lines(project(tmp_path, {"shop/__init__.py": "", "shop/wagtail_hooks.py": hooks}).routes)
    assert [line for line in found if line.startswith("POST ")] == [
        "POST /admin/cat/delete/{pk}/ shop.wagtail_hooks:Deletion",
        "POST /admin/felines/delete/{pk}/ shop.wagtail_hooks:Deletion",
    ]
