"""Whether a field is about a person: that is decided by an annotation, and asked for where the name says so."""

from __future__ import annotations

import re

from strangler.contracts.document import Field

PERSONAL, NOT_PERSONAL = "personal_data", "not_personal_data"
_NAMES = re.compile(
    r"(?:^|_)(?:e?mail|phone|mobile|fax|password|address|street|city|zip|postcode|postal_code|"
    r"(?:first|last|full|user|nick|given|family|sur|author|customer|contact|recipient|sender|owner)_?name|birth(?:day|date)?|date_of_birth|gender|ip|ip_address|"
    r"user_agent|iban|card_number|latitude|longitude|ssn|passport)(?:$|_)"
)


def is_personal(field: Field) -> bool:
    """Whether somebody has decided that a field is about a person."""
    return PERSONAL in field.annotations


def is_undecided(field: Field) -> bool:
    """Whether a field has a name like one about a person, and nobody has decided that it is or is not."""
    return _NAMES.search(field.name) is not None and not {PERSONAL, NOT_PERSONAL} & set(field.annotations)
