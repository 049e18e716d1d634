"""What a clinic sells over the counter; a bill keeps the name and price that it was made with."""

from __future__ import annotations

from typing import Any

from clinic.acts import act
from clinic.administration.services import add_row, change_row
from clinic.models import Staff

from ..models import Good


@act
def add_good(*, by: Staff | None, **facts: Any) -> Good:
    """Something that can be put on a bill from now on."""
    return add_row(Good, facts, by)


@act
def change_good(good: Good, *, by: Staff | None, **facts: Any) -> Good:
    """Rename or price it anew; bills that are out keep what was printed."""
    return change_row(good, facts, by)


@act
def retire_good(good: Good, *, by: Staff | None, retired: bool = True) -> Good:
    """No longer on sale, or on sale again."""
    return change_row(good, {"is_active": not retired}, by)
