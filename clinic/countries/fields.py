"""A fact that a country asks for: a number of the clinic, of a place, of a person, of a service or of a claim."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, TypeVar

from django.utils.functional import Promise

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

    Text = str | _StrPromise
else:
    Text = str | Promise


class Held(StrEnum):
    """Where a fact is kept, and so where it is asked for."""

    CLINIC = "clinic"  # ClinicSettings.registrations
    BRANCH = "branch"  # Branch.identifiers
    STAFF = "staff"  # Staff.identifiers
    SERVICE = "service"  # Service.codes
    PATIENT = "patient"  # a column of Patient
    CLAIM = "claim"  # asked once, when the paper for an insurer is made
    VISIT = "visit"  # asked for each visit on that paper


@dataclass(frozen=True)
class Field:
    """One fact.

    `check` gives what was typed as it is written officially, or raises ValidationError with a sentence that says what
    is wrong. A field whose name is a column of the row that holds it lives in that column.
    """

    name: str
    label: Text
    held: Held
    check: Callable[[str], str] | None = None
    help: Text = ""
    required: bool = False
    is_printed: bool = True
    is_yes: bool = False  # a box to tick; kept as "yes"
    per_branch: bool = False  # another one at each place
    longest: int = 40
    on_paper: Text = ""  # the label that stands on bills, where it is another one
    needs: str = ""  # another field that this one is nothing without

    def tidy(self, typed: str) -> str:
        """What was typed as it is written officially; nothing stays nothing."""
        typed = " ".join(typed.split())
        return self.check(typed) if typed and self.check else typed


FieldT = TypeVar("FieldT", bound=Field)


def named(fields: Iterable[FieldT], name: str) -> FieldT:
    """The field of that name; KeyError where the country does not ask for it."""
    for field in fields:
        if field.name == name:
            return field
    raise KeyError(name)
