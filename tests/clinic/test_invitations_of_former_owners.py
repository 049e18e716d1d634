"""An owner who is removed leaves no way back in: their open invitations end with their right to invite."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone

from clinic.models import AuditEvent, Clinic, Invitation, Role, Staff
from clinic.staff.invitations import InvitationOver, accept_invitation, find_invitation, invite, waiting
from clinic.staff.services import change_colleague, deactivate, reactivate
from tests.factories import UserFactory, member

WAYS_OUT: dict[str, Callable[[Staff, Staff], object]] = {
    "removed": lambda former, by: deactivate(former, by=by),
    "now a therapist": lambda former, by: change_colleague(former, role=Role.THERAPIST, by=by),
}


@pytest.fixture
def former(asha: Clinic) -> Staff:
    """An owner beside the first one."""
    return member(asha, Role.OWNER, name="Former Owner")


def invited(by: Staff, email: str = "second.self@example.test") -> tuple[Invitation, str]:
    return invite(email=email, name="Second Self", role=Role.OWNER, at=timezone.now(), by=by)


@pytest.mark.parametrize("way", WAYS_OUT.values(), ids=WAYS_OUT)
def test_the_invitations_of_a_former_owner_end(
    asha: Clinic, former: Staff, way: Callable[[Staff, Staff], object]
) -> None:
    invitation, token = invited(former)
    _others, kept = invited(owner_beside(former), "new@example.test")
    client = Client()
    client.force_login(former.user)

    way(former, owner_beside(former))

    invitation.refresh_from_db()
    assert invitation.revoked_at is not None
    assert client.post(f"/invitations/asha/{token}/").status_code == 404
    assert find_invitation(kept, at=timezone.now())
    line = AuditEvent.objects.get(act="revoke_invitation")
    assert line.after == {"email": "second.self@example.test"}
    assert not Staff.objects.active().filter(name="Second Self").exists()


def test_coming_back_opens_no_earlier_invitation(asha: Clinic, former: Staff) -> None:
    _invitation, token = invited(former)
    deactivate(former, by=owner_beside(former))

    reactivate(former, by=owner_beside(former))

    assert find_invitation(token, at=timezone.now()) is None


def test_a_new_name_ends_no_invitation(former: Staff) -> None:
    _invitation, token = invited(former)

    change_colleague(former, name="Same Owner", role=Role.OWNER, by=former)

    assert find_invitation(token, at=timezone.now())


@pytest.mark.parametrize("facts", [{"is_active": False}, {"role": Role.FRONT_DESK}], ids=str)
def test_a_link_is_only_as_good_as_who_made_it(asha: Clinic, former: Staff, facts: dict[str, object]) -> None:
    """Also where the row was left open, as by versions before this one."""
    invitation, token = invited(former)
    Staff.objects.filter(pk=former.pk).update(**facts)

    assert find_invitation(token, at=timezone.now()) is None
    assert waiting(at=timezone.now()) == []
    with pytest.raises(InvitationOver):
        accept_invitation(invitation, user=UserFactory(), at=timezone.now())
    assert Staff.objects.count() == 2


def owner_beside(former: Staff) -> Staff:
    """The owner who stays."""
    return Staff.objects.active().filter(role=Role.OWNER).exclude(pk=former.pk).get()
