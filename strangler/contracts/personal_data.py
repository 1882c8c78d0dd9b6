"""Whether a field is personal data: an annotation decides it, and is required where the name suggests it."""

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
    """Whether an annotation says that a field is personal data."""
    return PERSONAL in field.annotations


def is_undecided(field: Field) -> bool:
    """Whether a field's name suggests personal data, and no annotation decides it."""
    return _NAMES.search(field.name) is not None and not {PERSONAL, NOT_PERSONAL} & set(field.annotations)
