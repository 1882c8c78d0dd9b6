"""URLs that a project puts together while it starts: what apps bring, lazy sites, pages of the admin, lists by name."""

from __future__ import annotations

from pathlib import Path

from strangler.model.system import Route
from tests.analyzers.frameworks.django.project_sources import answers, project, route

_VIEWS = "def index(request): ...\ndef detail(request, pk): ...\n"
_SITE = """
    from django.apps import apps
    from django.urls import include, path
    urlpatterns = []
"""
_APPS = {
    "site_/settings.py": """
        ROOT_URLCONF = "site_.urls"
        INSTALLED_APPS = ["shop.apps.ShopConfig", "blog.apps.BlogConfig"]
    """,
    "shop/views.py": _VIEWS,
    "shop/urls.py": 'from django.urls import path\nfrom shop.views import index\nurlpatterns = [path("list/", index)]',
    "blog/views.py": _VIEWS,
    "blog/urls.py": 'from django.urls import path\nfrom blog.views import index\nurlpatterns = [path("posts/", index)]',
}


def _config(package: str, body: str) -> str:
    return f"""
        from django.apps import AppConfig
        from django.urls import include, path
        class {package.capitalize()}Config(AppConfig):
            name = "{package}"
            {body}
    """


def test_an_attribute_that_a_loop_sets_on_what_an_app_has_is_that_of_the_app(tmp_path: Path) -> None:
    """Plugins are classes inside AppConfigs, which are told where they come from before their URLs are included."""
    files = {
        **_APPS,
        "shop/apps.py": _config("shop", "class Plugin: order = 1"),
        "blog/apps.py": _config("blog", "class Plugin: order = 2"),
        "site_/plugins.py": """
            from django.apps import apps
            def plugins():
                found = []
                for app in apps.get_app_configs():
                    if hasattr(app, "Plugin"):
                        plugin = app.Plugin
                        plugin.module = app.name
                        found.append(plugin)
                return sorted(found, key=lambda plugin: plugin.order)
        """,
        "site_/urls.py": f"""{_SITE}
    from site_.plugins import plugins
    for plugin in plugins():
        try:
            urlpatterns.append(path("", include(plugin.module + ".urls")))
        except ModuleNotFoundError:
            pass
        """,
    }
    assert answers(project(tmp_path, files)) == {"ANY /list/ shop.views:index", "ANY /posts/ blog.views:index"}


def test_an_app_has_the_label_that_its_name_ends_with(tmp_path: Path) -> None:
    """Unless its config says otherwise."""
    paths = 'def urls(self): return [path(f"{self.label}/", include(f"{self.name}.urls"))]'
    files = {
        **_APPS,
        "shop/apps.py": _config("shop", paths),
        "blog/apps.py": _config("blog", f'label = "articles"\n            {paths}'),
        "site_/urls.py": f"{_SITE}\n    for app in apps.get_app_configs():\n        urlpatterns += app.urls()\n",
    }
    assert answers(project(tmp_path, files)) == {
        "ANY /shop/list/ shop.views:index",
        "ANY /articles/posts/ blog.views:index",
    }


def test_a_lazy_object_has_the_urls_of_what_it_becomes(tmp_path: Path) -> None:
    """A site made when it is first used, by a class that the app's config names; its views are attributes."""
    files = {
        **_APPS,
        "shop/apps.py": _config("shop", 'default_site = "shop.sites.Site"'),
        "shop/sites.py": """
            from django.apps import apps
            from django.urls import path
            from django.utils.functional import LazyObject
            from django.utils.module_loading import import_string
            from shop import views
            class Site:
                def __init__(self):
                    self.index_view = getattr(self, "index_view", views.index)
                def get_urls(self):
                    urlpatterns = [path("list/", self.index_view)]
                    return urlpatterns
                @property
                def urls(self):
                    return self.get_urls(), "shop", "shop"
            class DefaultSite(LazyObject):
                def _setup(self):
                    self._wrapped = import_string(apps.get_app_config("shop").default_site)()
            site = DefaultSite()
        """,
        "site_/urls.py": f'{_SITE}\n    from shop import sites\n    urlpatterns += [path("s/", sites.site.urls)]\n',
    }
    assert answers(project(tmp_path, files)) == {"ANY /s/list/ shop.views:index"}


