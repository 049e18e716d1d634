"""An owner sets the clinic up; each change says in the audit what was before."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.test import Client

from clinic.administration.services import LastBranch, change_branch, change_settings
from clinic.models import AuditEvent, Branch, Clinic, ClinicSettings, Service
from tests.factories import ServiceFactory, owner_of

LETTERHEAD = {
    "clinic_name": "Asha Physiotherapy",
    "legal_name": "Asha Physiotherapy LLP",
    "address": "12 MG Road\nBengaluru",
    "phone": "080 1234 5678",
    "email": "hello@asha.test",
    "registration": "KPME-1",
    "tax_number": "29ABCDE1234F1ZW",
    "upi_id": "asha@okbank",
    "bill_footer": "Get well soon",
    "financial_year_starts": "4",
    "language": "en-in",
    "desk_adjusts_up_to": "0",
    "desk_extends_up_to": "0",
}


@pytest.fixture
def owners_client(asha: Clinic) -> Client:
    client = Client()
    client.force_login(owner_of(asha).user)
    return client


def last_line() -> AuditEvent:
    return AuditEvent.objects.latest("at")


def test_the_letterhead_is_kept_with_what_was_before(owners_client: Client, asha: Clinic) -> None:
    answer = owners_client.post("/asha/settings/", LETTERHEAD)

    kept = ClinicSettings.objects.get()
    assert answer.status_code == 302
    assert kept.tax_number == "29ABCDE1234F1ZW"
    assert kept.address.splitlines() == ["12 MG Road", "Bengaluru"]
    line = last_line()
    assert line.act == "change_clinicsettings"
    assert (line.before["tax_number"], line.after["tax_number"]) == ("", "29ABCDE1234F1ZW")
    assert "financial_year_starts" not in line.after  # only what changed

    events = AuditEvent.objects.count()
    owners_client.post("/asha/settings/", LETTERHEAD)
    assert AuditEvent.objects.count() == events


def test_the_owner_says_how_far_the_front_desk_may_go(owners_client: Client, asha: Clinic) -> None:
    answer = owners_client.post(
        "/asha/settings/", LETTERHEAD | {"desk_adjusts_up_to": "1.5", "desk_extends_up_to": "14"}
    )

    kept = ClinicSettings.objects.get()
    assert answer.status_code == 302
    assert (kept.desk_adjusts_up_to, kept.desk_extends_up_to) == (Decimal("1.5"), 14)
    assert last_line().after["desk_extends_up_to"] == 14


@pytest.mark.parametrize(
    "wrong", [{"desk_adjusts_up_to": "0.3"}, {"desk_adjusts_up_to": "-1"}, {"desk_extends_up_to": "400"}]
)
def test_a_limit_of_the_front_desk_is_in_halves_and_in_bounds(
    owners_client: Client, wrong: dict[str, str]
) -> None:
    answer = owners_client.post("/asha/settings/", LETTERHEAD | wrong)

    assert answer.status_code == 422
    kept = ClinicSettings.objects.get()
    assert (kept.desk_adjusts_up_to, kept.desk_extends_up_to) == (0, 0)


def test_the_name_on_the_screen_changes_and_the_address_stays(owners_client: Client, asha: Clinic) -> None:
    owners_client.post("/asha/settings/", LETTERHEAD | {"clinic_name": "Asha & Sons"})

    asha.refresh_from_db()
    assert (asha.name, asha.slug) == ("Asha & Sons", "asha")
    line = AuditEvent.objects.get(act="rename_clinic")
    assert (line.before, line.after) == ({"name": "Asha Physiotherapy"}, {"name": "Asha & Sons"})


@pytest.mark.parametrize(
    "wrong",
    [
        {"upi_id": "not a upi id"},
        {"financial_year_starts": "13"},
        {"email": "nobody"},
        {"clinic_name": ""},
    ],
    ids=str,
)
def test_what_cannot_be_is_refused_and_nothing_changes(owners_client: Client, wrong: dict[str, str]) -> None:
    before = ClinicSettings.objects.values().get(), AuditEvent.objects.count()

    answer = owners_client.post("/asha/settings/", LETTERHEAD | wrong)

    assert answer.status_code == 422
    assert "Not saved yet" in answer.content.decode()
    assert (ClinicSettings.objects.values().get(), AuditEvent.objects.count()) == before


def test_services_are_added_priced_anew_retired_and_offered_again(owners_client: Client) -> None:
    form = {
        "name": "Dry needling",
        "minutes": "30",
        "price": "₹ 1,200/-",
        "tax_percent": "0",
        "code": "999314",
    }
    assert owners_client.post("/asha/settings/services/new/", form).status_code == 302
    service = Service.objects.get(name="Dry needling")
    assert service.price == Decimal(1200)
    assert "Dry needling" in owners_client.get("/asha/settings/services/").content.decode()

    page = f"/asha/settings/services/{service.pk}/"
    assert 'value="1200.00"' in owners_client.get(page).content.decode()
    owners_client.post(page, form | {"price": "1500.00"})
    line = last_line()
    assert (line.act, line.before, line.after) == (
        "change_service",
        {"price": "1200.000"},
        {"price": "1500.00"},
    )

    for way, offered in (("retirement", False), ("return", True)):
        owners_client.post(f"{page}{way}/")
        service.refresh_from_db()
        assert service.is_active is offered
        assert last_line().after == {"is_active": offered}


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "Physiotherapy 60 min"},
        {"price": "-5"},
        {"price": "lots"},
        {"minutes": "0"},
        {"tax_percent": "101"},
    ],
    ids=str,
)
def test_a_service_that_cannot_be_is_refused(owners_client: Client, wrong: dict[str, str]) -> None:
    ServiceFactory()
    form = {"name": "Dry needling", "minutes": "30", "price": "1200", "tax_percent": "0", "code": ""}

    answer = owners_client.post("/asha/settings/services/new/", form | wrong)

    assert answer.status_code == 422
    assert Service.objects.count() == 1


def test_the_same_name_in_another_clinic_is_no_hindrance(owners_client: Client, other_clinic: Clinic) -> None:
    from clinic.tenancy.context import clinic_context

    with clinic_context(other_clinic.pk):
        ServiceFactory(name="Dry needling")
    form = {"name": "Dry needling", "minutes": "30", "price": "1200", "tax_percent": "0", "code": ""}

    assert owners_client.post("/asha/settings/services/new/", form).status_code == 302


def test_branches_are_added_and_the_last_one_stays_in_use(owners_client: Client, asha: Clinic) -> None:
    first = Branch.objects.get()
    page = f"/asha/settings/branches/{first.pk}/"
    closed = {"name": first.name, "address": ""}  # the box is not ticked

    assert owners_client.post(page, closed).status_code == 422
    with pytest.raises(LastBranch):
        change_branch(first, is_active=False, by=None)
    first.refresh_from_db()
    assert first.is_active

    owners_client.post(
        "/asha/settings/branches/new/", {"name": "HSR Layout", "address": "", "is_active": "on"}
    )
    assert owners_client.post(page, closed).status_code == 302
    first.refresh_from_db()
    assert not first.is_active
    assert last_line().before == {"is_active": True}


def test_settings_compare_with_what_is_kept_now_not_with_what_was_read(asha: Clinic) -> None:
    stale = ClinicSettings.objects.get()
    change_settings(ClinicSettings.objects.get(), by=None, phone="1")

    change_settings(stale, by=None, phone="2")

    assert last_line().before == {"phone": "1"}
