"""What the databases must say, on both engines, from nothing to the cut-over."""

from __future__ import annotations

from strangler.planner.migration_plan.data_readings import DATA_STEPS, data_readings
from strangler.planner.migration_plan.plan_file import Plan
from strangler.planner.migration_plan.progress import standing
from strangler.planner.migration_plan.reading import State, done
from strangler.planner.migration_plan.steps import Step
from strangler.project_reader import parse_project
from strangler_etl.migration import Missing, open_migration
from tests.etl.copied_case import copied, give_to_v2, verified
from tests.etl.reviews_case import PROJECT, ReviewsCase


def test_gates_open_with_what_is_in_the_databases(case: ReviewsCase) -> None:
    """And only then; v2's authority stands for all that its cut-over has checked."""
    with case.migration() as migration:
        before = data_readings(migration)
    assert {before[step].state for step in DATA_STEPS} == {State.OPEN}
    with copied(case) as migration:
        found = data_readings(migration)
        assert {step for step in DATA_STEPS if found[step].state is State.OPEN} == {Step.VERIFY, Step.CUTOVER}
        assert verified(migration).clean
        assert data_readings(migration)[Step.VERIFY].found.endswith("rows compared, all equal")
        table = migration.source_tables[0]
        migration.source.journal.remove([table])
        assert data_readings(migration)[Step.JOURNAL].found == f"{table} has no journal"
        migration.source.journal.install(migration.mapping.journaled_source)
        assert data_readings(migration)[Step.VERIFY].state is State.OPEN
        verified(migration)
        give_to_v2(migration)
        found = data_readings(migration)
        assert {reading.state for reading in found.values()} == {State.DONE}
        assert found[Step.CUTOVER].found.startswith("v2 has the authority, epoch ")


def test_tables_that_are_not_there_come_before_their_journal(case: ReviewsCase) -> None:
    """`journal install` would refuse: the run that makes the tables begins the journal as well."""
    case.service.execute("DROP TABLE vote")
    with open_migration(parse_project(PROJECT), "reviews", case.environment, Missing.PLAN) as migration:
        readings = data_readings(migration)
    following = standing(Plan("reviews", "now"), {**dict.fromkeys(Step, done("seen")), **readings}).next
    assert following is not None
    assert (following.step, following.command) == (Step.JOURNAL, "strangler etl run reviews --create")
    assert following.found.startswith("its own database lacks tables: vote; ")
