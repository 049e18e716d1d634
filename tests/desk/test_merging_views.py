"""Finding the other record, looking at both, merging, and reading of it later, over HTTP."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from clinic.models import Clinic, Patient, Role
from clinic.tenancy.context import clinic_context
from tests.factories import PatientFactory, complete, member, package, sale, use, visit
from tests.written import everything


@pytest.fixture
def desk(asha: Clinic, client: Client) -> Client:
    client.force_login(member(asha, Role.FRONT_DESK, name="Rekha").user)
    return client


@pytest.fixture
def pair(asha: Clinic) -> tuple[Patient, Patient]:
    kept = PatientFactory(name="Asha Sharma", phones=["+919820011111"])
    gone = PatientFactory(name="Asha Sharma", phones=["+919820011111", "+919820022222"])
    return kept, gone


def url(patient: Patient, name: str = "desk:merging") -> str:
    return reverse(name, args=["asha", patient.pk])


def words(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def press(desk: Client, kept: Patient, other: Any, **fields: Any) -> Any:
    sent = {"key": uuid4(), "other": getattr(other, "pk", other), "reason": "The patient said so"} | fields
    return desk.post(url(kept), sent)


def test_who_is_likely_the_same_person_is_offered_first(desk: Client, pair: tuple[Patient, Patient]) -> None:
    kept, gone = pair
    stranger = PatientFactory(name="Ravi Kumar")

    page = words(desk.get(url(kept)))

    assert f"?other={gone.pk}" in page
    assert str(stranger.pk) not in page
    assert f"?other={kept.pk}" not in page


def test_the_other_record_is_found_by_what_it_says(desk: Client, pair: tuple[Patient, Patient]) -> None:
    stranger = PatientFactory(name="Ravi Kumar")

    page = words(desk.get(url(pair[0]), {"q": "kumar"}))

    assert f"?other={stranger.pk}" in page
    assert f"?other={pair[1].pk}" not in page


def test_both_stand_beside_each_other_with_what_they_come_to(
    asha: Clinic, desk: Client, pair: tuple[Patient, Patient]
) -> None:
    kept, gone = pair
    package(asha, kept)
    use(asha, package(asha, gone), 2)

    page = words(desk.get(url(kept), {"other": gone.pk}))

    assert f"Stays: number {kept.number}" in page
    assert f"Goes in: number {gone.number}" in page
    for label, mine, other, together in (
        ("Packages", "1", "1", "2"),
        ("Sessions left", "10", "8", "18"),
        ("Visits", "0", "2", "2"),
        ("Sum of the bills", "₹10,000.00", "₹10,000.00", "₹20,000.00"),
    ):
        assert (
            f'<th scope="row">{label}</th> <td data-label="Stays: number {kept.number}" class="number">{mine}</td> '
            f'<td data-label="Goes in: number {gone.number}" class="number">{other}</td> '
            f'<td data-label="Afterwards" class="strong number">{together}</td>'
        ) in page
    assert "98200 11111, 98200 22222" in page
    assert f"/patients/{gone.pk}/merging/?other={kept.pk}" in page  # the other way round


def test_looking_writes_nothing(desk: Client, pair: tuple[Patient, Patient]) -> None:
    written = everything()

    desk.get(url(pair[0]), {"other": pair[1].pk})

    assert everything() == written


@pytest.mark.parametrize(
    ("facts", "warning"),
    [
        ({"birth_date": date(2001, 2, 3)}, "The dates of birth differ"),
        ({"phones": ["+919820033333"]}, "No phone is the same on both"),
        ({"name": "Vikram Khan"}, "The names differ: Asha Sharma and Vikram Khan."),
    ],
)
def test_what_speaks_against_it_is_said(desk: Client, facts: dict[str, Any], warning: str) -> None:
    same = {"name": "Asha Sharma", "birth_date": date(1970, 2, 3), "phones": ["+919820011111"]}
    kept, other, twin = (PatientFactory(**same | more) for more in ({}, facts, {}))

    assert warning in words(desk.get(url(kept), {"other": other.pk}))
    assert warning not in words(desk.get(url(kept), {"other": twin.pk}))


def test_after_merging_the_file_says_so_and_the_log_can_be_read(
    asha: Clinic, desk: Client, pair: tuple[Patient, Patient]
) -> None:
    """S17"""
    kept, gone = pair
    sold = sale(asha, gone)

    answer = press(desk, kept, gone)

    assert (answer.status_code, answer["Location"]) == (302, url(kept, "desk:patient_file"))
    page = words(desk.get(url(kept, "desk:patient_file")))
    assert f"Includes the record of Asha Sharma (number {gone.number}), merged on" in page
    assert "by Rekha." in page
    log = words(desk.get(url(kept, "desk:merges")))
    assert "The patient said so" in log
    assert sold.bill.name in log
    assert f"No. {sold.package.number}" in log
    assert "₹10,000.00 · Cash" in log


def test_the_old_address_leads_to_the_kept_record(desk: Client, pair: tuple[Patient, Patient]) -> None:
    """S17"""
    kept, gone = pair
    press(desk, kept, gone)

    for name in ("desk:patient_file", "desk:merges"):
        assert desk.get(url(gone, name))["Location"] == url(kept, name)
    assert desk.get(url(gone))["Location"] == url(kept, "desk:patient_file")
    assert desk.get(reverse("patients:search", args=["asha"]), {"q": str(gone.number)})["Location"] == url(
        kept, "desk:patient_file"
    )


def test_without_a_reason_both_are_shown_again_and_nothing_is_written(
    desk: Client, pair: tuple[Patient, Patient]
) -> None:
    written, key = everything(), uuid4()

    answer = press(desk, *pair, reason=" ", key=key)

    assert answer.status_code == 422
    assert "Write how you know that both are one person" in words(answer)
    assert f'value="{key}"' in words(answer)
    assert everything() == written


def test_sent_twice_it_is_merged_once(desk: Client, pair: tuple[Patient, Patient]) -> None:
    """S02, S17"""
    key = uuid4()
    press(desk, *pair, key=key)
    written = everything()

    assert press(desk, *pair, key=key).status_code == 303
    assert everything() == written


def test_a_record_that_somebody_else_merged_meanwhile_is_refused_with_a_sentence(
    desk: Client, pair: tuple[Patient, Patient]
) -> None:
    """S17"""
    kept, gone = pair
    press(desk, PatientFactory(), gone)
    written = everything()

    answer = press(desk, kept, gone)

    assert answer.status_code == 422
    assert f"number {gone.number}, was merged before" in words(answer)
    assert everything() == written


@pytest.mark.parametrize("other", ["", "no-uuid", "itself"])
def test_what_is_no_other_record_is_refused(desk: Client, pair: tuple[Patient, Patient], other: str) -> None:
    written = everything()

    assert press(desk, pair[0], pair[0] if other == "itself" else other).status_code == 422
    assert everything() == written


def test_another_clinics_record_is_not_there(
    desk: Client, pair: tuple[Patient, Patient], other_clinic: Clinic
) -> None:
    """S26"""
    with clinic_context(other_clinic.pk):
        theirs = PatientFactory()

    assert desk.get(url(pair[0]), {"other": theirs.pk}).status_code == 404
    assert press(desk, pair[0], theirs).status_code == 404


def test_whoever_is_warned_of_a_duplicate_while_changing_a_record_can_merge_at_once(
    desk: Client, asha: Clinic
) -> None:
    kept, other = (
        PatientFactory(name="Asha Sharma"),
        PatientFactory(name="Sita Rao", phones=["+919820022222"]),
    )
    fields = {"name": "Asha Sharma", "phones": "98200 22222", "language": "en-in"}

    page = words(desk.post(url(kept, "patients:patient_details"), fields))

    assert f"{url(kept)}?other={other.pk}" in page


def test_a_therapist_reads_that_records_were_merged_and_finds_no_way_to_do_it(
    asha: Clinic, desk: Client, pair: tuple[Patient, Patient], client: Client
) -> None:
    press(desk, *pair)
    client.force_login(member(asha, Role.THERAPIST).user)

    page = words(client.get(url(pair[0], "desk:patient_file")))

    assert "Includes the record of" in page
    assert url(pair[0]) not in page
    assert client.get(url(pair[0])).status_code == 403


def test_a_visit_page_that_was_open_during_the_merge_completes(
    asha: Clinic, desk: Client, pair: tuple[Patient, Patient]
) -> None:
    """S17"""
    kept, gone = pair
    package(asha, gone)
    seen = visit(asha, gone)
    press(desk, kept, gone)

    done = complete(asha, seen)

    assert (done.visit.patient, done.bill.patient, done.entry.beneficiary) == (kept, kept, kept)
