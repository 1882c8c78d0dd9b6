"""URL confs: every way of writing one gives the same routes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.analyzers.frameworks.django.project_sources import answers, project, route

_VIEWS = {
    "shop/views.py": """
        def index(request): return None
        def detail(request, pk): return None
        def admin_only(request): return None
    """,
}


def _with_urls(root: Path, urls: str, **more: str) -> set[str]:
    files = {**_VIEWS, "shop/urls.py": urls, **{name.replace("__", "/") + ".py": text for name, text in more.items()}}
    return answers(project(root, files))


@pytest.mark.parametrize(
    "urls",
    [
        """
        from django.urls import path
        from shop import views
        urlpatterns = [path("", views.index), path("<int:pk>/", views.detail)]
        """,
        """
        from django.urls import path
        from shop.views import index, detail
        urlpatterns = [path("", index)]
        urlpatterns += [path("<int:pk>/", detail)]
        """,
        """
        from django.urls import path, re_path
        from shop.views import index, detail
        urlpatterns = []
        urlpatterns.append(re_path(r"^$", view=index))
        urlpatterns.extend([re_path(r"^(?P<pk>\\d+)/$", detail)])
        """,
        """
        from django.conf import settings
        from django.urls import path
        from shop.views import index, detail
        first = [path("", index)]
        if settings.SHOW:
            urlpatterns = first + [path("<int:pk>/", detail)]
        """,
        """
        from django.urls import include, path
        from shop.views import index, detail
        inner = [path("", detail)]
        urlpatterns = [path("", index), path("<int:pk>/", include((inner, "inner"), namespace="x"))]
        """,
        """
        from django.urls import path
        from shop.views import index, detail
        def patterns():
            found = [path("", index)]
            found += [path("<int:pk>/", detail)]
            return found
        urlpatterns = patterns()
        """,
        """
        from django.urls import path
        from django.utils.translation import gettext_lazy as _
        from shop.views import index, detail
        urlpatterns = [path(_(""), index), path("<int:pk>/", detail)]
        """,
    ],
)
def test_however_it_is_written_a_urlconf_gives_its_routes(tmp_path: Path, urls: str) -> None:
    """Lists may be assigned, added, appended to, returned, included and translated."""
    assert _with_urls(tmp_path, urls) == {
        "ANY /shop/ shop.views:index",
        "ANY /shop/{pk}/ shop.views:detail",
    }


@pytest.mark.parametrize(
    ("position", "routes"), [("-1", {"/shop/in/detail/"}), ("-2", {"/shop/in/index/"}), ("-3", set[str]())]
)
def test_an_element_of_a_tuple_is_included_by_its_place_from_the_end(
    tmp_path: Path, position: str, routes: set[str]
) -> None:
    """A place that the tuple does not have includes nothing."""
    urls = f"""
        from django.urls import include, path
        from shop import views
        both = ([path("index/", views.index)], [path("detail/", views.detail)])
        urlpatterns = [path("in/", include(both[{position}]))]
    """
    assert {answer.split()[1] for answer in _with_urls(tmp_path, urls)} == routes


def test_names_carry_their_namespaces(tmp_path: Path) -> None:
    """``app_name`` of an included module and ``namespace`` of an include precede a route's name."""
    facts = project(
        tmp_path,
        {
            **_VIEWS,
            "shop/urls.py": """
                from django.urls import include, path
                from shop import views
                app_name = "shop"
                urlpatterns = [
                    path("", views.index, name="index"),
                    path("in/", include([path("", views.detail, name="detail")])),
                ]
            """,
        },
    )
    assert route(facts, "ANY", "/shop/").name == "shop:index"
    assert route(facts, "ANY", "/shop/in/").name == "shop:detail"


def test_a_route_stands_where_its_path_is_declared(tmp_path: Path) -> None:
    """The location is the ``path()`` call, not the view."""
    facts = project(
        tmp_path,
        {
            **_VIEWS,
            "shop/urls.py": """
                from django.urls import path
                from shop import views
                urlpatterns = [
                    path("", views.index),
                ]
            """,
        },
    )
    location = route(facts, "ANY", "/shop/").location
    assert (location.file, location.line) == ("shop/urls.py", 4)


def test_a_loop_over_apps_includes_each_of_their_urlconfs(tmp_path: Path) -> None:
    """Plugins that are found by the app registry are run through one by one, conditions included."""
    found = answers(
        project(
            tmp_path,
            {
                **_VIEWS,
                "shop/urls.py": """
                    import importlib
                    from django.apps import apps
                    from django.urls import include, path
                    urlpatterns = []
                    for app in apps.get_app_configs():
                        if hasattr(app, "plugin"):
                            module = importlib.import_module(app.name + ".urls")
                            local = []
                            if hasattr(module, "extra"):
                                local += module.extra
                            urlpatterns.append(path("plugins/", include((local, app.label))))
                """,
                "shop/apps.py": """
                    from django.apps import AppConfig
                    class ShopConfig(AppConfig):
                        name = "shop"
                """,
                "gifts/apps.py": """
                    from django.apps import AppConfig
                    class GiftsConfig(AppConfig):
                        name = "gifts"
                        plugin = True
                """,
                "gifts/urls.py": """
                    from django.urls import path
                    def wrap(request): return None
                    extra = [path("wrap/", wrap)]
                """,
            },
        )
    )
    assert found == {"ANY /shop/plugins/wrap/ gifts.urls:wrap"}


