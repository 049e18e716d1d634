"""Monthly plans: each month is a package of its own in the same ledger, opened when the month before it ends.

What comes back to a past month lapses there and never touches the allowance of another (S38).
"""

from __future__ import annotations

import uuid
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import F, OuterRef, Subquery
from django.utils.translation import gettext as _

from clinic import access, audit
from clinic.acts import act
from clinic.calendar import ValidityUnit, valid_until
from clinic.counters import next_number
from clinic.models import Patient, Staff
from clinic.refusals import Refused

from . import ledger, refunds
from .models import Activation, Entry, Kind, Membership, Package, PackageAlternative, PackageLine, RefundRule
from .models.terms import Terms

ZERO, ONE_DAY = Decimal(0), timedelta(days=1)


class HasEnded(Refused):
    def __init__(self, membership: Membership) -> None:
        super().__init__(_("This membership has ended."))


@act
def begin(patient: Patient, *, on: date, by: Staff | None, key: uuid.UUID) -> Membership:
    """The membership that the first package of a monthly plan belongs to. The same key twice is the same one."""
    membership, _made = Membership.objects.get_or_create(
        key=key, defaults={"patient": patient, "started_on": on, "by": by}
    )
    return membership


@act
def end(membership: Membership, *, on: date, by: Staff, reason: str) -> Membership:
    """No month begins after the day `on`; the month that runs goes on to its last day. Again changes the day."""
    access.require(by, "end_membership")
    membership = Membership.objects.select_for_update(no_key=True).get(pk=membership.pk)
    if not reason.strip():
        raise ledger.ReasonMissing
    before = membership.ends_on
    membership.ends_on = max(on, membership.started_on)
    membership.save(update_fields=["ends_on"])
    after = {"ends_on": membership.ends_on, "reason": reason.strip()}
    audit.record("end_membership", membership, by=by, before={"ends_on": before}, after=after)
    return membership


@act
def go_on(membership: Membership, *, by: Staff) -> Membership:
    """Take an end back: months begin again as long as none was missed."""
    access.require(by, "end_membership")
    membership = Membership.objects.select_for_update(no_key=True).get(pk=membership.pk)
    if membership.ends_on is not None:
        before, membership.ends_on = membership.ends_on, None
        membership.save(update_fields=["ends_on"])
        audit.record("go_on_with_membership", membership, by=by, before={"ends_on": before}, after={})
    return membership


@act
def open_next_month(membership: Membership, *, on: date, by: Staff | None = None) -> Package | None:
    """Open the month that follows the last one, once that has ended by the day `on`; None where there is none to open.

    Unused sessions move along with their value where the terms say so. Whoever asks twice, or a week late, opens the
    same months with the same days.
    """
    membership = Membership.objects.select_for_update(no_key=True).get(pk=membership.pk)
    last = _last(membership)
    assert last.valid_until is not None
    assert last.period is not None
    first_day = last.valid_until + ONE_DAY
    if first_day > on or (membership.ends_on is not None and first_day > membership.ends_on):
        return None
    if last.state in Package.CLOSED:
        return None
    by_key = uuid.uuid5(membership.pk, f"month {last.period + 1}")
    moved = _move_out(last, on=first_day, by=by, key=by_key)
    package = _open(membership, last, moved, first_day, by=by, key=by_key)
    package.refresh_from_db()
    audit.record("open_month", package, by=by, after={"number": package.number, "period": package.period})
    return package


def due(on: date) -> list[Membership]:
    """Memberships of which a month may be opened by this day."""
    last = Package.objects.filter(membership=OuterRef("pk")).order_by("-period")
    going = Membership.objects.annotate(
        until=Subquery(last.values("valid_until")[:1]), state=Subquery(last.values("state")[:1])
    )
    going = going.filter(until__lt=on).exclude(state__in=Package.CLOSED).exclude(ends_on__lte=F("until"))
    return list(going.order_by("pk"))


def is_carried(package: Package) -> bool:
    """Whether what is left of a month waits to be carried into the next: then it does not lapse."""
    if not (package.carries_over and package.membership_id and package.valid_until and package.is_paid):
        return False
    assert package.membership is not None
    ends_on = package.membership.ends_on
    if ends_on is not None and ends_on <= package.valid_until:
        return False
    return not Package.objects.filter(membership=package.membership, period__gt=package.period).exists()


