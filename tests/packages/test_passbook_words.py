"""Every kind of line and of change has its own sentence; a new kind fails here until it is given one and a case."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from clinic.models import Clinic
from packages import passbook_changes, passbook_words
from packages.models import ChangeKind, Kind, Package
from packages.passbook import ChangeLine, Line, lines_of, passbook_of
from packages.passbook_clauses import CLAUSES, clause_name
from tests.factories import (
    package,
)

from .change_cases import CHANGES
from .line_cases import LINES, ONE_DAY, Case, dispute_won, given, transferred_out


@pytest.fixture
def case(asha: Clinic) -> Any:
    """What is built is undone before the clinic's own checks: lines are posted here beside the visits' own ways."""
    with transaction.atomic():
        yield Case(asha)
        transaction.set_rollback(True)


@pytest.mark.parametrize("name", LINES)
def test_the_sentence_of_a_line(name: str, case: Case) -> None:
    kind, build = LINES[name]

    pack, sentence = build(case)

    pack.refresh_from_db()
    (*_before, last) = [each for each in lines_of(pack, case.clinic) if each.entry.kind == kind]
    assert last.sentence == sentence
    assert not last.clause or last.clause == clause_name(last.entry.clause)


@pytest.mark.parametrize("name", CHANGES)
def test_the_sentence_of_a_change(name: str, case: Case) -> None:
    kind, build = CHANGES[name]

    pack, sentence = build(case)

    pack.refresh_from_db()
    told = passbook_of(pack, case.clinic)
    (*_before, last) = [each for each in told if isinstance(each, ChangeLine) and each.change.kind == kind]
    assert last.sentence == sentence


def test_every_kind_has_a_sentence_and_a_case() -> None:
    assert set(passbook_words.SENTENCES) == set(Kind) == {kind for kind, _build in LINES.values()}
    assert set(passbook_changes.SENTENCES) == set(ChangeKind) == {kind for kind, _build in CHANGES.values()}


@pytest.mark.parametrize("name", [*LINES, *CHANGES])
def test_every_clause_that_is_named_has_a_name(name: str, case: Case) -> None:
    pack, _sentence = (LINES | CHANGES)[name][1](case)  # type: ignore[operator]

    named = {entry.clause for entry in pack.entries.all()} | {each.clause for each in pack.changes.all()}
    assert named - {""} <= set(CLAUSES)


def test_lines_that_refer_to_each_other_lead_to_each_other(case: Case) -> None:
    pack = transferred_out(case)[0]
    made = Package.objects.get(moved_from=pack)
    out, back = lines_of(pack, case.clinic)[-1], lines_of(made, case.clinic)[-1]
    won = dispute_won(case)[0]

    assert [link.package_id for link in out.links] == [made.pk]
    assert [link.package_id for link in back.links] == [pack.pk]
    last: Line = lines_of(won, case.clinic)[-1]
    assert [(link.package_id, link.line) for link in last.links] == [(won.pk, 4)]


def test_a_reason_is_for_the_desk_only(case: Case) -> None:
    pack = given(case)[0]

    assert lines_of(pack, case.clinic, with_reasons=False)[-1].sentence == "1 session given."


def test_what_is_recorded_on_another_day_says_so(case: Case) -> None:
    pack = package(case.clinic, at=timezone.now() - 3 * ONE_DAY)

    (sold_line,) = (each for each in passbook_of(pack, case.clinic) if each.is_entry)

    assert isinstance(sold_line, Line)
    assert sold_line.on == case.today - 3 * ONE_DAY
    assert sold_line.recorded_on == case.today
