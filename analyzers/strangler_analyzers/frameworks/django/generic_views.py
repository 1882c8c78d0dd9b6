"""Views that libraries bring: their ancestors, and which methods of the view each of their own methods runs.

Read from Django 5.2 (`django.views.generic`, `django.contrib.auth`), Django REST framework 3.18, django-extra-views 0.16,
django-haystack 3.4 and django-tables2 3.0. ``super.name`` means the next ancestor's method, ``form.`` and ``serializer.`` a
method of the class the view works with.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from strangler_analyzers.inheritance import Ancestor

VERBS = ("get", "post", "put", "patch", "delete", "head", "options", "trace")
"""The methods a class-based view may implement; `django.views.generic.base.View.http_method_names`."""

_PACKAGES = frozenset({"django", "rest_framework", "extra_views", "haystack", "django_tables2", "formtools"})


@dataclass(frozen=True, slots=True, eq=False)
class GenericView:
    """A class of a library; `runs` says for each method, in order, what it calls on the view."""

    name: str
    bases: tuple[str, ...] = ()
    runs: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, "tuple[str, ...]"])
    verbs: tuple[str, ...] = ()
    """The methods it limits itself to, if it does."""


def _view(name: str, bases: str = "", verbs: str = "", **runs: str) -> GenericView:
    return GenericView(
        name,
        tuple(bases.split()),
        {method: tuple(hooks.split()) for method, hooks in runs.items()},
        tuple(verbs.split()),
    )


_DJANGO = (
    _view("View", setup="", dispatch="", options="", http_method_not_allowed=""),
    _view("ContextMixin", get_context_data=""),
    _view("TemplateResponseMixin", render_to_response="get_template_names", get_template_names=""),
    _view(
        "TemplateView",
        "TemplateResponseMixin ContextMixin View",
        get="get_context_data render_to_response",
    ),
    _view(
        "RedirectView",
        "View",
        get_redirect_url="",
        get="get_redirect_url",
        head="get",
        post="get",
        options="get",
        delete="get",
        put="get",
        patch="get",
    ),
    _view(
        "SingleObjectMixin",
        "ContextMixin",
        get_object="get_queryset get_slug_field",
        get_queryset="",
        get_slug_field="",
        get_context_object_name="",
        get_context_data="get_context_object_name super.get_context_data",
    ),
    _view("BaseDetailView", "SingleObjectMixin View", get="get_object get_context_data render_to_response"),
    _view("SingleObjectTemplateResponseMixin", "TemplateResponseMixin", get_template_names="super.get_template_names"),
    _view("DetailView", "SingleObjectTemplateResponseMixin BaseDetailView"),
    _view(
        "MultipleObjectMixin",
        "ContextMixin",
        get_queryset="get_ordering",
        get_ordering="",
        paginate_queryset="get_paginator get_paginate_orphans get_allow_empty",
        get_paginate_by="",
        get_paginator="",
        get_paginate_orphans="",
        get_allow_empty="",
        get_context_object_name="",
        get_context_data="get_paginate_by get_context_object_name paginate_queryset super.get_context_data",
    ),
    _view(
        "BaseListView",
        "MultipleObjectMixin View",
        get="get_queryset get_allow_empty get_paginate_by get_context_data render_to_response",
    ),
    _view(
        "MultipleObjectTemplateResponseMixin", "TemplateResponseMixin", get_template_names="super.get_template_names"
    ),
    _view("ListView", "MultipleObjectTemplateResponseMixin BaseListView"),
    _view(
        "FormMixin",
        "ContextMixin",
        get_initial="",
        get_prefix="",
        get_form_class="",
        get_form="get_form_class get_form_kwargs form.__init__",
        get_form_kwargs="get_initial get_prefix",
        get_success_url="",
        form_valid="get_success_url",
        form_invalid="get_context_data render_to_response",
        get_context_data="get_form super.get_context_data",
    ),
    _view(
        "ModelFormMixin",
        "FormMixin SingleObjectMixin",
        get_form_class="get_queryset",
        get_form_kwargs="super.get_form_kwargs",
        get_success_url="",
        form_valid="form.save super.form_valid",
    ),
    _view(
        "ProcessFormView",
        "View",
        get="get_context_data render_to_response",
        post="get_form form.is_valid form_valid form_invalid",
        put="post",
    ),
    _view("BaseFormView", "FormMixin ProcessFormView"),
    _view("FormView", "TemplateResponseMixin BaseFormView"),
    _view("BaseCreateView", "ModelFormMixin ProcessFormView", get="super.get", post="super.post"),
    _view("CreateView", "SingleObjectTemplateResponseMixin BaseCreateView"),
    _view("BaseUpdateView", "ModelFormMixin ProcessFormView", get="get_object super.get", post="get_object super.post"),
    _view("UpdateView", "SingleObjectTemplateResponseMixin BaseUpdateView"),
    _view("DeletionMixin", delete="get_object get_success_url", post="delete", get_success_url=""),
    _view(
        "BaseDeleteView",
        "DeletionMixin FormMixin BaseDetailView",
        post="get_object get_form form.is_valid form_valid form_invalid",
        form_valid="get_success_url",
    ),
    _view("DeleteView", "SingleObjectTemplateResponseMixin BaseDeleteView"),
    _view(
        "DateMixin",
        get_date_field="",
        get_allow_future="",
        get_year="",
        get_month="",
        get_day="",
        get_week="",
        get_year_format="",
        get_month_format="",
        get_day_format="",
        get_week_format="",
    ),
    _view(
        "BaseDateListView",
        "MultipleObjectMixin DateMixin View",
        get="get_dated_items get_context_data render_to_response",
        get_dated_items="get_dated_queryset get_date_list",
        get_ordering="get_date_field",
        get_dated_queryset="get_queryset get_date_field get_allow_future get_allow_empty get_paginate_by",
        get_date_list_period="",
        get_date_list="get_date_field get_allow_empty get_date_list_period",
    ),
    *(
        _view(f"{period}ArchiveView", "MultipleObjectTemplateResponseMixin BaseDateListView")
        for period in ("Year", "Month", "Week", "Day", "Today")
    ),
    _view("ArchiveIndexView", "MultipleObjectTemplateResponseMixin BaseDateListView"),
    _view("DateDetailView", "SingleObjectTemplateResponseMixin DateMixin BaseDetailView"),
    _view("SuccessMessageMixin", form_valid="super.form_valid get_success_message", get_success_message=""),
)

_ACCESS = (
    _view(
        "AccessMixin",
        handle_no_permission="get_permission_denied_message get_login_url get_redirect_field_name",
        get_login_url="",
        get_permission_denied_message="",
        get_redirect_field_name="",
    ),
    _view("LoginRequiredMixin", "AccessMixin", dispatch="handle_no_permission super.dispatch"),
    _view(
        "PermissionRequiredMixin",
        "AccessMixin",
        get_permission_required="",
        has_permission="get_permission_required",
        dispatch="has_permission handle_no_permission super.dispatch",
    ),
    _view(
        "UserPassesTestMixin",
        "AccessMixin",
        get_test_func="test_func",
        dispatch="get_test_func handle_no_permission super.dispatch",
    ),
    _view(
        "RedirectURLMixin",
        get_success_url="get_redirect_url get_default_redirect_url",
        get_redirect_url="get_success_url_allowed_hosts",
        get_success_url_allowed_hosts="",
        get_default_redirect_url="",
    ),
    _view(
        "LoginView",
        "RedirectURLMixin FormView",
        dispatch="super.dispatch",
        get_form_class="",
        get_form_kwargs="super.get_form_kwargs",
        form_valid="get_success_url",
        get_context_data="super.get_context_data get_redirect_url",
    ),
    _view(
        "LogoutView",
        "RedirectURLMixin TemplateView",
        verbs="post options",
        dispatch="super.dispatch",
        post="get_success_url super.get",
        get_context_data="super.get_context_data",
    ),
    _view("PasswordContextMixin", get_context_data="super.get_context_data"),
    _view("PasswordResetView", "PasswordContextMixin FormView", form_valid="form.save super.form_valid"),
    _view("PasswordResetDoneView", "PasswordContextMixin TemplateView"),
    _view(
        "PasswordResetConfirmView",
        "PasswordContextMixin FormView",
        dispatch="get_user super.dispatch",
        get_user="",
        get_form_kwargs="super.get_form_kwargs",
        form_valid="form.save super.form_valid",
    ),
    _view("PasswordResetCompleteView", "PasswordContextMixin TemplateView"),
    _view(
        "PasswordChangeView",
        "PasswordContextMixin FormView",
        get_form_kwargs="super.get_form_kwargs",
        form_valid="form.save super.form_valid",
    ),
    _view("PasswordChangeDoneView", "PasswordContextMixin TemplateView"),
    _view("Feed", __call__="get_object items get_context_data", get_object="", items="", get_context_data=""),
)

_REST = (
    _view(
        "APIView",
        "View",
        dispatch="initialize_request initial finalize_response",
        initialize_request="get_parsers get_authenticators",
        initial="perform_content_negotiation determine_version perform_authentication check_permissions check_throttles",
        perform_content_negotiation="get_renderers",
        perform_authentication="authenticator.authenticate",
        check_permissions="get_permissions permission.has_permission",
        check_object_permissions="get_permissions permission.has_object_permission",
        check_throttles="get_throttles throttle.allow_request",
        determine_version="",
        finalize_response="",
        get_parsers="",
        get_authenticators="",
        get_renderers="",
        get_permissions="",
        get_throttles="",
        handle_exception="",
        options="",
    ),
    _view(
        "GenericAPIView",
        "APIView",
        get_queryset="",
        get_object="get_queryset filter_queryset check_object_permissions",
        get_serializer="get_serializer_class get_serializer_context serializer.__init__",
        get_serializer_class="",
        get_serializer_context="",
        filter_queryset="filter.filter_queryset",
        paginate_queryset="paginator.paginate_queryset",
        get_paginated_response="paginator.get_paginated_response",
    ),
    _view(
        "CreateModelMixin",
        create="get_serializer serializer.is_valid perform_create serializer.data get_success_headers",
        perform_create="serializer.create",
        get_success_headers="",
    ),
    _view(
        "ListModelMixin",
        list="get_queryset filter_queryset paginate_queryset get_serializer serializer.data get_paginated_response",
    ),
    _view("RetrieveModelMixin", retrieve="get_object get_serializer serializer.data"),
    _view(
        "UpdateModelMixin",
        update="get_object get_serializer serializer.is_valid perform_update serializer.data",
        perform_update="serializer.update",
        partial_update="update",
    ),
    _view("DestroyModelMixin", destroy="get_object perform_destroy", perform_destroy=""),
    _view("CreateAPIView", "CreateModelMixin GenericAPIView", post="create"),
    _view("ListAPIView", "ListModelMixin GenericAPIView", get="list"),
    _view("RetrieveAPIView", "RetrieveModelMixin GenericAPIView", get="retrieve"),
    _view("DestroyAPIView", "DestroyModelMixin GenericAPIView", delete="destroy"),
    _view("UpdateAPIView", "UpdateModelMixin GenericAPIView", put="update", patch="partial_update"),
    _view("ListCreateAPIView", "ListModelMixin CreateModelMixin GenericAPIView", get="list", post="create"),
    _view(
        "RetrieveUpdateAPIView",
        "RetrieveModelMixin UpdateModelMixin GenericAPIView",
        get="retrieve",
        put="update",
        patch="partial_update",
    ),
    _view(
        "RetrieveDestroyAPIView",
        "RetrieveModelMixin DestroyModelMixin GenericAPIView",
        get="retrieve",
        delete="destroy",
    ),
    _view(
        "RetrieveUpdateDestroyAPIView",
        "RetrieveModelMixin UpdateModelMixin DestroyModelMixin GenericAPIView",
        get="retrieve",
        put="update",
        patch="partial_update",
        delete="destroy",
    ),
    _view("ViewSetMixin", initialize_request="super.initialize_request"),
    _view("ViewSet", "ViewSetMixin APIView"),
    _view("GenericViewSet", "ViewSetMixin GenericAPIView"),
    _view("ReadOnlyModelViewSet", "RetrieveModelMixin ListModelMixin GenericViewSet"),
    _view(
        "ModelViewSet",
        "CreateModelMixin RetrieveModelMixin UpdateModelMixin DestroyModelMixin ListModelMixin GenericViewSet",
    ),
)

_FORMSETS = (
    _view(
        "BaseFormSetFactory",
        construct_formset="get_formset get_formset_kwargs",
        get_initial="",
        get_prefix="",
        get_formset_class="",
        get_form_class="",
        get_form_kwargs="",
        get_formset="get_form_class get_factory_kwargs",
        get_formset_kwargs="get_initial get_prefix get_form_kwargs",
        get_factory_kwargs="get_formset_class",
    ),
    _view(
        "FormSetMixin",
        "BaseFormSetFactory ContextMixin",
        get_success_url="",
        formset_valid="get_success_url",
        formset_invalid="get_context_data render_to_response",
    ),
    _view(
        "ModelFormSetMixin",
        "FormSetMixin MultipleObjectMixin",
        get_formset_kwargs="super.get_formset_kwargs get_queryset",
        formset_valid="super.formset_valid",
    ),
    _view(
        "InlineFormSetMixin",
        "SingleObjectMixin FormSetMixin",
        get_inline_model="",
        get_formset="get_inline_model get_factory_kwargs",
        formset_valid="super.formset_valid",
    ),
    _view(
        "ProcessFormSetView",
        "View",
        get="construct_formset get_context_data render_to_response",
        post="construct_formset formset_valid formset_invalid",
        put="post",
    ),
    _view("FormSetView", "TemplateResponseMixin FormSetMixin ProcessFormSetView"),
    _view(
        "ModelFormSetView",
        "MultipleObjectTemplateResponseMixin ModelFormSetMixin ProcessFormSetView",
        get="get_queryset super.get",
        post="get_queryset super.post",
    ),
    _view(
        "InlineFormSetView",
        "SingleObjectTemplateResponseMixin InlineFormSetMixin ProcessFormSetView",
        get="get_object super.get",
        post="get_object super.post",
    ),
    _view(
        "ModelFormWithInlinesMixin",
        "ModelFormMixin",
        get_inlines="",
        forms_valid="form_valid",
        forms_invalid="get_context_data render_to_response",
        construct_inlines="get_inlines",
    ),
    _view(
        "ProcessFormWithInlinesView",
        "FormView",
        get="get_form_class get_form construct_inlines get_context_data render_to_response",
        post="get_form_class get_form form.is_valid construct_inlines forms_valid forms_invalid",
        put="post",
    ),
    _view(
        "CreateWithInlinesView",
        "SingleObjectTemplateResponseMixin ModelFormWithInlinesMixin ProcessFormWithInlinesView",
        get="super.get",
        post="super.post",
    ),
    _view(
        "UpdateWithInlinesView",
        "SingleObjectTemplateResponseMixin ModelFormWithInlinesMixin ProcessFormWithInlinesView",
        get="get_object super.get",
        post="get_object super.post",
    ),
    _view(
        "NamedFormsetsMixin",
        "ContextMixin",
        get_inlines_names="",
        get_context_data="get_inlines_names super.get_context_data",
    ),
    _view("SearchableListMixin", get_search_query="", get_queryset="super.get_queryset get_search_query"),
    _view("SortableListMixin", get_queryset="super.get_queryset", get_context_data="super.get_context_data"),
)

_LISTS = (
    _view(
        "SingleTableMixin",
        get_table_class="",
        get_table="get_table_class get_table_data",
        get_table_data="get_queryset",
        get_table_kwargs="",
        get_context_data="super.get_context_data get_table get_table_kwargs",
    ),
    _view("SingleTableView", "SingleTableMixin ListView"),
    _view(
        "MultiTableMixin",
        get_tables="get_tables_data",
        get_tables_data="",
        get_context_data="super.get_context_data get_tables",
    ),
    _view(
        "SearchMixin",
        "MultipleObjectMixin FormMixin",
        get_queryset="",
        get_form_kwargs="get_initial get_queryset",
        form_invalid="get_context_data render_to_response",
        form_valid="form.search get_context_data render_to_response",
    ),
    _view(
        "FacetedSearchMixin",
        "SearchMixin",
        get_form_kwargs="super.get_form_kwargs",
        get_context_data="super.get_context_data",
        get_queryset="super.get_queryset",
    ),
    _view("SearchView", "SearchMixin FormView", get="get_form_class get_form form.is_valid form_valid form_invalid"),
    _view("FacetedSearchView", "FacetedSearchMixin SearchView"),
    _view("WizardView", "TemplateView", get="get_form get_context_data", post="get_form process_step render_done done"),
)

GENERIC_VIEWS: Mapping[str, GenericView] = {
    view.name: view for view in (*_DJANGO, *_ACCESS, *_REST, *_FORMSETS, *_LISTS)
}
"""Every view class known, by its name."""

Layer: TypeAlias = "Ancestor | GenericView"
"""A class in the order a view's methods are searched; a path stands for a class of which nothing is known."""


