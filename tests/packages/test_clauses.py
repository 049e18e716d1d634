"""The terms in plain sentences: every rule has one, and every clause that is cited anywhere."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from uuid import uuid4

import pytest
from django.conf import settings
from django.utils import translation

from clinic.models import Branch, Clinic, Role
from packages.absences import CLAUSES
from packages.clause_rules import RULES
from packages.clauses import clauses_of, spoken
from packages.models import FREE_PASS, Package
from packages.models.terms import Terms
from packages.plans import Also, Line, change_plan
from packages.policies import GIVEN, sample, samples_of
from packages.standing import LIFTABLE
from packages.validity import extend
from tests.factories import ServiceFactory, member, owner_of, package, plan

BY_CODE = {rule.code: rule for rule in RULES}


def said(terms: object, code: str, clinic: Clinic, **when: object) -> str:
    return next(c.sentence for c in clauses_of(terms, clinic=clinic, **when) if c.code == code)  # type: ignore[arg-type]


def cited() -> Iterator[str]:
    """Every clause that code of ours writes beside an entry or a change, read from its syntax."""
    for app in ("packages", "visits", "billing", "desk"):
        for path in (Path(settings.BASE_DIR) / app).rglob("*.py"):
            if "migrations" not in path.parts:
                yield from _cited_in(ast.parse(path.read_text(encoding="utf-8")))


def _cited_in(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        given: list[ast.expr] = []
        if isinstance(node, ast.keyword) and node.arg == "clause":
            given.append(node.value)
        elif isinstance(node, ast.Dict):
            names = (key.value if isinstance(key, ast.Constant) else None for key in node.keys)
            given += [value for name, value in zip(names, node.values, strict=True) if name == "clause"]
        for value in given:
            yield from (each.value for each in ast.walk(value) if _is_word(each))  # type: ignore[attr-defined]


def _is_word(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value != ""


def test_every_clause_that_is_cited_has_a_sentence() -> None:
    codes = {*cited(), *CLAUSES.values(), *LIFTABLE, FREE_PASS}

    assert {"validity", "freeze", "refund", "transfer", "void", "activation"} <= codes
    assert codes - set(BY_CODE) == set()
    for code in codes:
        assert BY_CODE[code].sentence(sample()), code


@pytest.mark.parametrize("name", Terms.term_names())
def test_every_rule_of_the_terms_is_said_in_words(name: str) -> None:
    """A field of Terms that is chosen otherwise is read out otherwise, by the clause that speaks of it."""
    (rule,) = [rule for rule in RULES if name in rule.fields]

    read = [rule.sentence(sample(**GIVEN.get(name, {}) | {name: value})) for value in samples_of(name)]

    assert all(read)
    assert len(set(read)) > 1, f"{rule.code} does not say {name}"


def test_a_field_is_spoken_of_once() -> None:
    fields = [name for rule in RULES for name in rule.fields]

    assert sorted(fields) == sorted(Terms.term_names())


def test_no_sentence_has_a_gap(asha: Clinic) -> None:
    for name in Terms.term_names():
        for value in samples_of(name):
            for clause in spoken(sample(**GIVEN.get(name, {}) | {name: value})):
                assert clause.title
                assert clause.sentence.endswith(".")
                assert " ." not in clause.sentence
                assert "%(" not in clause.sentence
                assert "None" not in clause.sentence


def test_therapists_and_branches_are_named_and_not_numbered(asha: Clinic) -> None:
    anand = member(asha, Role.THERAPIST)
    here = Branch.objects.get()
    of = plan(therapist_ids=[anand.pk], where="listed", branch_ids=[here.pk])

    assert said(of, "therapists", asha) == f"It can be used only with {anand.name}."
    assert said(of, "branches", asha) == f"It can be used only at {here.name}."


def test_another_service_is_said_with_what_it_takes(asha: Clinic) -> None:
    """S18"""
    hour, longer = ServiceFactory(), ServiceFactory(name="Physiotherapy 90 min", minutes=90)
    ways = [Also(longer, Decimal("1.5")), Also(longer, Decimal(1), Decimal(500))]
    of = plan(Line(hour, Decimal(10), also=ways))

    assert said(of, "services", asha) == (
        "Sessions of Physiotherapy 60 min may be used for Physiotherapy 90 min too: "
        "a visit takes 1.5 sessions, or 1 session and ₹500.00."
    )


def test_what_was_sold_keeps_its_sentences(asha: Clinic) -> None:
    """S20: the plan's rules, price and alternatives change after the sale; the package is read as it was sold."""
    hour, longer = ServiceFactory(), ServiceFactory(name="Physiotherapy 90 min", minutes=90)
    of = plan(Line(hour, Decimal(10), also=[Also(longer, Decimal(2))]), validity_count=3, free_passes=2)
    sold = package(asha, of=of)
    before = clauses_of(sold, clinic=asha)
    change_plan(
        of,
        lines=[Line(hour, Decimal(8), also=[Also(longer, Decimal(1), Decimal(900))])],
        by=None,
        price=Decimal(12_000),
        free_passes=0,
        refund_rule="none",
        validity_count=1,
    )

    after = clauses_of(Package.objects.get(pk=sold.pk), clinic=asha)

    assert after == before
    assert "a visit takes 2 sessions." in said(sold, "services", asha)
    assert said(of, "services", asha) != said(sold, "services", asha)
    assert {c.code for c in clauses_of(of, clinic=asha)} == {c.code for c in after}


def test_the_printed_day_stays_when_the_package_is_extended(asha: Clinic) -> None:
    sold = package(asha, of=plan(validity_count=3, validity_unit="months"))
    printed = said(sold, "validity", asha)
    assert sold.valid_until

    later = sold.valid_until + timedelta(days=10)
    extend(sold, until=later, on=asha.today(), by=owner_of(asha), key=uuid4(), reason="Was ill")

    now = Package.objects.get(pk=sold.pk)
    assert now.valid_until == later
    assert said(now, "validity", asha) == printed


def test_a_discount_is_said_with_the_price_before_it(asha: Clinic) -> None:
    sold = package(asha, of=plan(price=10_000), price=8_000)

    assert said(sold, "price", asha) == ("The price is ₹8,000.00: ₹10,000.00 less a discount of ₹2,000.00.")
    assert "(₹8,000.00 for 10 sessions)" in said(sold, "refund", asha)


def test_the_list_rate_is_that_of_the_plan_where_none_is_named(asha: Clinic) -> None:
    """S39"""
    sold = package(asha, of=plan(price=10_000, refund_rule="list_rate"), price=8_000)

    assert "less the list rate for each session used (₹10,000.00 for 10 sessions)" in said(
        sold, "refund", asha
    )


def test_the_sentences_speak_the_language_that_is_active(asha: Clinic) -> None:
    with translation.override("hi"):
        titles = {clause.code: clause.title for clause in clauses_of(plan(validity_count=3), clinic=asha)}
        price = said(plan(price=123_456), "price", asha)

    assert titles["price"] == "कीमत"
    assert "1,23,456" in price


def test_a_plan_without_a_day_of_sale_prints_no_date(asha: Clinic) -> None:
    of = plan(validity_count=3, validity_unit="months")

    assert said(of, "validity", asha) == (
        "Valid for 3 months from the day of the sale, the last day included."
    )
    dated = said(of, "validity", asha, bought_on=date(2026, 3, 1))
    assert dated == "Valid for 3 months: from 1 Mar 2026 to 31 May 2026, the last day included."
