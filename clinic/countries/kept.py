"""Reading the facts that a country asks for from the rows that hold them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from .fields import Field, Held
from .profile import Profile, Region

if TYPE_CHECKING:
    from clinic.models import Branch, ClinicSettings, Service, Staff

    Holder = ClinicSettings | Branch | Staff | Service

# The column that holds the facts which have no column of their own.
COLUMN = {
    Held.CLINIC: "registrations",
    Held.BRANCH: "identifiers",
    Held.STAFF: "identifiers",
    Held.SERVICE: "codes",
}


def name_at(field: Field, branch: Branch) -> str:
    """The name under which a fact is kept that is another one at each place."""
    return f"{field.name}:{branch.pk}"


def has_column(row: Holder | type[Holder], name: str) -> bool:
    """Whether the fact lives in a column of its own."""
    return name in {column.name for column in row._meta.concrete_fields}


def fact(row: Holder, field: Field, *, branch: Branch | None = None) -> str:
    """What the row holds of the field, or nothing. A fact that differs from place to place asks for the branch."""
    if field.per_branch:
        return str(getattr(row, COLUMN[field.held]).get(name_at(field, branch), "")) if branch else ""
    if has_column(row, field.name):
        return str(getattr(row, field.name))
    return str(getattr(row, COLUMN[field.held]).get(field.name, ""))


def facts(row: Holder, fields: Iterable[Field], *, branch: Branch | None = None) -> list[tuple[Field, str]]:
    """Those of the fields that the row holds, in the order of the fields."""
    read = ((field, fact(row, field, branch=branch)) for field in fields)
    return [(field, value) for field, value in read if value]


def registrations(profile: Profile, settings: ClinicSettings, branch: Branch) -> list[tuple[Field, str]]:
    """The clinic's numbers as they hold at this branch: the branch's own stands for the clinic's."""
    own = {field.name: value for field, value in _of_branch(profile, branch)}
    merged = ((field, own.get(field.name) or fact(settings, field)) for field in profile.registrations)
    return [(field, value) for field, value in merged if value]


def is_registered(profile: Profile, settings: ClinicSettings, branch: Branch) -> bool:
    """Whether the clinic may charge tax here, as far as the country asks for a registration."""
    held = {field.name for field, _value in registrations(profile, settings, branch)}
    return not profile.taxed_by or profile.taxed_by in held


def region_of_number(profile: Profile, number: str) -> Region | None:
    """The region that the tax number begins with, in countries where it does."""
    if not profile.region_from or not number:
        return None
    return next((region for region in profile.regions if number.startswith(region.number)), None)


def _of_branch(profile: Profile, branch: Branch) -> list[tuple[Field, str]]:
    # A branch keeps its facts in its JSON alone: it has no columns for them.
    return facts(branch, profile.branch)
