"""Days that people type: a slip of the year is refused where it is typed, and no page falls over it."""

from __future__ import annotations

import pytest
from django import forms
from django.test import Client

from clinic.forms import DateField
from clinic.models import Clinic
from tests.factories import PatientFactory, owner_of


@pytest.mark.parametrize("typed", ["0001-01-01", "1999-12-31", "2200-01-01", "9999-12-31"])
def test_a_year_that_is_a_slip_is_refused(typed: str) -> None:
    with pytest.raises(forms.ValidationError, match="from 2000 to 2199"):
        DateField().clean(typed)


@pytest.mark.parametrize("typed", ["2000-01-01", "2199-12-31"])
def test_a_day_of_this_century_or_the_next_is_taken(typed: str) -> None:
    assert DateField().clean(typed).isoformat() == typed


@pytest.mark.parametrize("asked", ["first=0001-01-01&last=0001-01-01", "first=9999-12-31&last=9999-12-31"])
def test_a_day_book_of_no_such_year_is_that_of_the_day_and_says_so(
    asha: Clinic, client: Client, asked: str
) -> None:
    client.force_login(owner_of(asha).user)

    page = client.get(f"/asha/days/{asha.today()}/book/?{asked}")

    assert page.status_code == 200
    assert "from 2000 to 2199" in page.content.decode()


def test_an_account_statement_of_no_such_year_is_that_of_the_last_months(
    asha: Clinic, client: Client
) -> None:
    client.force_login(owner_of(asha).user)
    patient = PatientFactory()

    page = client.get(f"/asha/patients/{patient.pk}/account/statement/?last=0001-01-15")

    assert page.status_code == 200
    assert "from 2000 to 2199" in page.content.decode()
