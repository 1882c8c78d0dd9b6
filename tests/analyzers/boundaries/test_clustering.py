"""Which tables belong together."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest

from strangler.model.errors import InputError
from strangler.model.evidence import AccessTraffic, RouteTraffic
from strangler.model.location import Location
from strangler.model.system import AccessMode, Function, Module, Route, SystemFacts, TableAccess
from strangler.model.tables import ForeignKey, Table, TableOrigin
from strangler_analyzers.boundaries.clustering import Clustering, cluster
from strangler_analyzers.boundaries.constraints import Constraints, items
from strangler_analyzers.boundaries.profiles import Features, Profiles, Signal
from strangler_analyzers.boundaries.similarity import WEIGHTS, Similarity
from strangler_analyzers.boundaries.suggestion import study, suggest
from strangler_analyzers.graph.system_graph import SystemGraph

PLACE = Location("m.py", 1)


def table(name: str, module: str | None, *targets: str) -> Table:
    """A table with a model in a module, and keys to others."""
    keys = tuple(ForeignKey(f"{target}_id", target, "id", PLACE) for target in targets)
    model = None if module is None else f"{module}:{name.title()}"
    return Table(name, TableOrigin.DJANGO, model, PLACE, (), keys)


def access(module: str, name: str) -> TableAccess:
    """A function of a module reads a table."""
    return TableAccess(f"{module}:work", PLACE, 0, name, AccessMode.READ, "filter")


def shop() -> SystemFacts:
    """Two features in files of their own, and users everything refers to."""
    modules = ("a", "b", "u", "a_views", "b_views")
    return SystemFacts(
        "shop",
        modules=tuple(Module(name, f"{name}.py", 10) for name in modules),
        tables=(
            table("basket", "a", "user"),
            table("basketline", "a", "basket"),
            table("basketline_gifts", None, "basketline"),
            table("review", "b", "user"),
            table("user", "u"),
            table("vote", "b", "review", "user"),
        ),
        accesses=(
            access("a_views", "basket"),
            access("a_views", "basketline"),
            access("b_views", "review"),
            access("b_views", "vote"),
        ),
    )


def test_tables_of_one_feature_come_together() -> None:
    """Files and keys say so; the user table is near nobody."""
    found = cluster(SystemGraph(shop())).partition(3)
    assert found["basket"] == found["basketline"] == found["basketline_gifts"]
    assert found["review"] == found["vote"]
    assert len(set(found.values())) == 3


def test_a_table_without_a_model_stays_with_the_one_it_belongs_to() -> None:
    """An association table has no life of its own, however many services there are."""
    found = cluster(SystemGraph(shop())).partition(6)
    assert found["basketline_gifts"] == found["basketline"]


def test_tables_of_installed_packages_are_not_shared_out() -> None:
    """The monolith does not decide about them."""
    facts = shop()
    foreign = Table("django_session", TableOrigin.FRAMEWORK, None, None)
    graph = SystemGraph(replace(facts, tables=(*facts.tables, foreign)))
    assert "django_session" not in cluster(graph).tables


def test_labels_bring_tables_together_and_keep_others_apart() -> None:
    """Everything without a label goes where it is nearest."""
    graph = SystemGraph(shop())
    found = cluster(graph, Constraints({"basket": "sales", "review": "opinions"})).labelled()
    assert {found["basket"], found["basketline"]} == {"sales"}
    assert {found["review"], found["vote"]} == {"opinions"}


def linked(pairs: dict[tuple[int, int], float], constraints: Constraints) -> Clustering:
    """Tables a to e of which only is known what links them."""
    tables = ("a", "b", "c", "d", "e")
    similarity = Similarity(Profiles(tables, {}, {Signal.KEYS: pairs}), {Signal.KEYS: 1.0})
    everything = frozenset(range(len(tables)))
    return Clustering(tables, similarity, items(tables, constraints), everything, everything)


NEAR_ONE = {(0, 1): 0.8, (0, 4): 0.7, (1, 4): 0.7, (1, 2): 0.5, (2, 3): 0.2}
"""Tables a, b and e are close, c is like b and a little like d: more than it is like a, b and e on average."""
LABELS = {"a": "sales", "d": "opinions"}


def test_a_table_has_the_label_of_what_it_is_most_like() -> None:
    """Though the mean of the labelled cluster is further away than the other label."""
    found = linked(NEAR_ONE, Constraints(LABELS))
    assert found.labelled() == {**dict.fromkeys("abce", "sales"), "d": "opinions"}
    assert len({found.partition(2)[table] for table in "abce"}) == 1


def test_labels_do_not_reach_over_what_is_kept_apart() -> None:
    """What must not share a service stays where the tree has it, and a label reaches no further through it."""
    found = linked(NEAR_ONE, Constraints(LABELS, apart=(("b", "c"),))).partition(2)
    assert found["a"] == found["b"] == found["e"] != found["c"] == found["d"]


def test_what_must_not_share_a_service_does_not() -> None:
    """Even when only one service is asked for."""
    found = cluster(SystemGraph(shop()), Constraints(apart=(("review", "vote"),))).partition(1)
    assert found["review"] != found["vote"]


def test_contradictions_are_told() -> None:
    """Two tables that are to be together and apart."""
    with pytest.raises(InputError, match="review and vote are to be apart"):
        cluster(SystemGraph(shop()), Constraints(together=(("review", "vote"),), apart=(("review", "vote"),)))


def test_requests_of_access_logs_speak_for_what_they_touch() -> None:
    """Only where logs were read, and by how many requests there were."""
    page = Route("/home", "GET", "page:home", "django", PLACE, entry=("page:home",))
    reads = tuple(TableAccess("page:home", PLACE, 0, name, AccessMode.READ, "filter") for name in ("basket", "vote"))
    facts = shop()
    silent = replace(
        facts,
        modules=(*facts.modules, Module("page", "page.py", 10)),
        functions=(Function("page:home", PLACE, 9),),
        routes=(page,),
        accesses=(*facts.accesses, *reads),
    )
    logged = replace(silent, access_traffic=AccessTraffic(9, 0, (RouteTraffic("/home", "GET", 9, 0, 0),), ()))
    found = [cluster(SystemGraph(each)) for each in (silent, logged)]
    basket, vote = found[0].tables.index("basket"), found[0].tables.index("vote")
    before, after = (each.similarity.parts(basket, vote) for each in found)
    assert Signal.REQUESTS not in before
    assert after == {**before, Signal.REQUESTS: 0.25}
    assert found[1].similarity.possible == found[0].similarity.possible + 0.25


def test_a_pair_is_explained_by_its_signals() -> None:
    """Each with what it adds; together they are what the pair has in common."""
    found = cluster(SystemGraph(shop()))
    first, second = found.tables.index("review"), found.tables.index("vote")
    parts = found.similarity.parts(first, second)
    assert sum(parts.values()) == pytest.approx(found.similarity.neighbours[first][second])
    assert list(parts.values()) == sorted(parts.values(), reverse=True)


def test_equal_systems_give_equal_partitions_whatever_the_hash_seed() -> None:
    """Sets and dictionaries of strings are ordered otherwise in every process."""
    program = (
        "from benchmarks.synthetic_system import synthetic\n"
        "from strangler_analyzers.boundaries.clustering import cluster\n"
        "from strangler_analyzers.graph.system_graph import SystemGraph\n"
        "found = cluster(SystemGraph(synthetic(100, 1000)))\n"
        "print(found.partition(), found.questions(5), found.dendrogram)\n"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", program], env={"PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True
        ).stdout
        for seed in ("1", "2")
    }
    assert len(outputs) == 1


def test_a_table_that_only_sql_names_follows_another() -> None:
    """It makes no service of its own, and does not count where a number of services is wanted."""
    facts = shop()
    raw = Table("review_count", TableOrigin.RAW_SQL, None, None)
    uses = (*facts.accesses, access("b_views", "review_count"))
    graph = SystemGraph(replace(facts, tables=(*facts.tables, raw), accesses=uses))
    found = cluster(graph).partition(3)
    assert len(set(found.values())) == 3
    assert found["review_count"] == found["review"]


def test_where_only_sql_names_tables_they_make_the_services() -> None:
    """A monolith without models has boundaries too."""
    tables = tuple(Table(name, TableOrigin.RAW_SQL, None, None) for name in ("basket", "review"))
    modules = (Module("a", "a.py", 1), Module("b", "b.py", 1))
    facts = SystemFacts("m", modules=modules, tables=tables, accesses=(access("a", "basket"), access("b", "review")))
    assert len(set(cluster(SystemGraph(facts)).partition(2).values())) == 2


def one_file() -> SystemFacts:
    """All models in one file, views in files by feature, and keys that say the opposite."""
    modules = ("models", "carts", "opinions", "users")
    return SystemFacts(
        "shop",
        modules=tuple(Module(name, f"{name}.py", 10) for name in modules),
        tables=(
            table("basket", "models", "user"),
            table("line", "models", "basket", "product"),
            table("product", "models"),
            table("review", "models", "product", "user"),
            table("user", "models"),
            table("vote", "models", "user"),
        ),
        accesses=(
            *(access("carts", name) for name in ("basket", "line", "product")),
            *(access("opinions", name) for name in ("review", "vote")),
            access("users", "user"),
        ),
    )


def test_models_in_one_file_are_told_apart_by_the_files_that_use_them() -> None:
    """Foreign keys alone would put the review with the product."""
    found = cluster(SystemGraph(one_file())).partition(3)
    assert found["basket"] == found["line"] == found["product"]
    assert found["review"] == found["vote"]
    assert found["user"] not in {found["basket"], found["review"]}


def test_models_in_one_file_are_shared_out_unasked() -> None:
    """What all of them have in common does not make one service of them."""
    found = cluster(SystemGraph(one_file()))
    assert found.natural > 1


def test_models_in_one_file_are_told() -> None:
    """The reader must know that the strongest signal is missing."""
    notes = suggest(study(SystemGraph(one_file()))).notes
    assert any(note.startswith("file signal void: all models are in one file, models;") for note in notes)


def test_where_files_alone_draw_the_same_clusters_their_number_counts() -> None:
    """By the widest gap two of three pairs would be one, for the same files import their homes."""
    tables = ("a", "b", "c", "d", "e", "f")
    near = {"both": 0.6324, "ab": 0.7746}, {"both": 0.6324, "cd": 0.7746}, {"ef": 1.0}
    homes = tuple(row for row in near for _ in range(2))
    files = tuple({name: 1.0} for name in ("x", "x", "y", "y", "z", "z"))
    everything = frozenset(range(len(tables)))

    def grown(rows: tuple[Features, ...]) -> Clustering:
        found = Profiles(tables, {Signal.HOMES: homes, Signal.FILES: rows}, {})
        return Clustering(tables, Similarity(found, WEIGHTS), items(tables, Constraints()), everything, everything)

    assert grown(files).natural == 3
    assert grown(({"x": 1.0}, {"y": 1.0}) * 3).natural == 2


def test_questions_begin_with_the_largest_cluster_and_leave_labelled_ones_out() -> None:
    """One answer for many tables tells more than one for few; a table without a model nobody knows by name."""
    graph = SystemGraph(shop())
    first, *others = cluster(graph).questions(3)
    assert first.startswith("basket") or first in {"review", "vote"}
    assert "basketline_gifts" not in (first, *others)
    asked = cluster(graph, Constraints(labels={first: "one"})).questions(2)
    assert first not in asked
    assert len(asked) == 2


def test_more_questions_than_clusters_ask_about_more_of_their_tables() -> None:
    """Each table with a model once, the medoids before all others."""
    found = cluster(SystemGraph(shop()))
    few, many = found.questions(found.natural), found.questions(100)
    assert many[: len(few)] == few
    assert len(set(many)) == len(many) == len(found.modelled)
