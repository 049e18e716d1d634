"""Whoever writes, no part of a coin, no money of another clinic and nothing twice: SQL as the application's role."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import pytest
from babel.numbers import list_currencies
from django.db import Error, connection, transaction

from billing.models import BillLine
from clinic.models import Branch, Clinic
from clinic.money import places
from clinic.tenancy.context import clinic_context
from tests.acts import pay
from tests.committing import undone
from tests.factories import PatientFactory, found, sale
from tests.written import everything

from .money_attacks import ALLOWED, ATTACKS
from .test_money_guards import Scene, run
from .test_money_guards import scene as money_scene

scene_of_money = money_scene


@pytest.fixture
def scene(asha: Clinic, scene_of_money: Scene) -> Scene:
    """What test_money_guards has, and another clinic with a patient, a bill and a payment of its own."""
    other = found("their-clinic")
    with clinic_context(other.pk):
        theirs = sale(other, paid=0)
        (payment,) = pay(other, theirs.package.patient, 500, [])
        foreign: dict[str, Any] = {
            "their_clinic": other.pk,
            "their_patient": theirs.package.patient_id,
            "their_branch": Branch.objects.get().pk,
            "their_line": theirs.bill.lines.get().pk,
            "their_payment": payment.pk,
        }
    line = BillLine.objects.get(pk=scene_of_money["line"])
    long = BillLine.objects.get(visit=scene_of_money["long"], kind="visit")
    sold = BillLine.objects.get(package=scene_of_money["active"], kind="package")
    own = {
        "pack_bill": sold.bill_id,
        "pack_line": sold.pk,
        "bill": line.bill_id,
        "charged": line.visit_id,
        "long_line": long.pk,
        "somebody": PatientFactory().pk,
    }
    return scene_of_money | foreign | own


def refused(sql: str, refusal: str, scene: Scene) -> str:
    """Why an attack was not refused as it should be; nothing where it was."""
    with undone():
        try:
            run(sql, scene)
        except Error as error:
            return "" if re.search(refusal, str(error)) else f"refused for another reason: {error}"
    return "it went through"


def test_the_application_is_refused(scene: Scene) -> None:
    """S09, S13. All in one scene, each undone: a hundred scenes would take minutes."""
    written = everything()

    answers = {name: refused(sql, refusal, scene) for name, (sql, refusal) in ATTACKS.items()}

    assert {name: why for name, why in answers.items() if why} == {}
    assert everything() == written


@pytest.mark.parametrize("name", ALLOWED)
def test_the_same_within_the_limits_goes_through(scene: Scene, name: str) -> None:
    """The attacks fail for what they say, and not for the way they are typed."""
    written = everything()

    run(ALLOWED[name], scene)

    assert everything() != written


def test_the_database_knows_the_coins_of_every_currency(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT each, coin_digits(each) FROM unnest(%s::text[]) each", [sorted(list_currencies())]
        )
        said = dict(cursor.fetchall())

    # Amounts are kept with three digits: two historical units of account have four.
    assert said == {each: places(each) for each in said} | {"CLF": 2, "UYW": 2}


@pytest.mark.parametrize(("currency", "whole", "part"), [("JPY", "1", "0.5"), ("KWD", "0.001", "0.0005")])
def test_other_currencies_have_other_coins(db: None, currency: str, whole: str, part: str) -> None:
    clinic = found("somewhere", currency=currency)
    with clinic_context(clinic.pk), connection.cursor() as cursor:
        cursor.execute("SELECT refuse_part_of_coin(%s, %s::numeric)", [clinic.pk, Decimal(whole)])
        with pytest.raises(Error, match="no whole number"), transaction.atomic():
            cursor.execute("SELECT refuse_part_of_coin(%s, %s::numeric)", [clinic.pk, Decimal(part)])
