"""A process that works at the counter: `python -m tests.torture.worker CLINIC ACTS LOG`.

Every act that was acknowledged to it is written to its own file and forced to the disk, before the next begins. When
the connection breaks in the middle of an act it asks again with the same key until there is an answer.
"""

from __future__ import annotations

import json
import os
import random
import sys
import time
import uuid
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic.settings")
django.setup()

from django.db import InterfaceError, OperationalError, connection  # noqa: E402
from django.utils import timezone  # noqa: E402

from billing.models import Method  # noqa: E402
from billing.payments import Tender  # noqa: E402
from clinic.models import Branch, Clinic, Patient, Service  # noqa: E402
from clinic.tenancy.context import clinic_context  # noqa: E402
from desk import checkout  # noqa: E402
from packages.eligibility import NotCovered  # noqa: E402
from packages.models import Plan  # noqa: E402
from visits.models import Visit  # noqa: E402
from visits.services import book_visit  # noqa: E402

PATIENCE = 60.0  # seconds until the database must be back


class Counter:
    """Completes, reopens and sells at random, for patients whom all workers share."""

    def __init__(self, clinic_id: int, log: Path) -> None:
        self.clinic = Clinic.objects.get(pk=clinic_id)
        self.log = log.open("a")
        self.acknowledged = 0
        self.completed: list[uuid.UUID] = []
        with clinic_context(clinic_id):
            self.patients = list(Patient.objects.order_by("number"))
            self.service, self.branch = Service.objects.get(), Branch.objects.get()
            self.plan = Plan.objects.get()

    def work(self, acts: int) -> None:
        while self.acknowledged < acts:
            patient = random.choice(self.patients)
            if self.completed and random.random() < 0.3:
                self.reopen(self.completed.pop(random.randrange(len(self.completed))))
            elif random.random() < 0.25:
                self.sell(patient)
            else:
                self.complete(patient)

    def complete(self, patient: Patient) -> None:
        seen = self.until_answered(
            lambda key: book_visit(
                patient, service=self.service, branch=self.branch, starts_at=timezone.now(), by=None, key=key
            )
        )
        try:
            done = self.until_answered(lambda key: checkout.complete_visit(seen, key=key, **self.facts()))
        except NotCovered:
            self.sell(patient)
            return
        self.completed.append(seen.pk)
        self.acknowledge("completed", done.bill, entry=str(done.entry.pk), left=str(done.entry.balance_after))

    def reopen(self, visit_id: uuid.UUID) -> None:
        facts = {"reason": "Wrong one"}
        note = self.until_answered(
            lambda key: checkout.reopen_visit(Visit(pk=visit_id), key=key, **facts, **self.facts())
        )
        self.acknowledge("reopened", note)

    def sell(self, patient: Patient) -> None:
        here = checkout.HereNow(self.service) if random.random() < 0.5 else None
        tenders = [Tender(Method.CASH, self.plan.price)]
        sold = self.until_answered(
            lambda key: checkout.sell_package(
                patient,
                plan=self.plan,
                branch=self.branch,
                key=key,
                tenders=tenders,
                here_now=here,
                **self.facts(),
            )
        )
        first = sold.first_visit.bill.name if sold.first_visit else ""
        self.acknowledge("sold", sold.bill, package=str(sold.package.pk), first=first)

    def facts(self) -> dict[str, Any]:
        return {"clinic": self.clinic, "at": timezone.now(), "by": None}

    def until_answered(self, act: Callable[[uuid.UUID], Any]) -> Any:
        key, deadline = uuid.uuid4(), time.monotonic() + PATIENCE
        while True:
            try:
                with clinic_context(self.clinic.pk):
                    return act(key)
            except (OperationalError, InterfaceError):
                connection.close()
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.2)

    def acknowledge(self, act: str, bill: Any, **facts: str) -> None:
        line = {
            "act": act,
            "bill": str(bill.pk),
            "name": bill.name,
            "total": str(Decimal(bill.total)),
            **facts,
        }
        self.log.write(json.dumps(line) + "\n")
        self.log.flush()
        os.fsync(self.log.fileno())
        self.acknowledged += 1


if __name__ == "__main__":
    Counter(int(sys.argv[1]), Path(sys.argv[3])).work(int(sys.argv[2]))
