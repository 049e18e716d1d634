"""Paying online in tests: an account, a link that is open, and what the worker does."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import uuid4

from django.utils import timezone

from billing.gateways import accounts, links
from billing.models import GatewayAccount, PaymentLink
from billing.payments import owed_lines
from clinic.models import Branch, Clinic, Patient
from desk.gateway.asking import ask_next
from tests.factories import owner_of

from .fake_razorpay import KEY, SECRET, WEBHOOK_SECRET


def account(clinic: Clinic, **facts: str) -> GatewayAccount:
    given = {"key_id": KEY, "key_secret": SECRET, "webhook_secret": WEBHOOK_SECRET} | facts
    return accounts.set_up(**given, by=owner_of(clinic), at=timezone.now())


def wanted_link(clinic: Clinic, patient: Patient, **facts: Any) -> PaymentLink:
    """A link for all that the patient owes, as the desk asks for it."""
    facts = {
        "lines": owed_lines(patient),
        "at": timezone.now(),
        "by": owner_of(clinic),
        "key": uuid4(),
    } | facts
    return links.ask_for_link(patient, branch=Branch.objects.get(), clinic=clinic, **facts)


def open_link(clinic: Clinic, patient: Patient, **facts: Any) -> PaymentLink:
    """The same, made by the provider."""
    link = wanted_link(clinic, patient, **facts)
    work(clinic)
    link.refresh_from_db()
    return link


def work(clinic: Clinic) -> int:
    """What the worker does when it is rung for: all that is due."""
    done = 0
    while ask_next(clinic):
        done += 1
    return done


def make_due(link: PaymentLink) -> None:
    """The time for the next look has come."""
    PaymentLink.objects.filter(pk=link.pk).update(due_at=timezone.now())


def rupees(amount: int | Decimal) -> int:
    """In paise."""
    return int(amount * 100)
