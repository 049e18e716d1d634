"""The box that settles arguments, as it is drawn on a bill: how many left, used, which session this visit was."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from clinic.calendar import describe_validity
from clinic.ui.balance import balance_face
from clinic.ui.words import day
from packages.models.terms import Activation, Sharing

MOST_NUMBERED = 24
METER = 20


@dataclass(frozen=True, slots=True)
class Cell:
    """One session of the bar: used, half or left; `is_now` is the one this bill is about."""

    look: str
    number: str = ""
    is_now: bool = False


def cells(left: Decimal, sold: Decimal, session: Decimal | None = None) -> list[Cell]:
    """The bar, used sessions first. Above 24 sessions it is a meter of twenty cells without numbers."""
    if sold > MOST_NUMBERED:
        used = int((sold - left) * METER / sold)
        return [Cell("used" if cell < used else "left") for cell in range(METER)]
    looks = balance_face(left, sold).cells
    return [Cell(look, str(place), place == session) for place, look in enumerate(looks, start=1)]


def package_box(frozen: dict[str, Any]) -> dict[str, Any]:
    """What the box prints, from the bill's frozen copy alone."""
    left, sold = Decimal(frozen["left"]), Decimal(frozen["sold"])
    session = Decimal(frozen["session"]) if frozen["session"] else None
    return {
        "name": frozen["name"],
        "number": frozen["number"],
        "owner": frozen.get("owner", ""),
        "sold": sold,
        "used": Decimal(frozen["used"]),
        "left": left,
        "session": session,
        "valid_until": _day(frozen["valid_until"]),
        "tone": balance_face(left, sold).tone,
        "cells": cells(left, sold, session),
        "terms": terms(frozen),
    }


def terms(frozen: dict[str, Any]) -> list[str]:
    """The terms of the sale in short sentences: how long, from when it can be used, by whom."""
    rules = frozen["terms"]
    return [_validity(frozen, rules), _activation(rules["activation"]), _sharing(rules["sharing"])]


def _validity(frozen: dict[str, Any], rules: dict[str, Any]) -> str:
    until = _day(frozen["valid_until"])
    if until is None:
        return _("The package does not lapse.")
    days = {"first": day(_day(frozen["valid_from"])), "last": day(until)}
    if not rules["validity_count"]:
        return _("Valid from %(first)s to %(last)s, the last day included.") % days
    facts = {**days, "validity": describe_validity(rules["validity_count"], rules["validity_unit"])}
    return _("Valid for %(validity)s: from %(first)s to %(last)s, the last day included.") % facts


def _activation(activation: str) -> str:
    match Activation(activation):
        case Activation.PAID_IN_FULL:
            return _("It can be used once it is paid in full.")
        case Activation.AS_PAID:
            return _("As many sessions can be used as are paid for.")
        case Activation.AT_ONCE:
            return _("It can be used at once.")


def _sharing(sharing: str) -> str:
    if Sharing(sharing) == Sharing.NAMED:
        return _("The patient and people named by the patient may use it.")
    return _("Only the patient who bought it may use it.")


def _day(iso: str | None) -> date | None:
    return date.fromisoformat(iso) if iso else None
