"""Which functions of the program a request runs, in order."""

from __future__ import annotations

from pathlib import Path

from strangler.model.system import CallKind
from tests.analyzers.frameworks.django.project_sources import entry, project, route

_URLS = """
    from django.urls import path
    from shop import views
    urlpatterns = [path("", views.Page.as_view())]
"""


def test_hooks_of_a_generic_view_run_in_its_order(tmp_path: Path) -> None:
    """Only own methods are listed, in the order the library calls them, for the method in question."""
    source = """
        from django.views.generic import UpdateView
        class Page(UpdateView):
            def get_context_data(self, **kwargs): return {}
            def form_valid(self, form): return None
            def get_object(self): return None
            def dispatch(self, request): return super().dispatch(request)
            def unrelated(self): return None
    """
    facts = project(tmp_path, {"shop/urls.py": _URLS, "shop/views.py": source})
    assert entry(facts, "GET", "/shop/") == (
        "shop.views:Page.dispatch",
        "shop.views:Page.get_object",
        "shop.views:Page.get_context_data",
    )
    assert entry(facts, "POST", "/shop/")[:3] == (
        "shop.views:Page.dispatch",
        "shop.views:Page.get_object",
        "shop.views:Page.form_valid",
    )


def test_hooks_are_those_of_the_class_that_answers(tmp_path: Path) -> None:
    """A base's own ``get`` reaches, by way of the library, the hooks of the class it is called on."""
    source = """
        from django.views.generic import ListView
        class Base(ListView):
            def get(self, request): return super().get(request)
        class Other(Base):
            def get_queryset(self): return []
        class Page(Base):
            def get_queryset(self): return []
    """
    facts = project(tmp_path, {"shop/urls.py": _URLS, "shop/views.py": source})
    assert entry(facts, "GET", "/shop/") == ("shop.views:Base.get", "shop.views:Page.get_queryset")


def test_only_what_the_library_calls_is_a_handler(tmp_path: Path) -> None:
    """A helper that a method calls is a call; one that only the view's class decides stands behind, as a helper."""
    source = """
        from django.views.generic import ListView
        class Base(ListView):
            def get(self, request):
                self.log(self.title())
                return super().get(request)
            def log(self, text): return text
            def title(self): return "base"
        class Page(Base):
            def title(self): return "page"
            def get_queryset(self): return self.chosen()
            def chosen(self): return []
    """
    facts = project(tmp_path, {"shop/urls.py": _URLS, "shop/views.py": source})
    found = route(facts, "GET", "/shop/")
    assert found.entry == ("shop.views:Base.get", "shop.views:Page.get_queryset", "shop.views:Page.title")
    assert found.helpers == 1


def test_a_helper_that_the_library_calls_too_is_no_helper(tmp_path: Path) -> None:
    """``get_queryset`` is called by the program's own base first and by the library later."""
    source = """
        from django.views.generic import ListView
        class Base(ListView):
            def get(self, request):
                self.get_queryset()
                return super().get(request)
        class Page(Base):
            def get_queryset(self): return []
    """
    facts = project(tmp_path, {"shop/urls.py": _URLS, "shop/views.py": source})
    found = route(facts, "GET", "/shop/")
    assert found.entry == ("shop.views:Base.get", "shop.views:Page.get_queryset")
    assert found.helpers == 0


def test_a_form_view_runs_its_form(tmp_path: Path) -> None:
    """A posted form is cleaned field by field, then as a whole, and saved."""
    source = """
        from django import forms
        from django.views.generic import CreateView
        class OrderForm(forms.ModelForm):
            def clean(self): return {}
            def clean_number(self): return 1
            def save(self, commit=True): return None
        class Page(CreateView):
            form_class = OrderForm
    """
    facts = project(tmp_path, {"shop/urls.py": _URLS, "shop/views.py": source})
    assert entry(facts, "POST", "/shop/") == (
        "shop.views:OrderForm.clean",
        "shop.views:OrderForm.clean_number",
        "shop.views:OrderForm.save",
    )
    assert entry(facts, "GET", "/shop/") == ()


