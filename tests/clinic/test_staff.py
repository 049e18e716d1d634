"""Who works here: inviting, joining, roles, leaving."""

from __future__ import annotations

import hashlib
import re
import threading
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
from django.core import mail
from django.db import connection, connections
from django.test import Client
from django.utils import timezone

from clinic.models import AuditEvent, Clinic, Invitation, Role, Staff
from clinic.staff import services
from clinic.staff.invitations import WorksHere, accept_invitation, find_invitation, invite, revoke_invitation
from clinic.staff.services import (
    LastOwner,
    OwnerNeedsLogin,
    add_colleague,
    change_colleague,
    deactivate,
    reactivate,
)
from clinic.tenancy.context import clinic_context
from tests.factories import UserFactory, found, member, owner_of

NEW = {"name": "Meera Iyer", "email": "meera@example.test", "role": "therapist", "registration": "KA-77"}


@pytest.fixture
def owner(asha: Clinic) -> Staff:
    return owner_of(asha)


@pytest.fixture
def owners_client(owner: Staff) -> Client:
    client = Client()
    client.force_login(owner.user)
    return client


def asked(owner: Staff, **facts: Any) -> tuple[Invitation, str]:
    return invite(**{**NEW, **facts}, at=timezone.now(), by=owner)


def acts() -> list[str]:
    return list(AuditEvent.objects.order_by("at", "pk").values_list("act", flat=True))


