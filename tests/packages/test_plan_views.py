"""The form of a plan: every rule can be chosen, what does not fit is said, nothing typed is lost."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from clinic.models import Branch, Clinic, Role
from packages.models import Plan
from packages.models.terms import Terms
from packages.plan_forms import PlanForm
from packages.plans import Also, Line
from tests.factories import ServiceFactory, member, owner_of, plan

NEW = "/asha/plans/new/"
LINES = {"line-TOTAL_FORMS": "4", "line-INITIAL_FORMS": "0"}


@pytest.fixture
def owner(asha: Clinic, client: Client) -> Client:
    client.force_login(owner_of(asha).user)
    return client


def typed(**facts: Any) -> dict[str, str]:
    """The form as it is filled in for ten sessions at 9,000, and otherwise as it is first shown."""
    usual = {
        "name": "Ten",
        "price": "9,000",
        "is_active": "on",
        "validity_count": "3",
        "validity_unit": "months",
        "validity_start": "sale",
        "longest_unit": "months",
        "activation": "paid_in_full",
        "sharing": "owner",
        "where": "anywhere",
        "late_cancel_hours": "24",
        "late_cancel_takes": "one",
        "no_show_takes": "one",
        "free_passes": "1",
        "freeze_limit": "30",
        "transfer_rule": "anybody",
        "refund_rule": "rate_paid",
        "line-0-service": str(ServiceFactory().pk),
        "line-0-sessions": "10",
        "key": str(uuid4()),
    }
    return LINES | usual | {name.replace("line_", "line-", 1): value for name, value in facts.items()}


def way(n: int, service: Any, sessions: str, surcharge: str = "") -> dict[str, str]:
    return {
        f"line-0-also_{n}_service": str(service.pk),
        f"line-0-also_{n}_sessions": sessions,
        f"line-0-also_{n}_surcharge": surcharge,
    }


def test_every_rule_of_the_terms_is_on_the_form(owner: Client) -> None:
    page = owner.get(NEW).content.decode()

    assert set(PlanForm.base_fields) == {*Terms.term_names(), "is_active"}
    for name in Terms.term_names():
        assert f'name="{name}"' in page or f'id="id_{name}"' in page or name.endswith("_ids"), name


def test_a_plan_with_every_rule_chosen_is_kept_as_it_was_typed(owner: Client, asha: Clinic) -> None:
    anand, here = member(asha, Role.THERAPIST), Branch.objects.get()
    longer = ServiceFactory(name="Physiotherapy 90 min", minutes=90)
    chosen = typed(
        validity_start="first_visit",
        longest_count="6",
        sharing="named",
        named_limit="3",
        where="listed",
        branch_ids=[str(here.pk)],
        therapist_ids=[str(anand.pk)],
        late_cancel_takes="fee",
        late_cancel_fee="300",
        no_show_takes="half",
        free_passes="2",
        freeze_limit="0",
        transfer_rule="named",
        refund_rule="list_rate",
        list_rate="1,000",
    )

    answer = owner.post(NEW, chosen | way(1, longer, "2") | way(2, longer, "1", "500"))

    assert answer.status_code == 302
    made = Plan.objects.get(name="Ten")
    assert (made.validity_start, made.longest_count, made.named_limit) == ("first_visit", 6, 3)
    assert (made.branch_ids, made.therapist_ids) == ([here.pk], [anand.pk])
    assert (made.late_cancel_takes, made.late_cancel_fee) == ("fee", Decimal(300))
    assert (made.no_show_takes, made.no_show_fee, made.free_passes) == ("half", Decimal(0), 2)
    assert (made.freeze_limit, made.transfer_rule, made.list_rate) == (0, "named", Decimal(1000))
    ways = made.lines.get().alternatives.order_by("-sessions").values_list("sessions", "surcharge")
    assert list(ways) == [(Decimal(2), Decimal(0)), (Decimal(1), Decimal(500))]


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"late_cancel_takes": "fee"}, "Say how much the fee is."),
        ({"no_show_takes": "fee", "no_show_fee": "0"}, "Say how much the fee is."),
        ({"refund_rule": "fee"}, "Say how much the fee is."),
        ({"where": "listed"}, "Tick the branches where it can be used."),
        ({"sharing": "named", "named_limit": "0"}, "At least one person"),
        ({"carries_over": "on"}, "only where the plan renews every month"),
        (
            {"validity_start": "first_visit", "validity_count": ""},
            "how long it is valid from the first visit",
        ),
        ({"validity_start": "first_visit", "longest_count": "2"}, "The latest day is before the validity"),
        (
            {"validity_start": "first_visit", "longest_count": "89", "longest_unit": "days"},
            "The latest day is before the validity",
        ),
        ({"renews_monthly": "on", "validity_start": "first_visit"}, "counts from the day of the sale"),
        ({"line_0-sessions": "7.3"}, "multiple of step size 0.5"),
        ({"line_0-sessions": ""}, "A line needs a service and a number of sessions."),
        ({"line_0-is_bonus": "on"}, "at least one line of sessions that is no bonus"),
        ({"late_cancel_fee": "-5"}, "is negative"),
    ],
)
def test_what_does_not_fit_is_said_and_nothing_is_saved_or_lost(
    owner: Client, facts: dict[str, str], sentence: str
) -> None:
    answer = owner.post(NEW, typed(name="Typed by the owner", **facts))

    assert answer.status_code == 422
    page = answer.content.decode()
    assert sentence in page
    assert 'value="Typed by the owner"' in page
    assert not Plan.objects.filter(name="Typed by the owner").exists()


def test_another_way_needs_a_service_of_its_own_and_halves(owner: Client) -> None:
    same, longer = ServiceFactory(), ServiceFactory(name="Physiotherapy 90 min", minutes=90)

    refused = {
        "That is the service of the line itself.": way(1, same, "2"),
        "This way is here twice.": way(1, longer, "2") | way(2, longer, "2", "100"),
        "Another way needs a service": way(1, longer, ""),
        "multiple of step size 0.5": way(1, longer, "1.3"),
    }

    for sentence, ways in refused.items():
        answer = owner.post(NEW, typed() | ways)
        assert answer.status_code == 422, sentence
        assert sentence in answer.content.decode()
    assert not Plan.objects.exists()


def test_two_plans_are_not_called_the_same(owner: Client) -> None:
    plan(name="Ten")

    answer = owner.post(NEW, typed())

    assert answer.status_code == 422
    assert "Another plan is called so already." in answer.content.decode()


def test_what_another_choice_makes_void_is_left_out(owner: Client) -> None:
    """A fee typed before the rule was changed is no rule."""
    here = Branch.objects.get()
    hidden = {"late_cancel_fee": "300", "list_rate": "1000", "longest_count": "6", "named_limit": "2"}

    owner.post(NEW, typed(branch_ids=[str(here.pk)], **hidden))

    made = Plan.objects.get()
    assert (made.late_cancel_fee, made.list_rate, made.longest_count, made.named_limit) == (
        0,
        None,
        None,
        None,
    )
    assert made.branch_ids == []


def test_a_branch_of_another_clinic_cannot_be_chosen(owner: Client) -> None:
    answer = owner.post(NEW, typed(where="listed", branch_ids=[str(uuid4())]))

    assert answer.status_code == 422
    assert not Plan.objects.exists()


def test_opening_and_saving_a_plan_changes_nothing_of_it(owner: Client, asha: Clinic) -> None:
    longer = ServiceFactory(name="Physiotherapy 90 min", minutes=90)
    line = Line(ServiceFactory(), Decimal(10), also=[Also(longer, Decimal("1.5"), Decimal(250))])
    of = plan(line, late_cancel_takes="fee", late_cancel_fee=Decimal(300), therapist_ids=[owner_of(asha).pk])
    longer.is_active = False
    longer.save()
    before = {name: getattr(of, name) for name in Terms.term_names()}
    form = owner.get(f"/asha/plans/{of.pk}/").context
    fields = {field.html_name: field.value() for field in form["form"] if field.value() is not None}
    for each in [form["lines"].management_form, *form["lines"]]:
        fields |= {field.html_name: field.value() for field in each if field.value() is not None}

    answer = owner.post(
        f"/asha/plans/{of.pk}/", {k: v for k, v in fields.items() if v is not False} | {"key": str(uuid4())}
    )

    assert answer.status_code == 302
    of.refresh_from_db()
    assert {name: getattr(of, name) for name in Terms.term_names()} == before
    (way_kept,) = of.lines.get(is_current=True).alternatives.all()
    assert (way_kept.service, way_kept.sessions, way_kept.surcharge) == (longer, Decimal("1.5"), Decimal(250))


def test_the_sentences_follow_what_is_typed_and_nothing_is_saved(owner: Client) -> None:
    facts = typed(name="Half", late_cancel_takes="half", free_passes="2")
    facts.pop("key")

    answer = owner.get(NEW, facts)

    page = answer.content.decode()
    assert answer.status_code == 200
    assert "it takes half a session." in page
    assert "The first 2 late cancellations" in page
    assert "“Half” holds 10 sessions of Physiotherapy 60 min." in page
    assert not Plan.objects.exists()


def test_without_javascript_a_button_shows_the_sentences(owner: Client) -> None:
    facts = typed(no_show_takes="half")

    looked = owner.post(NEW, facts | {"look": "1"})
    assert "If the patient does not come to a visit, it takes half a session." in looked.content.decode()
    assert not Plan.objects.exists()

    owner.post(NEW, facts)
    assert Plan.objects.get().no_show_takes == "half"


def test_the_list_of_plans_says_its_key_terms(owner: Client) -> None:
    plan(late_cancel_takes="half", validity_count=3, refund_rule="none")

    page = owner.get("/asha/plans/").content.decode()

    assert "it takes half a session." in page
    assert "Valid for 3 months from the day of the sale" in page
    assert "Nothing is paid back." in page


def test_the_list_of_plans_asks_no_more_for_more_plans(
    owner: Client, django_assert_max_num_queries: Any
) -> None:
    for _n in range(6):
        plan(Line(ServiceFactory(), Decimal(10), also=[Also(ServiceFactory(name="Other"), Decimal(2))]))

    owner.get("/asha/plans/")
    with django_assert_max_num_queries(16):
        owner.get("/asha/plans/")