def generic_view(path: str) -> GenericView | None:
    """The library class a dotted path means.

    A class of an unknown package passes for the one its name ends with: ``acme.AjaxUpdateView`` for UpdateView.
    """
    package, name = path.partition(".")[0], path.rpartition(".")[2]
    if package in _PACKAGES:
        if (known := GENERIC_VIEWS.get(name)) is not None:
            return known
        if package in {"django", "rest_framework"} and not name.endswith(("View", "ViewSet", "Mixin")):
            return None
    endings = [known for known in GENERIC_VIEWS if known != "View" and name.endswith(known) and "View" in known]
    return GENERIC_VIEWS[max(endings, key=len)] if endings else None


def layers(order: tuple[Ancestor, ...]) -> tuple[Layer, ...]:
    """A class's ancestors with those of the libraries unfolded; of a class met twice the last place counts, as in C3."""
    unfolded: list[Layer] = []
    for ancestor in order:
        known = generic_view(ancestor) if isinstance(ancestor, str) else None
        unfolded.extend(_unfolded(known) if known is not None else (ancestor,))
    last = {layer: position for position, layer in enumerate(unfolded)}
    return tuple(layer for position, layer in enumerate(unfolded) if last[layer] == position)


def _unfolded(view: GenericView) -> list[Layer]:
    chain: list[Layer] = [view]
    for base in view.bases:
        chain.extend(_unfolded(GENERIC_VIEWS[base]))
    last = {layer: position for position, layer in enumerate(chain)}
    return [layer for position, layer in enumerate(chain) if last[layer] == position]
