"""Packs from paper or another program, many at once: `services.open_package` with an opening balance (S58), in
few statements instead of eight for each."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from clinic.acts import act
from clinic.counters import next_number
from clinic.models import Branch, Clinic, Patient, Service, Staff
from clinic.money import places

from . import ledger
from .models import Activation, Entry, Kind, Package, PackageLine, Plan
from .models.terms import Terms
from .services import Opening, OpeningDoesNotFit, PriceNotAllowed, paid_before


@dataclass(frozen=True)
class PaperPack:
    """A pack as the register has it: what was sold, by what name and at what price, and what is left of it."""

    key: uuid.UUID
    patient: Patient
    plan: Plan
    service: Service
    name: str
    sold: Decimal
    price: Decimal
    bought_on: date
    opening: Opening


@act
def bring_in(
    packs: Sequence[PaperPack],
    *,
    branch: Branch,
    clinic: Clinic,
    counted_on: date,
    today: date,
    by: Staff | None,
) -> list[Package]:
    """Open these packs with what was left of them on the day `counted_on`; those whose last day is past lapse.

    The keys must be new. Refuses a balance that does not fit what was sold and a negative price. The caller
    writes the one audit line of the whole import.
    """
    for pack in packs:
        _refuse_impossible(pack)
    if not packs:
        return []
    first = next_number("package", count=len(packs)) - len(packs) + 1
    opened = [_package(pack, number, branch, clinic, by) for number, pack in enumerate(packs, start=first)]
    Package.objects.bulk_create(opened)
    lines = [
        PackageLine(package=package, position=1, service=pack.service, sessions=pack.sold)
        for package, pack in zip(opened, packs, strict=True)
    ]
    PackageLine.objects.bulk_create(lines)
    Entry.objects.bulk_create(
        _opening_entry(line, pack, counted_on, by) for line, pack in zip(lines, packs, strict=True)
    )
    _lapse(lines, packs, today)
    return opened


def _refuse_impossible(pack: PaperPack) -> None:
    if not 0 <= pack.opening.left <= pack.sold or pack.opening.left % ledger.HALF or pack.sold % ledger.HALF:
        raise OpeningDoesNotFit
    if pack.price < 0:
        raise PriceNotAllowed


def _package(pack: PaperPack, number: int, branch: Branch, clinic: Clinic, by: Staff | None) -> Package:
    terms = {name: getattr(pack.plan, name) for name in Terms.term_names()}
    # What was agreed on paper holds, and not what the plan says today; money for it is not asked for here.
    terms |= {"name": pack.name, "price": pack.price, "activation": Activation.AT_ONCE}
    return Package(
        number=number,
        patient=pack.patient,
        plan=pack.plan,
        branch=branch,
        list_price=pack.price,
        sold_on=pack.bought_on,
        valid_from=pack.bought_on,
        valid_until=pack.opening.valid_until,
        places=places(clinic.currency),
        is_opening=True,
        agreed_on=pack.opening.agreed_on,
        paid_before=paid_before(pack.opening, pack.price),
        note=pack.opening.note,
        sold_by=by,
        key=pack.key,
        **terms,
    )


def _opening_entry(line: PackageLine, pack: PaperPack, counted_on: date, by: Staff | None) -> Entry:
    # What lapsed before the count was there to lapse on its last day.
    last_day = pack.opening.valid_until or counted_on
    return Entry(
        package_id=line.package_id,
        line=line,
        kind=Kind.OPENING,
        sessions=pack.opening.left,
        happened_on=max(pack.bought_on, min(counted_on, last_day)),
        by=by,
        key=uuid.uuid5(pack.key, f"line {line.position}"),
    )


def _lapse(lines: Sequence[PackageLine], packs: Sequence[PaperPack], today: date) -> None:
    """Post the expiry of what is left of packs whose last day is past, as `ledger.lapse` does for one."""
    entries = []
    for line, pack in zip(lines, packs, strict=True):
        last_day = pack.opening.valid_until
        if last_day and last_day < today and pack.opening.left:
            facts = ledger.expiry(line, valid_until=last_day, entries_count=1)
            entries.append(
                Entry(
                    package_id=line.package_id,
                    line=line,
                    kind=Kind.EXPIRED,
                    sessions=-pack.opening.left,
                    **facts,
                )
            )
    Entry.objects.bulk_create(entries)