def test_an_invitation_shows_its_link_once_and_keeps_only_the_hash(
    owners_client: Client, asha: Clinic, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        answer = owners_client.post("/asha/staff/invitations/", NEW)

    link = re.search(r"http://testserver/invitations/asha/([\w-]{43})/", answer.content.decode())
    assert answer.status_code == 201
    assert link
    kept = Invitation.objects.get()
    assert bytes(kept.token_hash) == hashlib.sha256(link[1].encode()).digest()
    assert timedelta(days=6, hours=23) < kept.expires_at - timezone.now() <= timedelta(days=7)
    assert mail.outbox[0].to == ["meera@example.test"]
    assert link[0] in mail.outbox[0].body
    for page in ("/asha/staff/", "/asha/staff/invitations/"):
        assert link[1] not in owners_client.get(page).content.decode()
    assert link[1] not in str(list(AuditEvent.objects.values()))


def test_an_unreachable_mail_server_does_not_stop_an_invitation(
    owners_client: Client, asha: Clinic, django_capture_on_commit_callbacks: Any
) -> None:
    broken = patch("django.core.mail.backends.locmem.EmailBackend.send_messages", side_effect=TimeoutError)

    with broken as sending, django_capture_on_commit_callbacks(execute=True):
        answer = owners_client.post("/asha/staff/invitations/", NEW)

    assert sending.called
    assert answer.status_code == 201
    assert Invitation.objects.count() == 1


def test_signed_out_one_is_shown_who_invites_and_where_to_go(owner: Staff) -> None:
    _invitation, token = asked(owner)

    page = Client().get(f"/invitations/asha/{token}/").content.decode()

    assert "Asha Physiotherapy" in page
    assert f"/accounts/signup/?next=/invitations/asha/{token}/&amp;email=meera%40example.test" in page
    assert f"/accounts/login/?next=/invitations/asha/{token}/" in page


def test_signing_up_from_a_link_comes_back_to_it_and_joins(owner: Staff) -> None:
    _invitation, token = asked(owner)
    path = f"/invitations/asha/{token}/"
    client = Client()

    form = {
        "name": "Meera",
        "email": "meera@example.test",
        "password1": "correct horse battery staple",
        "next": path,
    }
    back = client.post("/accounts/signup/", form)
    assert back["Location"] == path
    assert "meera@example.test" in client.get(path).content.decode()
    assert Staff.objects.count() == 1
    joined = client.post(path)

    assert joined["Location"] == "/asha/today/"
    meera = Staff.objects.get(user__email="meera@example.test")
    assert (meera.name, meera.role, meera.registration) == ("Meera Iyer", Role.THERAPIST, "KA-77")
    assert acts()[-1] == "accept_invitation"
    assert client.post(path).status_code == 404


def test_a_press_while_signed_out_joins_nobody(owner: Staff) -> None:
    _invitation, token = asked(owner)

    answer = Client().post(f"/invitations/asha/{token}/")

    assert answer.status_code == 200
    assert Staff.objects.count() == 1


@pytest.mark.parametrize("over", ["unknown", "expired", "revoked", "used", "of another clinic"])
def test_links_that_are_over_all_answer_alike(owner: Staff, other_clinic: Clinic, over: str) -> None:
    invitation, token = asked(owner)
    slug = "asha"
    match over:
        case "unknown":
            token = "x" * 43
        case "expired":
            Invitation.objects.update(expires_at=timezone.now())
        case "revoked":
            revoke_invitation(invitation, at=timezone.now(), by=owner)
        case "used":
            accept_invitation(invitation, user=UserFactory(), at=timezone.now())
        case "of another clinic":
            slug = "other"
    people = Staff.objects.count()
    client = Client()
    client.force_login(UserFactory())

    for answer in (client.get(f"/invitations/{slug}/{token}/"), client.post(f"/invitations/{slug}/{token}/")):
        assert answer.status_code == 404

    assert Staff.objects.count() == people


def test_a_new_invitation_ends_the_earlier_one_of_the_same_address(owner: Staff) -> None:
    _first, old = asked(owner)
    _second, new = asked(owner, email="MEERA@example.test")

    assert find_invitation(old, at=timezone.now()) is None
    assert find_invitation(new, at=timezone.now())


def test_who_works_here_is_not_invited_again(owner: Staff) -> None:
    with pytest.raises(WorksHere, match="works here already"):
        asked(owner, email=owner.user.email.upper())
    assert not Invitation.objects.exists()

    invitation, _token = asked(owner)
    with pytest.raises(WorksHere):
        accept_invitation(invitation, user=owner.user, at=timezone.now())
    invitation.refresh_from_db()
    assert invitation.accepted_at is None


def test_who_left_comes_back_as_the_same_person(owner: Staff, asha: Clinic) -> None:
    left = member(asha, Role.FRONT_DESK)
    deactivate(left, by=owner)
    invitation, _token = asked(owner)

    back = accept_invitation(invitation, user=left.user, at=timezone.now())

    assert back.pk == left.pk
    assert (back.is_active, back.role) == (True, Role.THERAPIST)


def test_a_new_role_holds_from_the_next_request(owners_client: Client, asha: Clinic) -> None:
    desk = member(asha, Role.FRONT_DESK)
    theirs = Client()
    theirs.force_login(desk.user)
    assert theirs.get("/asha/staff/").status_code == 403

    owners_client.post(f"/asha/staff/{desk.pk}/", {"name": desk.name, "role": "owner", "registration": ""})
    assert theirs.get("/asha/staff/").status_code == 200

    owners_client.post(
        f"/asha/staff/{desk.pk}/", {"name": desk.name, "role": "therapist", "registration": ""}
    )
    assert theirs.get("/asha/staff/").status_code == 403
    line = AuditEvent.objects.filter(act="change_colleague").latest("at")
    assert (line.before, line.after) == (
        {"name": desk.name, "role": "owner", "registration": ""},
        {"name": desk.name, "role": "therapist", "registration": ""},
    )


def test_leaving_closes_the_clinic_at_once_and_coming_back_opens_it(
    owners_client: Client, asha: Clinic
) -> None:
    second = member(asha, Role.OWNER)
    theirs = Client()
    theirs.force_login(second.user)
    assert theirs.get("/asha/staff/").status_code == 200

    owners_client.post(f"/asha/staff/{second.pk}/deactivation/")
    assert theirs.get("/asha/staff/").status_code == 404

    owners_client.post(f"/asha/staff/{second.pk}/return/")
    assert theirs.get("/asha/staff/").status_code == 200
    assert acts()[-2:] == ["deactivate_colleague", "reactivate_colleague"]


def test_the_last_owner_cannot_go(owners_client: Client, owner: Staff) -> None:
    before = acts()

    with pytest.raises(LastOwner):
        deactivate(owner, by=owner)
    with pytest.raises(LastOwner):
        change_colleague(owner, role=Role.THERAPIST, by=owner)
    gone = owners_client.post(f"/asha/staff/{owner.pk}/deactivation/")
    changed = owners_client.post(f"/asha/staff/{owner.pk}/", {"name": "x", "role": "therapist"})

    assert (gone.status_code, changed.status_code) == (422, 422)
    assert "last owner" in gone.content.decode()
    owner.refresh_from_db()
    assert (owner.is_active, owner.role) == (True, Role.OWNER)
    assert acts() == before


def test_of_two_owners_one_may_go(owner: Staff, asha: Clinic) -> None:
    other = member(asha, Role.OWNER)

    deactivate(owner, by=other)

    with pytest.raises(LastOwner):
        deactivate(other, by=other)


def _both_leave_at_once() -> int:
    """Two owners remove each other at the same moment; returns how many are left."""
    clinic = found("race")
    with clinic_context(clinic.pk):
        pair = [owner_of(clinic), member(clinic, Role.OWNER)]
    barrier = threading.Barrier(2)

    def leave(me: Staff) -> None:
        try:
            with clinic_context(clinic.pk):
                barrier.wait(5)
                deactivate(me, by=me)
        except LastOwner:
            pass
        finally:
            connections.close_all()

    threads = [threading.Thread(target=leave, args=[me]) for me in pair]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with clinic_context(clinic.pk):
        return Staff.objects.active().filter(role=Role.OWNER).count()


@pytest.mark.django_db(transaction=True)
def test_two_owners_who_leave_at_once_leave_one() -> None:
    assert _both_leave_at_once() == 1


@pytest.mark.django_db(transaction=True)
def test_without_the_lock_both_owners_would_be_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    """The race is real: the same check, unlocked."""
    both_have_looked = threading.Barrier(2)
    check = services._refuse_for_last_owner

    def check_together(colleague: Staff) -> None:
        check(colleague)
        both_have_looked.wait(5)

    monkeypatch.setattr(services, "_lock", lambda colleague: Staff.objects.get(pk=colleague.pk))
    monkeypatch.setattr(services, "_refuse_for_last_owner", check_together)

    assert _both_leave_at_once() == 0


def test_somebody_without_a_login_stands_on_bills_and_cannot_own(owners_client: Client, owner: Staff) -> None:
    answer = owners_client.post(
        "/asha/staff/new/", {"name": "Dr Rao", "role": "therapist", "registration": "MH-12"}
    )
    refused = owners_client.post("/asha/staff/new/", {"name": "Ghost", "role": "owner", "registration": ""})

    rao = Staff.objects.get(name="Dr Rao")
    assert answer.status_code == 302
    assert rao.user is None
    assert refused.status_code == 422
    with pytest.raises(OwnerNeedsLogin):
        add_colleague(name="Ghost", role=Role.OWNER, by=owner)
    with pytest.raises(OwnerNeedsLogin):
        change_colleague(rao, role=Role.OWNER, by=owner)
    assert Staff.objects.count() == 2


def test_saying_the_same_again_leaves_no_line(owner: Staff, asha: Clinic) -> None:
    rao = add_colleague(name="Dr Rao", role=Role.THERAPIST, by=owner)
    before = acts()

    change_colleague(rao, name="Dr Rao", role=Role.THERAPIST, by=owner)
    reactivate(rao, by=owner)
    deactivate(deactivate(rao, by=owner), by=owner)

    assert acts() == [*before, "deactivate_colleague"]


def test_the_list_shows_who_works_here_who_is_invited_and_who_left(
    owners_client: Client, owner: Staff, asha: Clinic, queries: Any
) -> None:
    deactivate(member(asha, Role.THERAPIST, name="Gone Person"), by=owner)
    invitation, _token = asked(owner)
    page = owners_client.get("/asha/staff/").content.decode()
    assert all(words in page for words in (owner.name, "Gone Person", "meera@example.test"))

    with queries() as few:
        owners_client.get("/asha/staff/")
    for _more in range(5):
        member(asha, Role.THERAPIST)
    with queries() as many:
        owners_client.get("/asha/staff/")
    assert many.count == few.count

    owners_client.post(f"/asha/staff/invitations/{invitation.pk}/revocation/")
    assert "meera@example.test" not in owners_client.get("/asha/staff/").content.decode()
    assert services.memberships_of(owner.user)[0].clinic == asha
    assert connection.in_atomic_block
