"""The acts of desk with the facts that most stories share: now, by the owner of the clinic, with a key of their own."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django.utils import timezone

from billing.models import BillLine, Method, Payment
from billing.payments import Tender
from clinic.models import Branch, Clinic, Patient
from desk import absences, bouncing, checkout, hindsight, refunds, voiding
from packages.models import Package
from tests.factories import owner_of, visit
from visits.models import Visit

REASON = "Because of the story"


def now(clinic: Clinic, **facts: Any) -> dict[str, Any]:
    return {"clinic": clinic, "at": timezone.now(), "by": owner_of(clinic), "key": uuid4()} | facts


def cash(amount: Decimal | int) -> Tender:
    return Tender(Method.CASH, Decimal(amount))


def cheque(amount: Decimal | int) -> Tender:
    return Tender(Method.CHEQUE, Decimal(amount), "000123")


def refund(clinic: Clinic, package: Package, **facts: Any) -> refunds.Refunded:
    return refunds.refund_package(package, **now(clinic, **{"reason": REASON} | facts))


def pay_back(clinic: Clinic, patient: Patient, amount: Decimal | int, **facts: Any) -> Any:
    facts = {"reason": REASON, "tender": cash(amount), "branch": Branch.objects.get()} | facts
    return refunds.pay_back(patient, **now(clinic, **facts))


def void(clinic: Clinic, package: Package, **facts: Any) -> voiding.Voided:
    return voiding.void_sale(package, **now(clinic, **{"reason": REASON} | facts))


def bounce(clinic: Clinic, payment: Payment, **facts: Any) -> bouncing.Bounced:
    return bouncing.bounce_payment(payment, **now(clinic, **{"reason": REASON} | facts))


def apply(clinic: Clinic, seen: Visit, package: Package, **facts: Any) -> checkout.Completed:
    return hindsight.apply_package(seen, package=package, **now(clinic, **{"reason": REASON} | facts))


def pay(
    clinic: Clinic, patient: Patient, amount: Decimal | int, lines: list[BillLine], **facts: Any
) -> list[Payment]:
    facts = {"tenders": [cash(amount)], "lines": lines, "branch": Branch.objects.get()} | facts
    return checkout.take_payment(patient, **now(clinic, **facts))


def cancelled_late(clinic: Clinic, patient: Patient, **facts: Any) -> absences.Absence:
    """A visit of tomorrow that is cancelled by the patient now."""
    booked = visit(clinic, patient, at=timezone.now() + timedelta(hours=2))
    return absences.cancel_visit(booked, **now(clinic, **{"by_clinic": False} | facts))


def not_come(clinic: Clinic, patient: Patient, **facts: Any) -> absences.Absence:
    return absences.mark_no_show(visit(clinic, patient), **now(clinic, **facts))
