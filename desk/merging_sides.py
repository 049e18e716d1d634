"""Two records beside each other, and what they come to together: what the desk looks at before it merges them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from billing.models import Bill, Payment
from clinic.messages import outbox
from clinic.models import Clinic, Message, Patient, Relation
from clinic.money import format_money
from clinic.patients.duplicates import same_name
from clinic.patients.links import live_links
from clinic.patients.merging import joined
from clinic.phones import display_phone
from clinic.ui.words import day, session_count
from packages.models import Package
from visits.models import Visit

from .patient_file import account_of

ZERO = Decimal(0)
ALWAYS = frozenset({"packages", "visits", "bills"})
AMOUNTS = frozenset({"bill_total", "to_pay", "ahead"})


@dataclass(frozen=True)
class Row:
    """One thing that is known or counted: of the record that stays, of the other, and of both as one."""

    label: str
    kept: str
    gone: str
    together: str
    is_number: bool = False


@dataclass(frozen=True)
class Comparison:
    kept: Patient
    gone: Patient
    known: list[Row]
    counted: list[Row]
    warnings: list[str]


def compare(kept: Patient, gone: Patient, *, clinic: Clinic, language: str) -> Comparison:
    """Both records and their sums as of now."""
    return Comparison(
        kept,
        gone,
        list(_known(kept, gone, clinic)),
        list(_counted(kept, gone, clinic, language)),
        list(_warnings(kept, gone, clinic)),
    )


def _known(kept: Patient, gone: Patient, clinic: Clinic) -> Iterator[Row]:
    mine, other = ({name: getattr(side, name) for name in _facts()} for side in (kept, gone))
    return rows_of_facts(mine, other, mine | joined(kept, gone), clinic)


def rows_of_facts(
    kept: Mapping[str, Any], gone: Mapping[str, Any], together: Mapping[str, Any], clinic: Clinic
) -> Iterator[Row]:
    """What each says, fact by fact; left out where both say nothing."""
    for name, label in _facts().items():
        mine, other, both = (shown(side[name], clinic) for side in (kept, gone, together))
        if mine or other:
            yield Row(label, mine, other, both)


def _facts() -> dict[str, str]:
    return {
        "number": _("Number"),
        "name": _("Name"),
        "phones": _("Phones"),
        "email": _("E-mail"),
        "birth_date": _("Date of birth"),
        "may_message": _("Agrees to messages"),
        "notes": _("Notes for the desk"),
    }


def shown(value: Any, clinic: Clinic) -> str:
    """A fact of a patient as people read it; nothing for nothing."""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return ", ".join(display_phone(phone, clinic.country) for phone in value)
    if hasattr(value, "isoformat"):
        return day(value)
    return str(value or "")


def _counted(kept: Patient, gone: Patient, clinic: Clinic, language: str) -> Iterator[Row]:
    mine, other = _counts(kept), _counts(gone)
    for name, label in _countables().items():
        if not (mine[name] or other[name] or name in ALWAYS):
            continue

        def words(value: Decimal, name: str = name) -> str:
            return format_money(value, clinic.currency, language) if name in AMOUNTS else session_count(value)

        yield Row(
            label, words(mine[name]), words(other[name]), words(mine[name] + other[name]), is_number=True
        )


def _countables() -> dict[str, str]:
    return {
        "packages": _("Packages"),
        "sessions_left": _("Sessions left"),
        "visits": _("Visits"),
        "coming": _("Visits still to come"),
        "bills": _("Bills"),
        "bill_total": _("Sum of the bills"),
        "payments": _("Payments"),
        "to_pay": _("To pay"),
        "ahead": _("Account credit"),
        "links": _("Personal links that open"),
        "messages": _("Messages to be sent"),
        "named": _("People named on the packages"),
    }


def _counts(patient: Patient) -> dict[str, Decimal]:
    packages = Package.objects.filter(patient=patient)
    visits, bills = Visit.objects.filter(patient=patient), Bill.objects.filter(patient=patient)
    waiting = Message.objects.filter(patient=patient, state__in=[outbox.State.QUEUED, outbox.State.SENDING])
    account = account_of(patient)
    counts = {
        "packages": packages.count(),
        "sessions_left": packages.aggregate(sum=Sum("sessions_left"))["sum"] or ZERO,
        "visits": visits.count(),
        "coming": visits.open().filter(starts_at__gte=timezone.now()).count(),
        "bills": bills.count(),
        "bill_total": bills.aggregate(sum=Sum("total"))["sum"] or ZERO,
        "payments": Payment.objects.filter(patient=patient).count(),
        "to_pay": account.to_pay,
        "ahead": account.money_unapplied,
        "links": live_links(timezone.now()).filter(patient=patient).count(),
        "messages": waiting.count(),
        "named": Relation.objects.filter(owner=patient).count(),
    }
    return {name: Decimal(count) for name, count in counts.items()}


def _warnings(kept: Patient, gone: Patient, clinic: Clinic) -> Iterator[str]:
    """What speaks against their being one person."""
    if not same_name(kept.name, gone.name, clinic.country):
        yield _("The names differ: %(name)s and %(other)s.") % {"name": kept.name, "other": gone.name}
    if kept.birth_date and gone.birth_date and kept.birth_date != gone.birth_date:
        yield _(
            "The dates of birth differ. A mother and a daughter may share name and phone: ask before you merge."
        )
    if not set(kept.phones) & set(gone.phones) and (kept.phones and gone.phones):
        yield _("No phone is the same on both.")