def _last(membership: Membership) -> Package:
    package: Package = Package.objects.filter(membership=membership).order_by("-period")[0]
    return ledger.locked(package)


def _move_out(last: Package, *, on: date, by: Staff | None, key: uuid.UUID) -> list[Entry]:
    """What is left of a month that carries over leaves it; nothing where it does not, or was never paid."""
    if not (last.carries_over and last.is_paid):
        return []
    return [
        ledger.post(
            line,
            Kind.TRANSFERRED_OUT,
            -line.sessions_left,
            on=on,
            by=by,
            key=uuid.uuid5(key, f"out {line.position}"),
            reason=_("Carried over to the next month."),
            clause="renewal",
        )
        for line in ledger.lines_with_sessions(last)
    ]


def _open(
    membership: Membership,
    last: Package,
    moved: list[Entry],
    first_day: date,
    *,
    by: Staff | None,
    key: uuid.UUID,
) -> Package:
    value = -sum((entry.value for entry in moved), ZERO)
    price = last.asked_price + value
    terms = {name: getattr(last, name) for name in Terms.term_names()} | {"price": price}
    if moved and last.refund_rule == RefundRule.LIST_RATE:  # of the sale, and not of what was carried over
        terms["list_rate"] = refunds.list_rate(last)
    waits = last.activation == Activation.PAID_IN_FULL and last.asked_price > 0
    assert last.period is not None
    package = Package.objects.create(
        number=next_number("package"),
        patient_id=membership.patient_id,
        plan_id=last.plan_id,
        branch_id=last.branch_id,
        list_price=last.list_price,
        state=Package.State.PENDING if waits else Package.State.ACTIVE,
        sold_on=first_day,
        valid_from=first_day,
        valid_until=_last_day(membership, last, first_day),
        places=last.places,
        moved_in=value,
        moved_from=last if moved else None,
        membership=membership,
        period=last.period + 1,
        sold_by=by,
        key=key,
        **terms,
    )
    _fill(package, last, moved, on=first_day, by=by, key=key)
    return package


def _fill(
    package: Package, last: Package, moved: list[Entry], *, on: date, by: Staff | None, key: uuid.UUID
) -> None:
    """The lines of the terms as sold, and before them one for each that was carried over: the oldest go first."""
    carried = [(entry.line, -entry.sessions) for entry in moved]
    sold = PackageLine.objects.filter(package=last, entries__kind__in=[Kind.SOLD, Kind.BONUS])
    as_sold = [(line, line.sessions) for line in sold.order_by("position")]
    lines = [
        _copy_line(package, position, line, sessions)
        for position, (line, sessions) in enumerate(carried + as_sold, start=1)
    ]
    for line, entry in zip(lines, moved, strict=False):
        ledger.post(
            line,
            Kind.TRANSFERRED_IN,
            line.sessions,
            on=on,
            by=by,
            key=uuid.uuid5(entry.key, "in"),
            reason=entry.reason,
            clause="renewal",
        )
    fresh = [
        (line, Kind.BONUS if line.is_bonus else Kind.SOLD, line.sessions) for line in lines[len(moved) :]
    ]
    ledger.open_with(fresh, on=on, by=by, key=key)


def _copy_line(package: Package, position: int, line: PackageLine, sessions: Decimal) -> PackageLine:
    made = PackageLine.objects.create(
        package=package,
        position=position,
        service_id=line.service_id,
        sessions=sessions,
        is_bonus=line.is_bonus,
    )
    PackageAlternative.objects.bulk_create(
        PackageAlternative(
            line=made, service_id=other.service_id, sessions=other.sessions, surcharge=other.surcharge
        )
        for other in line.alternatives.all()
    )
    return made


def _last_day(membership: Membership, last: Package, first_day: date) -> date:
    """Months count from the day the membership began; after a freeze or an extension, from the day this one begins."""
    assert last.period is not None
    planned = valid_until(membership.started_on, last.period, ValidityUnit.MONTHS)
    if last.valid_until == planned:
        return valid_until(membership.started_on, last.period + 1, ValidityUnit.MONTHS)
    return valid_until(first_day, 1, ValidityUnit.MONTHS)
