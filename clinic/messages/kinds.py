"""The kinds of messages there are. Each app above says its own when it is ready; the clinic may switch, time and word
each of them.

To add one: `register(Kind(...))` in a module that the app's AppConfig.ready imports, and `post(...)` it by its name.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Words = str | Promise


class Group(TextChoices):
    RECEIPT = "receipt", _("Receipts")
    NUDGE = "nudge", _("Nudges about packages")
    REMINDER = "reminder", _("Reminders of visits")
    MONEY = "money", _("Money")
    OTHER = "other", _("Other")


class Field(NamedTuple):
    """A name that stands in a wording for something of the occasion. Where it is empty, its whole line is left out."""

    name: str
    label: Words
    example: Words
    is_needed: bool = False  # a wording without it would say nothing


class Timing(NamedTuple):
    """A number, or several, that the clinic may choose: days before, hours, sessions."""

    name: str
    label: Words
    default: tuple[int, ...]
    least: int
    most: int
    is_list: bool = False


@dataclass(frozen=True)
class Kind:
    """A kind of message: when it is written, its wording as shipped, and what the wording may name.

    `subject` and `body` are translatable, with names as in "{left} left". `for_hand`: where no channel reaches the
    patient, the front desk is asked to tell.
    """

    name: str
    group: Group
    label: Words
    about: Words
    subject: Words
    body: Words
    fields: tuple[Field, ...] = ()
    timings: tuple[Timing, ...] = ()
    for_hand: bool = False
    is_on: bool = True


COMMON = (
    Field("first_name", _("First name"), "Priya"),
    Field("clinic", _("Name of the clinic"), "Asha Physiotherapy"),
    Field("phone", _("Phone of the clinic"), "080 4123 4567"),
    Field("link", _("The patient’s personal link"), "https://…/p/asha/…/"),
)

_kinds: dict[str, Kind] = {}


def register(*kinds: Kind) -> None:
    """Say that there are these kinds. Called once for each, when its app is ready."""
    for kind in kinds:
        _kinds[kind.name] = kind


def kind_named(name: str) -> Kind:
    """Raises KeyError for one that nobody has registered."""
    return _kinds[name]


def find_kind(name: str) -> Kind | None:
    return _kinds.get(name)


def all_kinds() -> list[Kind]:
    """All of them, in the order of their groups, then as they were registered."""
    order = list(Group)
    return sorted(_kinds.values(), key=lambda kind: order.index(kind.group))


def fields_of(kind: Kind) -> dict[str, Field]:
    """What a wording of the kind may name."""
    return {field.name: field for field in (*COMMON, *kind.fields)}
