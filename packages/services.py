"""What happens to a package as a whole: it is opened at the sale with its terms frozen, and activated when paid."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from clinic import audit, calendar
from clinic.acts import act
from clinic.counters import next_number
from clinic.keys import hold
from clinic.models import Branch, Clinic, Patient, Staff
from clinic.money import places, quantise
from clinic.refusals import Refused

from . import ledger, memberships
from .agreements import Agreed, agree
from .models import Activation, Change, ChangeKind, Kind, Package, PackageAlternative, PackageLine, Plan
from .models.terms import Terms
from .plans import fingerprint
from .validity import lasts_until


class PlanNotOnSale(Refused):
    def __init__(self, plan: Plan) -> None:
        super().__init__(_("“%(plan)s” is no longer on sale.") % {"plan": plan.name})


class PlanChanged(Refused):
    def __init__(self, plan: Plan) -> None:
        super().__init__(
            _("“%(plan)s” was changed since this page was opened. Look at its terms once more.")
            % {"plan": plan.name}
        )


class PriceNotAllowed(Refused):
    def __init__(self) -> None:
        super().__init__(
            _(
                "The price after the discount must be between 0 and the plan's price, in whole coins of the currency."
            )
        )


class OpeningDoesNotFit(Refused):
    def __init__(self) -> None:
        super().__init__(_("An opening balance has between 0 and all of the sold sessions left, in halves."))


@dataclass(frozen=True)
class Opening:
    """A pack from paper or another program: so many left, agreed with the patient on that day (S58)."""

    left: Decimal
    agreed_on: date | None = None
    valid_until: date | None = None
    note: str = ""
    paid: Decimal | None = None  # before go-live; None where all of the price was


def paid_before(opening: Opening, price: Decimal) -> Decimal:
    """The money that had come in for an opening balance; never more than the price."""
    return price if opening.paid is None else min(opening.paid, price)


@act
def open_package(
    patient: Patient,
    *,
    plan: Plan,
    branch: Branch,
    clinic: Clinic,
    on: date,
    by: Staff | None,
    key: uuid.UUID,
    price: Decimal | None = None,
    opening: Opening | None = None,
    shown: str | None = None,
    agreed: Agreed | None = None,
) -> Package:
    """Sell a plan: the terms are copied, the lines opened, sold and bonus sessions entered (S20).

    `price` is what the patient pays after any discount; `shown` the fingerprint of the terms the patient saw;
    `agreed` how the patient agreed to them, where that was recorded. The same key twice is the same package. Refuses
    a plan that is not on sale or was changed since, and a price above the plan's or finer than the currency's
    smallest coin.
    """
    hold(key)
    if package := Package.objects.filter(key=key).first():
        return package
    # Whoever changes the plan waits for the copy.
    plan = Plan.objects.select_for_update(no_key=True).get(pk=plan.pk)
    if shown is not None and shown != fingerprint(plan):
        raise PlanChanged(plan)
    price = plan.price if price is None else price
    if not opening and not plan.is_active:
        raise PlanNotOnSale(plan)
    if not 0 <= price <= plan.price or price != quantise(price, clinic.currency):
        raise PriceNotAllowed
    package = _copy_terms(plan, patient, clinic=clinic, on=on, price=price, opening=opening)
    package.branch, package.sold_by, package.key = branch, by, key
    if plan.renews_monthly and not opening:
        package.membership = memberships.begin(patient, on=on, by=by, key=key)
        package.period, package.valid_until = 1, calendar.valid_until(on, 1, calendar.ValidityUnit.MONTHS)
    package.save(force_insert=True)
    lines = _copy_lines(plan, package)
    _first_entries(lines, opening, on=on, by=by, key=key)
    package.refresh_from_db()
    if agreed:
        agree(package, agreed=agreed, clinic=clinic, by=by)
    audit.record(
        "open_package", package, by=by, after={"number": package.number, "plan": plan.name, "price": price}
    )
    return package


@act
def activate(package: Package, *, on: date, by: Staff | None) -> Package:
    """A pack that waited for its money has it now. Does nothing in any other state."""
    package = ledger.locked(package)
    if package.state == Package.State.PENDING and package.is_paid:
        Change.objects.create(
            package=package,
            kind=ChangeKind.ACTIVATED,
            happened_on=on,
            clause="activation",
            by=by,
            key=uuid.uuid5(package.pk, f"activate {package.changes.count()}"),
        )
        package.state = Package.State.ACTIVE
        audit.record(
            "activate", package, by=by, before={"state": "pending_payment"}, after={"state": "active"}
        )
    return package


def _copy_terms(
    plan: Plan, patient: Patient, *, clinic: Clinic, on: date, price: Decimal, opening: Opening | None
) -> Package:
    terms = {name: getattr(plan, name) for name in Terms.term_names()} | {"price": price}
    waits = plan.activation == Activation.PAID_IN_FULL and price > 0 and not opening
    return Package(
        number=next_number("package"),
        patient=patient,
        plan=plan,
        state=Package.State.PENDING if waits else Package.State.ACTIVE,
        sold_on=on,
        valid_from=on,
        valid_until=opening.valid_until if opening else lasts_until(plan, on),
        list_price=plan.price,
        places=places(clinic.currency),
        is_opening=opening is not None,
        agreed_on=opening.agreed_on if opening else None,
        paid_before=paid_before(opening, price) if opening else Decimal(0),
        note=opening.note if opening else "",
        **terms,
    )


def _copy_lines(plan: Plan, package: Package) -> list[PackageLine]:
    sold = list(plan.lines.filter(is_current=True).prefetch_related("alternatives").order_by("position"))
    lines = PackageLine.objects.bulk_create(
        PackageLine(
            package=package,
            position=line.position,
            service_id=line.service_id,
            sessions=line.sessions,
            is_bonus=line.is_bonus,
        )
        for line in sold
    )
    PackageAlternative.objects.bulk_create(
        PackageAlternative(
            line=line, service_id=other.service_id, sessions=other.sessions, surcharge=other.surcharge
        )
        for line, of_plan in zip(lines, sold, strict=True)
        for other in of_plan.alternatives.all()
    )
    return lines


def _first_entries(
    lines: list[PackageLine], opening: Opening | None, *, on: date, by: Staff | None, key: uuid.UUID
) -> None:
    if opening is None:
        first = [(line, Kind.BONUS if line.is_bonus else Kind.SOLD, line.sessions) for line in lines]
        ledger.open_with(first, on=on, by=by, key=key)
        return
    (line,) = lines  # paper cards have one line; anything else is a mistake of the caller
    if not 0 <= opening.left <= line.sessions or opening.left % ledger.HALF:
        raise OpeningDoesNotFit
    ledger.open_with([(line, Kind.OPENING, opening.left)], on=on, by=by, key=key, reason=opening.note)
