from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from billing.models import Bill, BillLine, Payment
from clinic.models import AuditEvent, Clinic
from clinic.tenancy.context import clinic_context
from packages.models import Package
from tests.committing import check_now
from tests.conftest import connect_as
from tests.factories import complete, package, plan, reopen, use, visit
from visits.models import Visit


@pytest.fixture
def owner_connection(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """The test's connection is the database owner's: name it before the clinic's fixture."""
    with django_db_blocker.unblock():
        connect_as("owner")
    yield
    with django_db_blocker.unblock():
        connect_as("app")


@pytest.fixture
def scene(asha: Clinic, other_clinic: Clinic) -> dict[str, Any]:
    """The ids of a believable clinic: a pack with a used, a reversed and an open visit, another pack, bills, money."""
    pack, other = package(asha), package(asha, of=plan(sessions=2))
    used, given_back, _more = use(asha, pack, 3)
    use(asha, other, 1)
    reopen(asha, given_back.visit)
    charged = complete(asha, visit(asha, pack.patient), how="charge")
    waiting = visit(asha, pack.patient)
    check_now()
    with clinic_context(other_clinic.pk):
        theirs = visit(other_clinic, package(other_clinic).patient)
    return {
        "clinic": asha.pk,
        "other_clinic": other_clinic.pk,
        "package": pack.pk,
        "line": pack.lines.get().pk,
        "other": other.pk,
        "other_line": other.lines.get().pk,
        "sold": pack.entries.get(number=1).pk,
        "entry": used.entry.pk,
        "reversed_entry": given_back.entry.pk,
        "used": used.visit.pk,
        "given_back": given_back.visit.pk,
        "charged": charged.visit.pk,
        "waiting": waiting.pk,
        "theirs": theirs.pk,
        "bill": Bill.objects.get(visit=used.visit).pk,
        "charge_line": BillLine.objects.get(bill=charged.bill).pk,
        "pack_line": BillLine.objects.get(package=pack, kind="package").pk,
        "payment": Payment.objects.filter(patient=pack.patient).first().pk,
        "branch": waiting.branch_id,
        "patient": pack.patient_id,
        "somebody": other.patient_id,
        "service": waiting.service_id,
        "audit": AuditEvent.objects.first().pk,
        "tomorrow": timezone.now() + timedelta(days=1),
        "today": asha.today(),
        "number": Package.objects.count() + 100,
    }


@pytest.fixture
def waiting(scene: dict[str, Any]) -> Visit:
    return Visit.objects.get(pk=scene["waiting"])
