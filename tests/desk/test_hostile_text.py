"""Whatever is written into a field, the answer is a page: never a 500, and never a row that the database refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote, urlencode
from uuid import uuid4

import pytest
from django.db import transaction
from django.test import Client

from clinic.models import Branch, Clinic, Service
from tests.factories import PatientFactory, complete, owner_of, package, plan, visit

# As they travel. A lone surrogate is no UTF-8 at all; a form cannot be written with it, but a request can.
HOSTILE = {
    "NUL": quote("Marked\0by mistake"),
    "10,000 letters": "x" * 10_000,
    "10,000 figures": "9" * 10_000,
    "lone surrogate": "%ED%A0%80",
    "from right to left": quote("\u202eRohan\u200f Desai\u2067"),
}
NUMBERS = {"too large for a float": "1e400"}
DAYS = {"the first day": "0001-01-01", "the last day": "9999-12-31"}
ADDRESSES = {"a long address": "m" * 240 + "%40" + ".".join(["d" * 40, "example", "test"])}
MORE = {"email": ADDRESSES, "on": DAYS, "birth_date": DAYS, "first": DAYS, "last": DAYS} | dict.fromkeys(
    ("sessions", "line-0-sessions", "minutes", "price", "discount", "tender-0-amount", "page", "tax_percent"),
    NUMBERS,
)
Page = tuple[str, dict[str, Any]]  # an address, and what a person would have sent there


def booked(asha: Clinic) -> dict[str, Any]:
    service, branch = Service.objects.first(), Branch.objects.get()
    assert service
    asked = {"service": service.pk, "branch": branch.pk, "on": asha.today().isoformat(), "at": "10:00"}
    return asked | {
        "therapist": "",
        "minutes": "30",
        "package": "",
        "note": "By the window",
        "next": "/asha/",
    }


def adjusting(asha: Clinic) -> Page:
    pack = package(asha)
    fields = {"line": pack.lines.get().pk, "sessions": "1", "reason": "Promised"}
    return f"/asha/packages/{pack.pk}/adjustments/", fields


def selling(asha: Clinic) -> Page:
    offer, branch = plan(), Branch.objects.get()
    fields = {
        "plan": offer.pk,
        "shown": "x",
        "discount": "0",
        "branch": branch.pk,
        "for_visit": "",
        "next": "",
    }
    return f"/asha/patients/{PatientFactory().pk}/sale/", fields | money()


def money() -> dict[str, Any]:
    fields = {"method": "upi", "amount": "100", "reference": "UTR 1"}
    counted = {"tender-TOTAL_FORMS": "3", "tender-INITIAL_FORMS": "0"}
    return counted | {f"tender-0-{name}": value for name, value in fields.items()}


def planned() -> dict[str, Any]:
    terms = {
        "name": "Ten",
        "price": "1000",
        "validity_count": "3",
        "validity_unit": "months",
        "is_active": "on",
    }
    lines = {"line-TOTAL_FORMS": "4", "line-INITIAL_FORMS": "0", "line-0-sessions": "10"}
    service = Service.objects.first()
    assert service
    return terms | lines | {"line-0-service": service.pk}


PATIENT = {"name": "Meera Iyer", "phones": "9820012345", "email": "", "birth_date": "", "notes": ""} | {
    "language": "en-in",
    "somebody_else": "",
}
INVITED = {"name": "Meera Iyer", "email": "meera@example.test", "role": "therapist", "registration": "KA-77"}
SETTINGS = dict.fromkeys(("legal_name", "address", "phone", "email", "registration", "tax_number"), "") | {
    "clinic_name": "Asha",
    "upi_id": "",
    "bill_footer": "",
    "financial_year_starts": "4",
    "language": "en-in",
    "desk_adjusts_up_to": "0",
    "desk_extends_up_to": "0",
}
SERVICE = {"name": "Taping", "minutes": "30", "price": "400", "tax_percent": "0", "code": ""}


def seen(asha: Clinic, noun: str, *, done: bool = False) -> str:
    here = visit(asha, package(asha).patient)
    if done:
        complete(asha, here)
    return f"/asha/visits/{here.pk}/{noun}/"


FORMS: dict[str, Callable[[Clinic], Page]] = {
    "reopening": lambda asha: (seen(asha, "reopening", done=True), {"reason": "By mistake", "next": ""}),
    "completion": lambda asha: (
        seen(asha, "completion"),
        {"how": "charge", "package": "", "reason": "", "next": ""} | money(),
    ),
    "free visit": lambda asha: (seen(asha, "completion"), {"how": "free", "package": "", "reason": "Trial"}),
    "cancellation": lambda asha: (
        seen(asha, "cancellation"),
        {"side": "patient", "reason": "Ill", "next": ""},
    ),
    "move": lambda asha: (seen(asha, "move"), booked(asha)),
    "booking": lambda asha: (f"/asha/visits/new/?patient={package(asha).patient_id}", booked(asha)),
    "walk-in": lambda asha: (f"/asha/visits/walk-in/?patient={package(asha).patient_id}", booked(asha)),
    "new patient": lambda asha: ("/asha/patients/new/", PATIENT),
    "details": lambda asha: (f"/asha/patients/{PatientFactory().pk}/details/", PATIENT),
    "adjustment": adjusting,
    "sale": selling,
    "payment": lambda asha: (
        f"/asha/patients/{PatientFactory().pk}/payments/",
        {"branch": Branch.objects.get().pk} | money(),
    ),
    "closing": lambda asha: ("/asha/reports/months/closing/", {"last_day": "2026-03-31"}),
    "plan": lambda asha: (f"/asha/plans/{plan().pk}/", planned()),
    "invitation": lambda asha: ("/asha/staff/invitations/", INVITED),
    "colleague": lambda asha: ("/asha/staff/new/", INVITED),
    "settings": lambda asha: ("/asha/settings/", SETTINGS),
    "service": lambda asha: ("/asha/settings/services/new/", SERVICE),
    "branch": lambda asha: (
        "/asha/settings/branches/new/",
        {"name": "HSR", "address": "", "is_active": "on"},
    ),
    "new clinic": lambda asha: ("/clinics/new/", {"name": "New", "slug": "", "country": "IN"}),
    "language": lambda asha: ("/language/", {"language": "hi", "next": "/"}),
    "theme": lambda asha: ("/theme/", {"theme": "dark", "next": "/"}),
}
LISTS: dict[str, tuple[str, ...]] = {
    "/asha/search/": ("q",),
    "/asha/patients/": ("older_than", "newer_than"),
    "/asha/patients/new/": ("q",),
    "/asha/today/": ("on", "therapist", "branch"),
    "/asha/packages/": ("view", "page"),
    "/asha/bills/": ("q", "kind", "first", "last", "older_than", "newer_than"),
    "/asha/reports/liability/": ("on",),
    "/asha/reports/liability/changes/used/": ("first", "last", "page"),
    "/asha/reports/liability/shares/": ("on", "by"),
    "/asha/reports/liability/packages/": ("on", "page"),
    "/asha/reports/liability/late/": ("on", "page"),
    "/asha/visits/new/": ("q", "patient", "on", "at", "next"),
    "/asha/visits/walk-in/": ("q", "patient"),
}


@pytest.fixture
def owner(asha: Clinic) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(owner_of(asha).user)
    package(asha)
    return client


def against(name: str) -> dict[str, str]:
    """What to write into a field of this name."""
    return HOSTILE | MORE.get(name, {})


def answers(asked: Callable[[], Any]) -> int:
    """The status of an answer; what it wrote is undone, so that the next one finds the same clinic."""
    with transaction.atomic():
        status: int = asked().status_code
        transaction.set_rollback(True)
    return status


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_a_form_answers_whatever_is_written_into_it(
    asha: Clinic, owner: Client, form: Callable[[Clinic], Page]
) -> None:
    path, fields = form(asha)

    def send(name: str, value: str) -> Any:
        others = urlencode({**fields, "key": uuid4()} | {name: ""})
        body = others.replace(f"{name}=", f"{name}={value}", 1) if name else others
        return owner.post(path, body, content_type="application/x-www-form-urlencoded")

    assert answers(lambda: send("", "")) < 500, "not even what a person would write"
    failed = {
        (name, kind)
        for name in fields
        for kind, value in against(name).items()
        if answers(lambda name=name, value=value: send(name, value)) >= 500  # type: ignore[misc]
    }

    assert failed == set()


@pytest.mark.parametrize("path", LISTS)
def test_a_list_answers_whatever_its_address_says(asha: Clinic, owner: Client, path: str) -> None:
    failed = {
        (name, kind)
        for name in LISTS[path]
        for kind, value in against(name).items()
        if answers(lambda name=name, value=value: owner.get(f"{path}?{name}={value}")) >= 500  # type: ignore[misc]
    }

    assert failed == set()


@pytest.mark.parametrize("name", ["on", "at", "service", "therapist", "minutes", "branch", "package", "note"])
def test_a_booking_begun_by_an_address_answers_whatever_it_says(
    asha: Clinic, owner: Client, name: str
) -> None:
    path = f"/asha/visits/new/?patient={package(asha).patient_id}"

    failed = [
        kind
        for kind, value in against(name).items()
        if owner.get(f"{path}&{name}={value}").status_code >= 500
    ]

    assert failed == []
