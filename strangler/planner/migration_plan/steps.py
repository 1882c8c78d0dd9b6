"""The steps of a migration, in an order in which each makes the next one safe."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Step(StrEnum):
    """A step, by the name that commands take."""

    MAP = "map"
    BOUNDARY = "boundary"
    LINE = "line"
    DESIGN = "design"
    BUILD = "build"
    ROUTES = "routes"
    FRONT = "front"
    JOURNAL = "journal"
    SEED = "seed"
    FOLLOW = "follow"
    VERIFY = "verify"
    COMPARE = "compare"
    SHIFT = "shift"
    WRITERS = "writers"
    CUTOVER = "cutover"
    REWRITE = "rewrite"
    RETIRE = "retire"


@dataclass(frozen=True, slots=True)
class StepText:
    """The texts of a step for users. In `command` and `way_back`, ``NAME`` stands for the service.

    `gate` says what must be seen for the step to be over.
    """

    title: str
    gate: str
    command: str
    way_back: str


STEPS: Mapping[Step, StepText] = MappingProxyType(
    {
        Step.MAP: StepText(
            "map the monolith",
            "the map has every table of the service",
            "strangler analyze",
            "nothing has to be: it only looks",
        ),
        Step.BOUNDARY: StepText(
            "draw the boundary",
            "[services.NAME] names its modules and tables",
            "strangler plan NAME",
            "take modules and tables out of [services.NAME] in strangler.toml",
        ),
        Step.LINE: StepText(
            "keep the line",
            "strangler-baseline.json was made with the service",
            'strangler check --accept "known when NAME was drawn"',
            "git revert the commit that brought it into strangler-baseline.json, or delete the file if there is none",
        ),
        Step.DESIGN: StepText(
            "design the API",
            "[services.NAME] design names a document that keeps the rules of strangler design lint",
            'strangler design extract NAME drafts it; name it: design = "design/NAME.json5" in [services.NAME];'
            " or go on without: strangler plan NAME --done design --because REASON",
            "take design out of [services.NAME]",
        ),
        Step.BUILD: StepText(
            "run the service",
            "every upstream of [services.NAME] answers, and its contract test found nothing where there is a design",
            "strangler generate NAME writes one to begin with; start the service where [services.NAME] upstreams says",
            "stop the service",
        ),
        Step.ROUTES: StepText(
            "declare its routes",
            "every route that the service answers has a rule in [[routes]]",
            "add them to [[routes]]; strangler check lists them (undeclared-route);"
            " or leave those to v1: strangler plan NAME --done routes --because REASON",
            "take the rules of NAME out of [[routes]]",
        ),
        Step.FRONT: StepText(
            "put the gateway in front",
            "every gateway of [gateway] admin answers and knows both sides",
            "strangler gateway run",
            "send clients to the monolith again, and end the gateway",
        ),
        Step.JOURNAL: StepText(
            "record what changes",
            "a journal on every table of both sides",
            "strangler journal install NAME",
            "nothing has to be: it only records",
        ),
        Step.SEED: StepText(
            "fill the service's database",
            "every table was copied to its end",
            "strangler etl run NAME",
            "strangler etl clean NAME",
        ),
        Step.FOLLOW: StepText(
            "keep it in sync",
            "the follower is less than 10 s behind",
            "strangler journal follow NAME",
            "end the follower",
        ),
        Step.VERIFY: StepText(
            "prove it equal",
            "a verification found nothing, and nothing speaks against it since",
            "strangler etl verify NAME",
            "nothing has to be: it only looks",
        ),
        Step.COMPARE: StepText(
            "compare the answers",
            "at least 100 answers compared, at most 0.1 % differ without an explanation, no route unproven",
            "strangler gateway shadow NAME --sample 10%",
            "strangler gateway shadow NAME --sample 0%",
        ),
        Step.SHIFT: StepText(
            "shift the reads",
            "every gateway sends every read to v2",
            "strangler gateway deliver NAME",
            "strangler gateway rollback NAME",
        ),
        Step.WRITERS: StepText(
            "settle who else writes",
            "no route that stays on v1 writes the tables, or access logs have no request for it",
            "strangler cutover NAME --dry-run says what can be done; then strangler analyze",
            "nothing has to be: it only looks",
        ),
        Step.CUTOVER: StepText(
            "move the writes",
            "v2 has the authority, and no move is under way",
            "strangler cutover NAME",
            "strangler rollback NAME",
        ),
        Step.REWRITE: StepText(
            "let the monolith use the service",
            "no code of the monolith uses code or tables of the service",
            "strangler rewrite NAME; then strangler analyze",
            "git revert what strangler rewrite changed",
        ),
        Step.RETIRE: StepText(
            "remove v1",
            "the map has no module of the service any more",
            "strangler retire NAME --write; then strangler analyze",
            "git revert the removal",
        ),
    }
)
"""Every step with its text, in order."""


def text_for(text: str, service: str) -> str:
    """A text of a step for a service."""
    return text.replace("NAME", service)
