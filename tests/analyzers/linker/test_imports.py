"""Which imports stay inside the program, and when they run."""

from __future__ import annotations

from pathlib import Path

from tests.analyzers.source_tree import facts_of

_SHOP = {
    "shop/orders.py": """
        import os
        import shop.stock as stock
        from shop import utils
        from .payments import charge
        from typing import TYPE_CHECKING
        if TYPE_CHECKING:
            from shop.customers import Customer

        def late():
            from shop import reports
    """,
    "shop/stock.py": "",
    "shop/utils.py": "",
    "shop/payments.py": "def charge(): ...",
    "shop/customers.py": "class Customer: ...",
    "shop/reports.py": "",
}


def test_each_import_names_the_module_it_loads(tmp_path: Path) -> None:
    """Submodules, relative imports and names inside modules all lead to the module that is loaded."""
    imports = {
        (entry.imported, entry.deferred, entry.typing_only)
        for entry in facts_of(tmp_path, _SHOP).imports
        if entry.importer == "shop.orders"
    }
    assert imports == {
        ("shop.stock", False, False),
        ("shop.utils", False, False),
        ("shop.payments", False, False),
        ("shop.customers", False, True),
        ("shop.reports", True, False),
    }


def test_an_import_says_where_it_stands(tmp_path: Path) -> None:
    """The evidence of an import is its file and line."""
    found = {entry.imported: str(entry.location) for entry in facts_of(tmp_path, _SHOP).imports}
    assert found["shop.payments"] == "shop/orders.py:4"


def test_of_two_imports_the_one_that_runs_first_is_kept(tmp_path: Path) -> None:
    """A module imported at the top and again in a function counts as imported at the top."""
    files = {"a.py": "def f():\n    import b\nimport b\n", "b.py": ""}
    (entry,) = facts_of(tmp_path, files).imports
    assert (entry.deferred, entry.location.line) == (False, 3)


def test_a_relative_import_beyond_the_top_package_is_not_guessed(tmp_path: Path) -> None:
    """Too many dots lead nowhere inside the program."""
    assert facts_of(tmp_path, {"shop/a.py": "from ....shop2 import x\n", "shop/b.py": ""}).imports == ()


def test_a_name_that_a_module_defines_anew_is_that_for_others(tmp_path: Path) -> None:
    """What the module imported under the name is used by the module alone; a definition in a branch changes nothing."""
    files = {
        "marks.py": "def page(key):\n    return lambda kind: kind\n\ndef other(): ...\n",
        "views.py": """
            from marks import page, other

            @page("first")
            class First: ...

            def page(request): ...

            if page:
                def other(): ...
        """,
        "urls.py": """
            import views

            def show():
                views.page(1)
                views.other()
        """,
    }
    calls = facts_of(tmp_path, files).calls
    assert {call.callee for call in calls if call.caller == "urls:show"} == {"views:page", "views:other", "marks:other"}