def test_urls_of_an_app_config_are_those_of_its_class(tmp_path: Path) -> None:
    """``urls`` of an app found by label: the property, ``super()`` and attributes set in ``ready`` are followed."""
    found = answers(
        project(
            tmp_path,
            {
                **_VIEWS,
                "base.py": """
                    from django.apps import AppConfig
                    class Config(AppConfig):
                        namespace = None
                        def get_urls(self): return []
                        def post_process(self, patterns): return patterns
                        @property
                        def urls(self): return self.get_urls(), self.label, self.namespace
                """,
                "shop/apps.py": """
                    from base import Config
                    from django.urls import path
                    class ShopConfig(Config):
                        name = "shop"
                        label = "store"
                        namespace = "store"
                        def ready(self):
                            from shop.views import index
                            self.index_view = index
                        def get_urls(self):
                            urls = super().get_urls()
                            urls += [path("start/", self.index_view, name="start")]
                            return self.post_process(urls)
                """,
                "site_/urls.py": """
                    from django.apps import apps
                    from django.urls import path
                    urlpatterns = [path("s/", apps.get_app_config("store").urls)]
                """,
            },
        )
    )
    assert found == {"ANY /s/start/ shop.views:index"}


def test_without_a_project_the_urlconfs_nobody_includes_are_the_roots(tmp_path: Path) -> None:
    """A reusable app has no settings: what no other URL conf includes is where it begins."""
    files = {
        "manage.py": "",
        "site_/settings.py": "",
        "site_/urls.py": "",
        **_VIEWS,
        "shop/urls.py": """
            from django.urls import include, path
            urlpatterns = [path("inner/", include("shop.inner"))]
        """,
        "shop/inner.py": """
            from django.urls import path
            from shop.views import index
            urlpatterns = [path("x/", index)]
        """,
    }
    assert answers(project(tmp_path, files)) == {"ANY /inner/x/ shop.views:index"}


def test_a_urlconf_that_middleware_switches_to_is_a_root_too(tmp_path: Path) -> None:
    """``request.urlconf = "..."`` makes the routes of another domain part of the system."""
    files = {
        **_VIEWS,
        "shop/urls.py": "urlpatterns = []",
        "shop/middleware.py": """
            def by_domain(get_response):
                def inner(request):
                    request.urlconf = "shop.domain"
                    return get_response(request)
                return inner
        """,
        "shop/domain.py": """
            from django.urls import path
            from shop.views import index
            urlpatterns = [path("own/", index)]
        """,
    }
    assert answers(project(tmp_path, files)) == {"ANY /own/ shop.views:index"}


def test_views_of_libraries_make_no_route(tmp_path: Path) -> None:
    """Nothing of the monolith answers them; a wrapper of the program around one is not the view either."""
    found = _with_urls(
        tmp_path,
        """
        from django.contrib import admin
        from django.contrib.auth.views import LoginView
        from django.urls import path
        from django.views.generic import RedirectView
        from shop.wrappers import anonymous_only
        urlpatterns = [
            path("old/", RedirectView.as_view(url="/")),
            path("login/", anonymous_only(LoginView.as_view())),
            path("admin/", admin.site.urls),
        ]
        """,
        shop__wrappers="""
        def anonymous_only(view):
            def wrapper(request): return view(request)
            return wrapper
        """,
    )
    assert found == set()


def test_custom_urls_of_an_admin_class_are_routes(tmp_path: Path) -> None:
    """``get_urls`` of a ModelAdmin adds paths below its model's."""
    found = answers(
        project(
            tmp_path,
            {
                "shop/models.py": """
                    from django.db import models
                    class Order(models.Model): pass
                """,
                "shop/admin.py": """
                    from django.contrib import admin
                    from django.urls import path
                    from shop.models import Order
                    @admin.register(Order)
                    class OrderAdmin(admin.ModelAdmin):
                        def get_urls(self):
                            own = [path("export/", self.admin_site.admin_view(self.export), name="export")]
                            return own + super().get_urls()
                        def export(self, request): return None
                """,
                "site_/urls.py": """
                    from django.contrib import admin
                    from django.urls import path
                    urlpatterns = [path("admin/", admin.site.urls)]
                """,
            },
        )
    )
    assert found == {"ANY /admin/shop/order/export/ shop.admin:OrderAdmin.export"}