def test_a_page_of_the_admin_that_the_program_answers_itself_is_a_route(tmp_path: Path) -> None:
    """Where it overrides the method; the others are the library's own."""
    files = {
        "shop/models.py": "from django.db import models\nclass Order(models.Model): pass\n",
        "shop/admin.py": """
            from django.contrib import admin
            from shop.models import Order
            class Kept(admin.ModelAdmin):
                def delete_view(self, request, object_id, extra_context=None): return None
            @admin.register(Order)
            class OrderAdmin(Kept):
                def changelist_view(self, request, extra_context=None): return super().changelist_view(request)
        """,
        "site_/urls.py": f"""{_SITE}
    from django.contrib import admin
    urlpatterns.append(path("admin/", admin.site.urls))
        """,
    }
    facts = project(tmp_path, files)
    assert answers(facts) == {
        "ANY /admin/shop/order/ shop.admin:OrderAdmin.changelist_view",
        "ANY /admin/shop/order/{object_id:path}/delete/ shop.admin:Kept.delete_view",
    }
    found: Route = route(facts, "ANY", "/admin/shop/order/")
    assert found.entry == ("shop.admin:OrderAdmin.changelist_view",)


def test_the_view_of_an_api_root_may_be_the_programs_own(tmp_path: Path) -> None:
    """By the router's class, or set on the router; the framework's own is left out."""
    files = {
        "shop/api.py": """
            from rest_framework import routers, viewsets
            class Root(routers.APIRootView): pass
            class Router(routers.DefaultRouter):
                APIRootView = Root
            class Orders(viewsets.ViewSet):
                def list(self, request): return None
            own, told, plain = Router(), routers.DefaultRouter(), routers.DefaultRouter()
            told.APIRootView = Root
            told.register("orders", Orders)
        """,
        "site_/urls.py": f"""{_SITE}
    from shop import api
    urlpatterns += [path("own/", include(api.own.urls)), path("told/", include(api.told.urls))]
    urlpatterns += [path("plain/", include(api.plain.urls))]
        """,
    }
    assert answers(project(tmp_path, files)) == {
        "GET /own/ shop.api:Root",
        "GET /told/ shop.api:Root",
        "GET /told/orders/ shop.api:Orders",
    }


def test_urls_that_only_a_run_includes_are_found_by_the_name_of_their_module(tmp_path: Path) -> None:
    """One module is named in data nobody can follow, the other nowhere; settings that starters name say no URLs."""
    files = {
        **_APPS,
        "manage.py": 'import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "site_.env")\n',
        "site_/env.py": "import os\n",
        "site_/urls.py": f"""{_SITE}
    from plugins import load
    PLUGINS = load([{{"urls": "shop.urls"}}])
    for plugin in PLUGINS:
        target = (plugin.urls, plugin.name) if plugin.name else plugin.urls
        urlpatterns.append(path(plugin.path, include(target)))
        """,
    }
    assert answers(project(tmp_path, files)) == {"ANY /list/ shop.views:index"}


def test_a_list_that_another_module_imports_stands_there(tmp_path: Path) -> None:
    """Without settings, a module whose list is included under another name is no root of its own."""
    files = {
        **_APPS,
        "manage.py": "",
        "site_/settings.py": "",
        "site_/urls.py": f"""{_SITE}
    from shop.urls import urlpatterns as shop_urls
    urlpatterns += [path("s/", include(shop_urls))]
        """,
    }
    assert answers(project(tmp_path, files)) == {"ANY /s/list/ shop.views:index", "ANY /posts/ blog.views:index"}


def test_a_loop_may_give_many_names_a_value(tmp_path: Path) -> None:
    """Every name more took twice as long, where a function that builds a list was called with all of them known."""
    names = "".join(f"name_{number} = app\n        " for number in range(40))
    files = {
        **_APPS,
        "shop/apps.py": _config("shop", "pass"),
        "blog/apps.py": _config("blog", "pass"),
        "site_/urls.py": f"""{_SITE}
    def built(app):
        found = []
        found.append(path("", include(app.name + ".urls")))
        return found
    for app in apps.get_app_configs():
        {names}urlpatterns += built(app)
        """,
    }
    assert "ANY /posts/ blog.views:index" in answers(project(tmp_path, files))
