"""A merge as it can be read later: what both records said, and what came from the old one, by name (S17)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _

from billing.models import Bill, Payment
from clinic.models import Clinic, Patient
from packages.models import Package
from visits.models import Visit

from .merging import Merged, merges_into
from .merging_sides import Row, rows_of_facts


@dataclass(frozen=True)
class Told:
    """One merge with what moved, as rows of today."""

    merged: Merged
    at: datetime  # on the clinic's clock
    who: str
    known: list[Row]
    packages: list[Package]
    bills: list[Bill]
    visits: list[Visit]
    payments: list[Payment]

    @property
    def name(self) -> str:
        return str(self.merged.before["gone"]["name"])

    @property
    def number(self) -> int:
        return int(self.merged.before["gone"]["number"])

    @property
    def reason(self) -> str:
        return str(self.merged.after["reason"])

    @property
    def others(self) -> list[tuple[str, int]]:
        """Of the rest, how many."""
        labels = {
            "memberships": _("Monthly plans"),
            "links": _("Personal links"),
            "messages": _("Messages"),
            "replies": _("Replies"),
            "relations": _("People named"),
            "statements": _("Statements for insurers"),
        }
        moved = self.merged.moved  # merges of before statements say nothing about them
        return [(label, len(moved[name])) for name, label in labels.items() if moved.get(name)]


def read_merges(kept: Patient, clinic: Clinic) -> list[Told]:
    """Every merge into this record, the latest first."""
    return [_told(merged, clinic) for merged in merges_into(kept)]


def _told(merged: Merged, clinic: Clinic) -> Told:
    moved = merged.moved
    return Told(
        merged,
        at=clinic.local(merged.event.at).replace(tzinfo=None),
        who=merged.event.by.name if merged.event.by else _("the program"),
        known=list(_known(merged, clinic)),
        packages=list(Package.objects.filter(pk__in=moved["packages"]).order_by("number")),
        bills=list(
            Bill.objects.filter(pk__in=moved["bills"]).defer("document").order_by("issued_at", "number")
        ),
        visits=list(
            Visit.objects.filter(pk__in=moved["visits"]).select_related("service").order_by("starts_at")
        ),
        payments=list(Payment.objects.filter(pk__in=moved["payments"]).order_by("received_on", "pk")),
    )


def _known(merged: Merged, clinic: Clinic) -> Iterator[Row]:
    sides = (merged.before["kept"], merged.before["gone"], merged.after["kept"])
    kept, gone, after = (side | {"birth_date": parse_date(side["birth_date"] or "")} for side in sides)
    return rows_of_facts(kept, gone, after, clinic)
