"""The pages of the clinic's exposure to refunds."""

from __future__ import annotations

import csv
from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from django.test import Client

from clinic.models import Clinic
from tests.factories import PatientFactory, owner_of, package, plan, use

PAGE, FILE = "/asha/reports/exposure/", "/asha/reports/exposure.csv"


@pytest.fixture
def owner(asha: Clinic, client: Client) -> Client:
    client.force_login(owner_of(asha).user)
    return client


def test_the_page_says_what_refunding_everyone_would_cost_and_opens_each_quote(
    owner: Client, asha: Clinic
) -> None:
    pack = package(asha, of=plan(refund_rule="list_rate"), price=8000)
    use(asha, pack, 3)

    page = owner.get(PAGE).content.decode()

    for words in ("₹5,000.00", "₹5,600.00", "₹600.00", f"/packages/{pack.pk}/refund/"):
        assert words in page


def test_a_clinic_that_owes_nothing_is_told_so(owner: Client) -> None:
    assert "Nobody could ask for a refund" in owner.get(PAGE).content.decode()


def test_the_file_says_the_same_and_no_cell_is_a_formula(owner: Client, asha: Clinic) -> None:
    package(asha, PatientFactory(name="=1+1"), of=plan(name="Ten", refund_rule="fee", refund_fee=250))

    rows = list(csv.reader(StringIO(owner.get(FILE).content.decode())))

    assert rows[1][1:] == [
        "'=1+1",
        "Ten",
        "unused sessions at the rate paid, less a fee",
        "",
        "10",
        "9750.00",
        "10000.00",
        "250.00",
    ]


def test_the_list_is_in_pages_and_asks_the_same_however_long_it_is(
    owner: Client, asha: Clinic, queries: Callable[[], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("packages.views.exposure.ON_A_PAGE", 2)
    of = plan(name="Ten")
    owner.get(PAGE)
    counts = []
    for _ in range(3):
        package(asha, of=of)
        with queries() as asked:
            page = owner.get(PAGE).content.decode()
        counts.append(asked.count)

    assert "Page 1 of 2" in page
    assert counts[0] == counts[1] == counts[2]
    assert owner.get(f"{PAGE}?page=2").content.decode().count("data-row") == 1
