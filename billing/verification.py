"""What anybody may know of a paper that they hold: what was issued, and what became of that count (never whose it is).

The code on the paper leads to a page of ours that is made from the database. Whoever changes a figure on the paper
cannot change it there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from clinic.models import Clinic
from clinic.ui.words import day, session_count
from packages.models import Change, ChangeKind, Entry, Kind, Package

from .models import Bill
from .package_box import package_box
from .since import package_of

ZERO = Decimal(0)
SEAL = re.compile(r"[A-Za-z0-9_-]{16,24}")
# What belongs to the sale or the first visit itself, and is no news to whoever holds its paper.
NO_NEWS = frozenset({ChangeKind.ACTIVATED, ChangeKind.STARTED})


@dataclass(frozen=True)
class Verified:
    """A paper as it was issued, and what happened to its count since."""

    bill: Bill
    amount: Decimal
    currency: str
    package: dict[str, Any] | None  # the box as printed
    now: Package | None
    answered_by: list[Bill]
    since: list[str]


def address_of(bill: Bill, clinic_slug: str) -> str:
    """Where the printed code leads; nothing for a paper of before codes were printed."""
    if not bill.seal:
        return ""
    return settings.SITE_URL + reverse("billing:verification", args=[clinic_slug, bill.seal])


def verified(seal: str, *, clinic: Clinic) -> Verified | None:
    """The paper with this code; None where this clinic issued none."""
    if not SEAL.fullmatch(seal):
        return None
    bill = Bill.objects.filter(seal=seal).select_related("corrects").first()
    if bill is None:
        return None
    frozen = bill.document
    package = package_of(bill)
    return Verified(
        bill=bill,
        amount=Decimal(frozen.get("moved", frozen["total"])),
        currency=frozen["currency"],
        package=package_box(frozen["package"]) if frozen["package"] else None,
        now=package,
        answered_by=list(Bill.objects.filter(corrects=bill).defer("document").order_by("issued_at", "id")),
        since=_since(package, frozen["package"]["line"], bill.issued_at) if package else [],
    )


def _since(package: Package, line: int, issued_at: datetime) -> list[str]:
    """What moved the count after the line that the paper is about, a sentence each, oldest first. No names."""
    entries = Entry.objects.filter(package=package, number__gt=line).exclude(sessions=ZERO)
    told = [(entry.recorded_at, entry.number, _moved(entry)) for entry in entries.order_by("number")]
    changes = Change.objects.filter(package=package, recorded_at__gt=issued_at).exclude(kind__in=NO_NEWS)
    told += [(each.recorded_at, 0, f"{day(each.happened_on)}: {each.get_kind_display()}") for each in changes]
    return [sentence for _at, _number, sentence in sorted(told)]


def _moved(entry: Entry) -> str:
    facts = {
        "day": day(entry.happened_on),
        "what": Kind(entry.kind).label,
        "sessions": session_count(abs(entry.sessions)),
        "left": session_count(entry.balance_after),
    }
    if entry.sessions < 0:
        return _("%(day)s: %(what)s, %(sessions)s less, %(left)s left") % facts
    return _("%(day)s: %(what)s, %(sessions)s more, %(left)s left") % facts
