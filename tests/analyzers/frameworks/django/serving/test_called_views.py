"""Function views that call a class-based view themselves."""

from __future__ import annotations

from pathlib import Path

from strangler.model.system import AccessMode, CallKind, SystemFacts
from tests.analyzers.frameworks.django.django_shop import shop_facts, touched

_VIEWS = """
    from django.contrib.auth.decorators import login_required
    from django.views.generic import CreateView, UpdateView

    class NewTag(CreateView):
        model = Tag
        fields = ["label"]

    class EditTag(UpdateView):
        model = Tag

        def form_valid(self, form):
            self.keep(form)
            return super().form_valid(form)

        def keep(self, form):
            Order.objects.create(label=form.cleaned_data["label"])

    def new(request):
        return NewTag.as_view()(request)

    def edit(request, pk):
        view = EditTag.as_view()
        return view(request, pk=pk)

    def only_made():
        return EditTag.as_view()
"""


def _called(facts: SystemFacts, caller: str) -> set[str]:
    return {
        call.callee.rpartition(":")[2]
        for call in facts.calls
        if call.caller == f"shop.orders.views:{caller}" and call.kind is CallKind.FRAMEWORK
    }


def test_a_function_runs_the_methods_of_the_view_it_calls(tmp_path: Path) -> None:
    """Directly or through a name; what only makes a view runs nothing of it."""
    facts = shop_facts(tmp_path, _VIEWS)
    assert _called(facts, "edit") == {"EditTag.form_valid"}
    assert _called(facts, "only_made") == set()


def test_a_function_accesses_what_the_library_accesses_for_it(tmp_path: Path) -> None:
    """A creation that the program only inherits writes its table."""
    facts = shop_facts(tmp_path, _VIEWS)
    assert touched(facts, "shop.orders.views:new", AccessMode.WRITE) == {"orders_tag"}
    assert touched(facts, "shop.orders.views:only_made", AccessMode.WRITE) == set()
