"""Money received, and which lines it pays."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

from django.db.models import Case, Exists, F, OuterRef, Subquery, Sum, When
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from clinic import audit
from clinic.acts import act
from clinic.keys import hold, part
from clinic.models import Branch, Patient, Staff
from packages import services as packages

from .models import (
    HANDED_OVER,
    Allocation,
    BillLine,
    Bounce,
    GatewayRefund,
    LineKind,
    Method,
    Payment,
    Refund,
)
from .payment_refusals import PaymentRefused, refuse_parts_of_coins
from .splitting import Split, wanted

__all__ = ["PaymentRefused", "Tender", "allocate", "refuse_parts_of_coins", "take_payment"]

ZERO = Decimal(0)


@dataclass(frozen=True)
class Tender:
    """One way of paying part of a bill: 3,000 in cash, 5,000 by UPI with its reference."""

    method: Method
    amount: Decimal
    reference: str = ""


@act
def take_payment(
    patient: Patient,
    *,
    tenders: Sequence[Tender],
    branch: Branch,
    on: date,
    today: date,
    by: Staff | None,
    key: uuid.UUID,
) -> list[Payment]:
    """Record money received, one row for each tender; nothing is paid with it until it is allocated.

    The same key twice is the same payments. Refuses an amount that is not positive and a date in the future.
    """
    if on > today:
        raise PaymentRefused(_("A payment cannot be dated in the future."))
    if any(tender.amount <= 0 for tender in tenders):
        raise PaymentRefused(_("An amount received must be more than 0."))
    if any(tender.method not in HANDED_OVER for tender in tenders):
        raise PaymentRefused(_("Account credit is no money received. Set it against the bill instead."))
    keys = [key_of_tender(key, n) for n in range(len(tenders))]
    if tenders:
        hold(key)
    if before := {payment.key: payment for payment in Payment.objects.filter(key__in=keys)} if keys else {}:
        return [before[each] for each in keys if each in before]
    payments = []
    for tender, own_key in zip(tenders, keys, strict=True):
        payment = Payment.objects.create(
            patient=patient,
            branch=branch,
            method=tender.method,
            reference=tender.reference.strip(),
            amount=tender.amount,
            received_on=on,
            by=by,
            key=own_key,
        )
        audit.record("take_payment", payment, by=by, after={"method": tender.method, "amount": tender.amount})
        payments.append(payment)
    return payments


@act
def allocate(
    payments: Iterable[Payment],
    lines: Sequence[BillLine] = (),
    *,
    by: Staff | None,
    split: Split | None = None,
    key: uuid.UUID | None = None,
) -> list[Allocation]:
    """Set payments against lines in the order given, each as far as it goes; what is over stays unapplied.

    With `split` each line gets exactly its amount, or nothing is done: refuses more than a line is owed by now
    (NoLongerOwed), more than the payments have left (MoreThanPaid) and what is not positive. The same key twice is
    the same money. A package that waited for this money is activated. The payers and the owers are locked, so that
    two who give out the same money, or pay the same line, wait for each other; the database refuses more than was
    paid or is owed, whoever writes.
    """
    payments, lines = list(payments), list(lines if split is None else split)
    if not payments and not split:
        return []
    hold_payer(*{payment.patient_id for payment in payments}, *{line.bill.patient_id for line in lines})
    if key and (before := list(Allocation.objects.filter(key=key).order_by("pk"))):
        return before
    lines = list(owed_on(lines))
    free = {payment.pk: unapplied(payment) for payment in payments}
    amounts = _in_turn(lines) if split is None else wanted(split, lines, sum(free.values(), ZERO))
    made = []
    for payment in payments:
        for line in lines:
            amount = min(free[payment.pk], amounts[line.pk])
            if amount > 0:
                made.append(
                    Allocation.objects.create(payment=payment, line=line, amount=amount, by=by, key=key)
                )
                free[payment.pk] -= amount
                amounts[line.pk] -= amount
    _record(made, by=by)
    for line in lines:
        if line.package and line.kind == LineKind.PACKAGE and payments:
            packages.activate(line.package, on=max(each.received_on for each in payments), by=by)
    return made


def _in_turn(lines: Sequence[BillLine]) -> dict[uuid.UUID, Decimal]:
    """As much for each line as it is owed."""
    return {line.pk: line.owed for line in lines}  # type: ignore[attr-defined]


def _record(made: Sequence[Allocation], *, by: Staff | None) -> None:
    if made:
        paid = [
            {"payment": str(each.payment_id), "line": str(each.line_id), "amount": str(each.amount)}
            for each in made
        ]
        audit.record("allocate", made[0].payment, by=by, after={"allocations": paid})


def hold_payer(*patient_ids: uuid.UUID) -> None:
    """Lock patients whose money is about to move. Before any package, or two who do both may deadlock."""
    list(
        Patient.objects.filter(pk__in=patient_ids)
        .order_by("pk")
        .select_for_update(no_key=True)
        .values_list("pk")
    )


def key_of_tender(key: uuid.UUID, n: int) -> uuid.UUID:
    """The key of the n-th payment of an act."""
    return part(key, f"tender {n}")


def owed_on(lines: Iterable[BillLine]) -> Iterable[BillLine]:
    """The lines as they are now, each with `owed`: its amount less what was credited and paid."""
    ids = [line.pk for line in lines]
    found = {line.pk: line for line in with_owed().filter(pk__in=ids).select_related("package", "bill")}
    return [found[pk] for pk in ids if pk in found]


def owed_lines(*patients: Patient) -> list[BillLine]:
    """What a patient has still to pay, oldest first; of several, the one named first comes first."""
    lines = with_owed().filter(bill__patient__in=patients, credits__isnull=True, owed__gt=0)
    oldest = lines.select_related("bill", "package").order_by("bill__issued_at", "position")
    turn = {patient.pk: place for place, patient in enumerate(patients)}
    return sorted(oldest, key=lambda line: turn[line.bill.patient_id])


def with_owed() -> Any:
    """Lines with `owed` computed by the database: amount + credits (negative) − allocations."""
    return _with_owed().all()


@cache
def _with_owed() -> Any:
    credited = BillLine.objects.filter(credits=OuterRef("pk")).order_by().values("credits")
    paid = Allocation.objects.filter(line=OuterRef("pk")).order_by().values("line")
    return BillLine.objects.annotate(
        owed=F("amount")
        + Coalesce(Subquery(credited.annotate(sum=Sum("amount")).values("sum")), ZERO)
        - Coalesce(Subquery(paid.annotate(sum=Sum("amount")).values("sum")), ZERO)
    )


def unapplied(payment: Payment) -> Decimal:
    """What of a payment pays for nothing yet and was not handed back; nothing of one that bounced."""
    left: Decimal = with_left().get(pk=payment.pk).left
    return left


def unapplied_of(patient: Patient) -> list[tuple[Payment, Decimal]]:
    """The patient's payments that have money left, oldest first."""
    payments = with_left().filter(patient=patient, left__gt=0)
    return [(payment, payment.left) for payment in payments.order_by("received_on", "id")]


def with_left() -> Any:
    """Payments with `left` computed by the database: amount − allocations − refunds, 0 where it bounced.

    What is on its way back through the payment provider is not left either.
    """
    return _with_left().all()


@cache
def _with_left() -> Any:
    of_payment = {"payment": OuterRef("pk")}
    spent = Allocation.objects.filter(**of_payment).order_by().values("payment").annotate(sum=Sum("amount"))
    gone = Refund.objects.filter(**of_payment).order_by().values("payment").annotate(sum=Sum("amount"))
    going = GatewayRefund.objects.filter(**of_payment, state__in=GatewayRefund.WAITING).order_by()
    still = (
        F("amount")
        - Coalesce(Subquery(spent.values("sum")), ZERO)
        - Coalesce(Subquery(gone.values("sum")), ZERO)
        - Coalesce(Subquery(going.values("payment").annotate(sum=Sum("amount")).values("sum")), ZERO)
    )
    bounced = Exists(Bounce.objects.filter(**of_payment))
    return Payment.objects.annotate(left=Case(When(bounced, then=ZERO), default=still))
