"""The pages: read aloud at the counter, with the button that mends."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from django.test import Client

from clinic.models import Clinic, Role
from tests.desk.explaining import days_ago
from tests.factories import PatientFactory, complete, member, package, plan, use, visit


@pytest.fixture
def desk(asha: Clinic, client: Client) -> Client:
    client.force_login(member(asha, Role.FRONT_DESK).user)
    return client


def words(answer: Any, status: int = 200) -> str:
    """What stands on the page, without its tags."""
    assert answer.status_code == status
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", answer.content.decode())).split())


def why(pack: Any, question: str = "") -> str:
    return f"/asha/packages/{pack.pk}/explanation/{question}"


def why_of_patient(patient: Any, question: str = "") -> str:
    return f"/asha/patients/{patient.pk}/explanation/{question}"


def test_the_page_says_the_number_the_sentence_every_line_and_what_may_be_missing(
    asha: Clinic, desk: Client
) -> None:
    pack = package(asha, of=plan(validity_count=None), at=days_ago(5))
    use(asha, pack, 6)
    visit(asha, pack.patient, at=days_ago(1))

    page = words(desk.get(why(pack)))

    assert "Why is it 4?" in page
    assert "10 sold, 6 used: 4 left, it never lapses." in page
    assert page.count("Session 6 of 10") == 1
    assert "is still booked. It was never completed, so it took no session." in page
    assert "Complete, from this package" in page


def test_one_press_completes_the_forgotten_visit_and_the_count_follows(asha: Clinic, desk: Client) -> None:
    pack = package(asha, at=days_ago(5))
    visit(asha, pack.patient, at=days_ago(1))
    page = desk.get(why(pack)).content.decode()
    form = re.search(r'<form method="post" action="([^"]+/completion/)">(.*?)</form>', page, re.DOTALL)
    assert form
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form[2]))

    answer = desk.post(form[1], fields)

    assert answer.status_code == 302
    pack.refresh_from_db()
    assert pack.sessions_left == 9
    assert "is still booked" not in words(desk.get(why(pack)))
    assert fields["next"] == why(pack)


def test_who_may_not_mend_it_reads_whom_to_ask(asha: Clinic, client: Client) -> None:
    pack = package(asha, at=days_ago(5))
    visit(asha, pack.patient, at=days_ago(1))
    client.force_login(member(asha, Role.ACCOUNTANT).user)

    page = client.get(why(pack))

    assert "The front desk can mend this." in words(page)
    assert "/completion/" not in page.content.decode()


def test_a_page_about_the_past_has_no_buttons_and_says_so(asha: Clinic, desk: Client) -> None:
    pack = package(asha, at=days_ago(5))
    visit(asha, pack.patient, at=days_ago(1))
    on = asha.today()

    page = desk.get(why(pack, f"?as_of={on}T00:00"))

    assert "As it was known on" in words(page)
    assert "It was not sold yet" in words(page)
    assert "/completion/" not in page.content.decode()


@pytest.mark.parametrize("asked", ["?as_of=nonsense", "?on=2999-01-01", "?at=10:00"])
def test_a_moment_that_cannot_be_is_refused_and_the_count_is_shown_as_it_is(
    asha: Clinic, desk: Client, asked: str
) -> None:
    pack = package(asha)

    assert "Why is it 10?" in words(desk.get(why(pack, asked)), 422)


def test_a_patient_with_two_packs_reads_both_and_every_near_miss_once(asha: Clinic, desk: Client) -> None:
    one = package(asha, of=plan(validity_count=None), at=days_ago(6))
    package(asha, one.patient, of=plan(sessions=5, validity_count=None), at=days_ago(5))
    visit(asha, one.patient, at=days_ago(1))

    page = words(desk.get(why_of_patient(one.patient)))

    assert "15 left in all, on 2 packages." in page
    assert "10 sold, 0 used: 10 left, it never lapses." in page
    assert "5 sold, 0 used: 5 left, it never lapses." in page
    assert page.count("is still booked") == 1


def test_a_patient_without_a_package_can_be_asked_about_too(asha: Clinic, desk: Client) -> None:
    patient = PatientFactory()
    complete(asha, visit(asha, patient), how="charge")

    assert "There is no package: every visit is paid singly." in words(desk.get(why_of_patient(patient)))


def test_the_page_of_a_package_asks_at_most_12_questions(
    asha: Clinic, desk: Client, queries: Callable[[], Any]
) -> None:
    pack = package(asha, PatientFactory(phones=["+919820012345"]), at=days_ago(9))
    use(asha, pack, 4)
    for ago in (1, 2, 3):
        visit(asha, pack.patient, at=days_ago(ago))
    complete(asha, visit(asha, pack.patient, at=days_ago(4)), how="charge")
    desk.get(why(pack))  # the session is written at most once a minute

    with queries() as seen:
        desk.get(why(pack))

    assert seen.count <= 12, "\n".join(seen.statements)


def test_the_page_of_a_patient_asks_as_much_for_five_packages_as_for_one(
    asha: Clinic, desk: Client, queries: Callable[[], Any]
) -> None:
    patient = PatientFactory()
    use(asha, package(asha, patient, at=days_ago(9)))
    desk.get(why_of_patient(patient))
    with queries() as one:
        desk.get(why_of_patient(patient))
    for _ in range(4):
        use(asha, package(asha, patient, at=days_ago(8)), 2)

    with queries() as five:
        desk.get(why_of_patient(patient))

    assert five.count == one.count <= 13, "\n".join(five.statements)