def test_middleware_comes_first(tmp_path: Path) -> None:
    """The program's own middleware runs in the order of the setting; ``first_own`` tells where the view begins."""
    facts = project(
        tmp_path,
        {
            "site_/settings.py": """
                from site_.base import *
                MIDDLEWARE += ["shop.middleware.Second", "shop.middleware.third"]
            """,
            "site_/base.py": """
                ROOT_URLCONF = "site_.urls"
                MIDDLEWARE = ["django.middleware.common.CommonMiddleware", "shop.middleware.First"]
            """,
            "shop/middleware.py": """
                from django.utils.deprecation import MiddlewareMixin
                class First(MiddlewareMixin):
                    def process_request(self, request): return None
                    def process_response(self, request, response): return response
                class Second:
                    def __call__(self, request): return None
                    def process_view(self, request, view, args, kwargs): return None
                def third(get_response):
                    def middleware(request): return get_response(request)
                    return middleware
            """,
            "shop/urls.py": """
                from django.urls import path
                from shop.views import page
                urlpatterns = [path("", page)]
            """,
            "shop/views.py": "def page(request): return None",
        },
    )
    found = route(facts, "ANY", "/shop/")
    assert found.entry == (
        "shop.middleware:First.process_request",
        "shop.middleware:Second.__call__",
        "shop.middleware:third.<locals>.middleware",
        "shop.middleware:Second.process_view",
        "shop.middleware:First.process_response",
        "shop.views:page",
    )
    assert found.first_own == 5


def test_wrappers_of_the_program_run_before_the_view(tmp_path: Path) -> None:
    """Decorators on the function, on the class and around the view in the URL conf are all found."""
    facts = project(
        tmp_path,
        {
            "shop/urls.py": """
                from django.urls import path
                from shop import views
                urlpatterns = [path("f/", views.page), path("c/", views.logged(views.Page.as_view()))]
            """,
            "shop/views.py": """
                from django.contrib.auth.decorators import user_passes_test
                from django.utils.decorators import method_decorator
                from django.views.generic import TemplateView
                def logged(view):
                    def log(request): return view(request)
                    return log
                def staff(user): return True
                @user_passes_test(staff)
                def page(request): return None
                @method_decorator(logged, name="dispatch")
                class Page(TemplateView):
                    def get_context_data(self): return {}
            """,
        },
    )
    assert entry(facts, "ANY", "/shop/f/") == ("shop.views:staff", "shop.views:page")
    assert entry(facts, "GET", "/shop/c/") == ("shop.views:logged.<locals>.log", "shop.views:Page.get_context_data")


def test_a_decorator_that_is_bound_to_its_own_adaptation_is_followed_once(tmp_path: Path) -> None:
    """``require_POST = method_decorator(require_POST)``, as django-cms has it, goes in no circle."""
    facts = project(
        tmp_path,
        {
            "shop/urls.py": """
                from django.urls import path
                from shop import views
                urlpatterns = [path("c/", views.Page().page)]
            """,
            "shop/views.py": """
                from django.utils.decorators import method_decorator
                from django.views.decorators.http import require_POST
                require_POST = method_decorator(require_POST)
                class Page:
                    @require_POST
                    def page(self, request): return None
            """,
        },
    )
    assert entry(facts, "POST", "/shop/c/") == ("shop.views:Page.page",)


def test_calling_the_library_runs_the_hooks(tmp_path: Path) -> None:
    """``super().get()`` and ``form.is_valid()`` are calls of the program's own methods by way of the framework."""
    facts = project(
        tmp_path,
        {
            "shop/urls.py": _URLS,
            "shop/views.py": """
                from django import forms
                from django.views.generic import DetailView
                class Code(forms.Form):
                    def clean_code(self): return ""
                class Page(DetailView):
                    def get(self, request):
                        return super().get(request)
                    def get_object(self): return None
                    def post(self, request):
                        form = Code(request.POST)
                        return form.is_valid()
            """,
        },
    )
    framework = {(call.caller, call.callee) for call in facts.calls if call.kind is CallKind.FRAMEWORK}
    assert framework == {
        ("shop.views:Page.get", "shop.views:Page.get_object"),
        ("shop.views:Page.post", "shop.views:Code.clean_code"),
    }
