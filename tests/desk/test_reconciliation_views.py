"""The page that shows packages beside bills."""

from __future__ import annotations

import csv
from collections.abc import Callable
from io import StringIO
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from clinic.models import Clinic
from desk.refunds import refund_package
from tests.factories import owner_of, package, plan, use

PAGE, FILE = "/asha/reports/reconciliation/", "/asha/reports/reconciliation.csv"


@pytest.fixture
def owner(asha: Clinic, client: Client) -> Client:
    client.force_login(owner_of(asha).user)
    return client


def refunded(clinic: Clinic) -> Any:
    pack = package(clinic, of=plan())
    use(clinic, pack, 3)
    facts: dict[str, Any] = {"clinic": clinic, "at": timezone.now(), "by": owner_of(clinic), "key": uuid4()}
    refund_package(pack, reason="Moves away", **facts)
    return pack


def test_a_healthy_clinic_is_told_that_both_say_the_same(owner: Client, asha: Clinic) -> None:
    pack = refunded(asha)

    page = owner.get(PAGE).content.decode()

    assert "Packages and bills say the same" in page
    assert f"/packages/{pack.pk}/" in page
    assert "The note of a refund" in page


def test_the_file_says_the_same(owner: Client, asha: Clinic) -> None:
    refunded(asha)

    rows = list(csv.reader(StringIO(owner.get(FILE).content.decode())))

    assert [row[4:7] for row in rows[1:4]] == [
        ["10000.00", "10000.00", "0.00"],
        ["3000.00", "3000.00", "0.00"],
        ["7000.00", "7000.00", "0.00"],
    ]
    assert rows[5][4:] == ["0.00", "7000.00", "-7000.00", rows[5][7]]
    assert rows[6][4:7] == ["3", "3", "0"]


@pytest.mark.parametrize("address", [PAGE, FILE])
@pytest.mark.parametrize(
    ("days", "why"),
    [
        ("first=2026-05-02&last=2026-05-01", "The last day is before the first."),
        ("first=2025-05-01&last=2026-05-02", "Choose a year at most."),
    ],
)
def test_days_that_cannot_be_are_refused_by_name(owner: Client, address: str, days: str, why: str) -> None:
    answer = owner.get(f"{address}?{days}")

    assert answer.status_code == 422
    assert why in answer.content.decode()


def test_a_whole_year_can_be_asked_for(owner: Client) -> None:
    assert owner.get(f"{PAGE}?first=2025-05-01&last=2026-05-01").status_code == 200


def test_the_page_asks_the_same_however_much_differs(
    owner: Client, asha: Clinic, queries: Callable[[], Any]
) -> None:
    owner.get(PAGE)
    counts = []
    for _ in range(2):
        refunded(asha)
        with queries() as asked:
            owner.get(PAGE)
        counts.append(asked.count)

    assert counts[0] == counts[1]
