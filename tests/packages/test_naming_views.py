"""Naming people at the counter, from the pack and from a completion that was refused."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from clinic.models import Clinic, Patient, Relation, Role
from clinic.tenancy.context import clinic_context
from packages.models import Package
from tests.factories import PatientFactory, complete, member, package, plan, visit
from tests.written import everything
from visits.models import Visit


@pytest.fixture
def desk(asha: Clinic, client: Client) -> Client:
    client.force_login(member(asha, Role.FRONT_DESK).user)
    return client


@pytest.fixture
def pack(asha: Clinic) -> Package:
    return package(asha, PatientFactory(name="Ravi Kumar"), of=plan(sharing="named", named_limit=1))


@pytest.fixture
def cousin(asha: Clinic) -> Patient:
    return PatientFactory(name="Kiran Kumar", phones=["+919820011111"])


def url(pack: Package) -> str:
    return reverse("packages:naming", args=["asha", pack.pk])


def words(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def send(desk: Client, pack: Package, who: Patient, **fields: Any) -> Any:
    sent = {"key": uuid4(), "person": who.pk, "kind": "cousin", "since": pack.sold_on.isoformat()} | fields
    return desk.post(url(pack), sent)


def take_off(desk: Client, pack: Package, relation: Relation, since: Any) -> Any:
    where = reverse("packages:unnaming", args=["asha", pack.pk, relation.pk])
    return desk.post(where, {"key": uuid4(), "since": str(since)})


def test_the_pack_says_who_may_use_it_and_since_when(desk: Client, pack: Package, cousin: Patient) -> None:
    """S23"""
    page = desk.get(reverse("packages:package_detail", args=["asha", pack.pk]))
    assert url(pack) in words(page)

    answer = send(desk, pack, cousin)

    assert answer["Location"] == reverse("packages:package_detail", args=["asha", pack.pk])
    page = words(desk.get(answer["Location"]))
    assert "Kiran Kumar may use package" in page
    assert "Kiran Kumar, cousin" in page


def test_a_pack_for_its_owner_alone_offers_nobody(asha: Clinic, desk: Client, cousin: Patient) -> None:
    own = package(asha)
    written = everything()

    assert url(own) not in words(desk.get(reverse("packages:package_detail", args=["asha", own.pk])))
    assert "Nobody can be named on it" in words(desk.get(url(own), {"q": "kiran"}))
    answer = send(desk, own, cousin)

    assert answer.status_code == 422
    assert "Nobody can be named" in words(answer)
    assert everything() == written


def test_a_person_is_found_and_chosen(desk: Client, pack: Package, cousin: Patient) -> None:
    found = words(desk.get(url(pack), {"q": "kumar"}))
    chosen = words(desk.get(url(pack), {"person": cousin.pk}))

    assert f"?person={cousin.pk}" in found
    assert f"?person={pack.patient_id}" not in found  # the owner needs no name
    assert f'name="person" value="{cousin.pk}"' in chosen


def test_beyond_the_limit_the_form_comes_back_as_typed(desk: Client, pack: Package, cousin: Patient) -> None:
    """S23"""
    send(desk, pack, PatientFactory(name="Sita"))
    written, key = everything(), uuid4()

    answer = send(desk, pack, cousin, kind="second cousin", key=key)

    assert answer.status_code == 422
    page = words(answer)
    assert f"1 person may be named on package {pack.number}: Sita. Take somebody off first." in page
    assert 'value="second cousin"' in page
    assert f'value="{key}"' in page
    assert everything() == written


@pytest.mark.parametrize("fields", [{"since": ""}, {"since": "soon"}, {"person": ""}, {"person": uuid4()}])
def test_what_is_missing_is_said(
    desk: Client, pack: Package, cousin: Patient, fields: dict[str, Any]
) -> None:
    written = everything()

    assert send(desk, pack, cousin, **fields).status_code == 422
    assert everything() == written


def test_somebody_is_taken_off_from_a_day(asha: Clinic, desk: Client, pack: Package, cousin: Patient) -> None:
    """S23"""
    send(desk, pack, cousin)
    relation, tomorrow = Relation.objects.get(), asha.today() + timedelta(days=1)

    assert take_off(desk, pack, relation, tomorrow).status_code == 302

    assert Relation.objects.get().until == asha.today()
    assert "last day" in words(desk.get(url(pack)))


@pytest.mark.parametrize("since", ["", "used"])
def test_a_day_that_cannot_be_is_refused_and_stays_typed(
    asha: Clinic, desk: Client, pack: Package, cousin: Patient, since: str
) -> None:
    send(desk, pack, cousin)
    complete(asha, visit(asha, cousin))
    day, written = str(asha.today()) if since else "", everything()

    answer = take_off(desk, pack, Relation.objects.get(), day)

    assert answer.status_code == 422
    assert f'name="since" value="{day}"' in words(answer)
    assert everything() == written


def test_from_a_refused_completion_to_the_naming_and_back(
    asha: Clinic, desk: Client, pack: Package, cousin: Patient
) -> None:
    """S23"""
    seen = visit(asha, cousin)
    here = reverse("desk:completion", args=["asha", seen.pk])
    elsewhere = reverse("packages:naming_elsewhere", args=["asha", cousin.pk])

    assert f"{elsewhere}?next={quote(here, safe='')}" in words(desk.get(here))
    page = words(desk.get(elsewhere, {"q": "ravi", "next": here}))
    assert f"{url(pack)}?person={cousin.pk}&amp;next={quote(here, safe='')}" in page
    assert send(desk, pack, cousin, next=here)["Location"] == here
    assert desk.post(here, {"key": uuid4()}).status_code == 302

    assert Visit.objects.get(pk=seen.pk).package == pack


def test_whose_naming_has_ended_is_offered_at_the_refusal(
    asha: Clinic, desk: Client, pack: Package, cousin: Patient
) -> None:
    """S23"""
    send(desk, pack, cousin)
    take_off(desk, pack, Relation.objects.get(), asha.today())
    seen = visit(asha, cousin)

    page = words(desk.get(reverse("desk:completion", args=["asha", seen.pk])))

    assert "Kiran Kumar is not named on this package" in page
    assert url(pack) in page


def test_a_way_back_to_another_site_is_not_taken(desk: Client, pack: Package, cousin: Patient) -> None:
    answer = send(desk, pack, cousin, next="https://elsewhere.example/")

    assert answer["Location"] == reverse("packages:package_detail", args=["asha", pack.pk])


def test_owners_are_found_with_what_others_may_use_of_theirs(
    asha: Clinic, desk: Client, pack: Package, cousin: Patient
) -> None:
    alone = package(asha, PatientFactory(name="Ravindra Rao"))

    page = words(desk.get(reverse("packages:naming_elsewhere", args=["asha", cousin.pk]), {"q": "rav"}))

    assert url(pack) in page
    assert url(alone) not in page
    assert "No package that others may use by its terms" in page


def test_somebody_elses_relation_is_not_there(
    asha: Clinic, desk: Client, pack: Package, cousin: Patient, other_clinic: Clinic
) -> None:
    """S26"""
    stranger = Relation.objects.create(owner=PatientFactory(), person=cousin, since=asha.today())
    with clinic_context(other_clinic.pk):
        theirs = PatientFactory()

    assert take_off(desk, pack, stranger, asha.today()).status_code == 404
    assert desk.get(url(pack), {"person": theirs.pk}).status_code == 404
    assert send(desk, pack, theirs).status_code == 422


def test_a_therapist_reads_who_is_named_and_cannot_name(
    asha: Clinic, client: Client, desk: Client, pack: Package, cousin: Patient
) -> None:
    send(desk, pack, cousin)
    client.force_login(member(asha, Role.THERAPIST).user)

    page = words(client.get(reverse("packages:package_detail", args=["asha", pack.pk])))

    assert "Kiran Kumar, cousin" in page
    assert url(pack) not in page
    assert client.get(url(pack)).status_code == 403