def test_urlconfs_that_include_each_other_end(tmp_path: Path) -> None:
    """A circle of includes is walked once."""
    found = _with_urls(
        tmp_path,
        """
        from django.urls import include, path
        from shop.views import index
        urlpatterns = [path("", index), path("again/", include("shop.urls"))]
        """,
    )
    assert found == {"ANY /shop/ shop.views:index"}


@pytest.mark.parametrize(
    ("setting", "path"),
    [
        ('PREFIX = "de/"', "/de/"),
        ('PREFIX = os.environ.get("PREFIX", "de/")', "/de/"),
        ('PREFIX = env_text("PREFIX", "")', "/"),
        ("PREFIX = compute()", "/{prefix}/"),
    ],
)
def test_a_path_may_come_from_the_settings(tmp_path: Path, setting: str, path: str) -> None:
    """The default holds where the environment decides; what only a run decides is one unknown segment."""
    files = {
        **_VIEWS,
        "site_/settings.py": f'import os\nfrom acme import compute, env_text\nROOT_URLCONF = "site_.urls"\n{setting}\n',
        "site_/urls.py": """
            from django.conf import settings
            from django.urls import path
            from shop.views import index
            PREFIX = settings.PREFIX
            if PREFIX:
                PREFIX = PREFIX.strip("/") + "/"
            urlpatterns = [path(PREFIX, index)]
        """,
    }
    found = answers(project(tmp_path, files))
    assert {route.rstrip("/") for route in found} == {f"ANY {path} shop.views:index"}


def test_a_function_may_choose_each_view_by_its_name(tmp_path: Path) -> None:
    """``getattr(views, name)``: each path has the view that its own call names, wherever the function looks."""
    urls = """
        from urllib.parse import urljoin
        from django.urls import include, path
        from shop import views

        def api(own=None):
            if not own:
                own = views

            def view(name):
                return getattr(own, name, getattr(views, name))

            return [
                path("orders/", view("index"), name="orders"),
                path(urljoin("orders/", "<int:pk>/"), view("detail")),
            ]

        urlpatterns = [path("api/", include(api()))]
    """
    assert _with_urls(tmp_path, urls) == {
        "ANY /shop/api/orders/ shop.views:index",
        "ANY /shop/api/orders/{pk}/ shop.views:detail",
    }


def test_a_registry_with_an_as_view_of_its_own_is_followed_like_any_function(tmp_path: Path) -> None:
    """The view is what its method returns, not the registry."""
    found = _with_urls(
        tmp_path,
        """
        from django.urls import path
        from shop.registry import registry
        urlpatterns = [path("", registry.as_view("edit"))]
        """,
        shop__registry="""
        class Registry:
            def as_view(self, name):
                def router(request): return None
                return router
        registry = Registry()
        """,
    )
    assert found == {"ANY /shop/ shop.registry:Registry.as_view.<locals>.router"}


@pytest.mark.parametrize(
    ("wrapped", "path"),
    [
        ("if settings.BASE:\n            urlpatterns = [path(settings.BASE, include(urlpatterns))]", "/shop/"),
        ('urlpatterns = [path("all/", include(urlpatterns))]', "/shop/all/"),
    ],
)
def test_urls_may_be_put_below_a_prefix_as_a_whole(tmp_path: Path, wrapped: str, path: str) -> None:
    """A list that includes what it held before; below a condition it is a prefix that some deployments set."""
    urls = f"""
        from django.conf import settings
        from django.urls import include, path
        from shop.views import index, detail
        urlpatterns = [path("", index), path("<int:pk>/", detail)]
        {wrapped}
    """
    assert {line.split()[1] for line in _with_urls(tmp_path, urls)} == {path, f"{path}{{pk}}/"}


def test_an_admin_class_for_a_model_of_an_installed_package_has_routes(tmp_path: Path) -> None:
    """The people of Django with pages of the program's own; the site's URLs may have been taken out of their triple."""
    found = answers(
        project(
            tmp_path,
            {
                "shop/__init__.py": "",
                "shop/admin.py": """
                    from django.contrib import admin
                    from django.contrib.auth.admin import UserAdmin
                    from django.contrib.auth.models import User

                    class OwnUserAdmin(UserAdmin):
                        def change_view(self, request, object_id): return None

                    admin.site.unregister(User)
                    admin.site.register(User, OwnUserAdmin)
                """,
                "shop/views.py": "def create(request): ...",
                "site_/urls.py": """
                    from django.contrib import admin
                    from django.urls import path
                    from shop import views
                    own = admin.site.urls[0]
                    own.insert(0, path("create/", views.create))
                    urlpatterns = [path("admin/", (own, admin.site.urls[1], admin.site.urls[2]))]
                """,
            },
        )
    )
    assert found == {
        "ANY /admin/create/ shop.views:create",
        "ANY /admin/auth/user/{object_id:path}/change/ shop.admin:OwnUserAdmin.change_view",
    }
