"""Statements that are issued at the same moment: numbered once each, and never two of the same."""

from __future__ import annotations

import threading
from typing import Any
from uuid import uuid4

import pytest

from billing.models import Statement
from clinic.models import Clinic
from clinic.tenancy.context import clinic_context
from desk.attendance import issuing
from desk.attendance.issuing import IssuedBefore
from tests.desk.attending import issue, of_package
from tests.factories import package, use

from .together import kinds, together

MANY = 12


def test_many_who_issue_the_same_make_one(clinic: Clinic) -> None:
    with clinic_context(clinic.pk):
        pack = package(clinic)
        use(clinic, pack, 2)

    outcomes = together(MANY, lambda _n: issue(clinic, of_package(pack)), clinic=clinic)

    assert kinds(outcomes) == {"done": 1, IssuedBefore.__name__: MANY - 1}


def test_without_the_lock_there_would_be_several(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    with clinic_context(clinic.pk):
        pack = package(clinic)
    all_are_here = threading.Barrier(MANY)
    monkeypatch.setattr(issuing, "_hold_still", lambda _scope: all_are_here.wait(timeout=60))

    outcomes = together(MANY, lambda _n: issue(clinic, of_package(pack)), clinic=clinic)

    assert kinds(outcomes)["done"] > 1


def test_the_same_key_at_the_same_moment_is_one_statement(clinic: Clinic) -> None:
    with clinic_context(clinic.pk):
        pack, key = package(clinic), uuid4()

    outcomes = together(MANY, lambda _n: issue(clinic, of_package(pack), key=key), clinic=clinic)

    assert kinds(outcomes) == {"done": MANY}
    assert len({each.pk for each in outcomes}) == 1


def test_a_visit_that_is_completed_meanwhile_is_on_it_or_is_not(clinic: Clinic) -> None:
    with clinic_context(clinic.pk):
        pack = package(clinic)

    def act(n: int) -> Any:
        return use(clinic, pack) if n else issue(clinic, of_package(pack))

    outcomes = together(4, act, clinic=clinic)

    assert kinds(outcomes) == {"done": 4}
    with clinic_context(clinic.pk):
        document = Statement.objects.get().document
    left = document["rest"]["left"]["sessions"]
    assert len(document["rows"]) == 10 - float(left)
