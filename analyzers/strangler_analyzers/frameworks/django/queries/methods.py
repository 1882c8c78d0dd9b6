"""The results and effects of the methods of managers, querysets and instances.

From the QuerySet and Model references of Django 5.2; the ``a`` variants are the asynchronous ones.
"""

from __future__ import annotations


def _with_async(*names: str) -> frozenset[str]:
    return frozenset((*names, *(f"a{name}" for name in names)))


ONE_ROW = _with_async("get", "first", "last", "earliest", "latest", "create") | {"get_object"}
"""Methods that return one instance."""
ROW_AND_FLAG = _with_async("get_or_create", "update_or_create")
"""Methods that return an instance and whether it is new."""
SEVERAL_ROWS = _with_async("bulk_create", "in_bulk", "bulk_update", "iterator") | {"get_ordered"}
"""Methods that return instances in a container."""
NO_ROWS = (
    _with_async("count", "exists", "aggregate", "explain", "contains", "update", "delete")
    | _with_async("add", "remove", "clear", "set")
    | {"raw", "__len__"}
)
"""Methods that return something other than instances."""
VALUES = frozenset({"values", "values_list", "dates", "datetimes"})
"""Methods after which a query returns values instead of instances."""
NO_QUERY = frozenset(
    {"none", "using", "db_manager", "as_manager", "from_queryset", "contribute_to_class", "deconstruct", "check"}
    | {"model", "db", "query", "ordered", "raw", "__init__", "name", "_clone"}
)
"""Methods that do not start or shape a query on the rows."""
CREATES = _with_async("create", "bulk_create", "get_or_create", "update_or_create")
"""Methods that insert rows."""
WRITES = CREATES | _with_async("update", "delete", "bulk_update", "add", "remove", "clear", "set")
"""Methods that change rows."""
READS_TOO = _with_async("get_or_create", "update_or_create", "set", "delete")
"""Writing methods that read the rows first."""
RELATED_ONLY = _with_async("add", "remove", "clear", "set")
"""Methods of the managers of relations."""
LOOKS_FIRST = _with_async("add", "set")
"""Methods of many-to-many managers that check which entries exist."""
SAVES = _with_async("save") | {"save_base"}
"""Methods of an instance that write it."""
DELETES = _with_async("delete")
"""Methods of an instance that delete its row."""
RELOADS = _with_async("refresh_from_db")
"""Methods of an instance that reload it."""
FETCHES = (ONE_ROW | ROW_AND_FLAG | SEVERAL_ROWS | RELOADS | {"iterate", "get_object_or_404", "get_list_or_404"}) - {
    "create",
    "acreate",
    "bulk_create",
    "abulk_create",
}
"""Methods that read rows at once and make instances; most methods only shape a query that runs later."""

TREE_READS = frozenset(
    {
        "get_children",
        "get_descendants",
        "get_ancestors",
        "get_siblings",
        "get_parent",
        "get_root",
        "get_root_nodes",
        "get_first_child",
        "get_last_child",
        "get_first_root_node",
        "get_last_root_node",
        "get_tree",
        "get_annotated_list",
        "dump_bulk",
        "get_descendant_count",
        "get_family",
        "get_leafnodes",
        "get_next_sibling",
        "get_prev_sibling",
        "get_previous_sibling",
        "is_descendant_of",
    }
)
"""Methods of tree models from treebeard and mptt that read the tree."""
TREE_WRITES = frozenset(
    {"add_child", "add_root", "add_sibling", "move", "move_to", "insert_at", "load_bulk", "fix_tree"}
)
"""Methods of tree models that change the tree."""
TREE_SINGLE = frozenset(
    {"get_parent", "get_root", "get_first_child", "get_last_child", "add_child", "add_root", "add_sibling"}
)
"""Methods of tree models that return one row."""
TREE_PACKAGES = ("treebeard.", "mptt.")
