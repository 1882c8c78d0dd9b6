"""Tells a failing service from one whose database is fenced because the other side now makes the writes."""

from __future__ import annotations

from strangler.contracts.document import Operation
from strangler.contracts.verification.answer import Answer
from strangler.contracts.verification.finding import ContractRule
from strangler.contracts.verification.judgement import Breach, excerpt

_SAID = b"the other side of its service does"
"""The message of the fence in both databases, which a generated service repeats in its answer."""
FENCED = "its database is fenced: writes are the other side's now (v1's, until the cut-over)"


def is_fenced(operation: Operation, outcome: Answer) -> bool:
    """Whether the fence refused a write, as the service's answer must say."""
    return not operation.method.is_safe and outcome.status >= 400 and _SAID in outcome.body


def fenced(operation: Operation, outcome: Answer) -> Breach:
    """The finding that writes could not be tested, and what to test instead."""
    expected = "a database that may be written: test --write at a service with a database of its own"
    return Breach(
        ContractRule.FENCED,
        "fenced",
        operation.place,
        expected,
        f"{outcome.status}: {excerpt(outcome)}",
        everywhere=True,
    )
