"""Inviting by an expiring link. The token is shown once; only its hash is kept."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from django.db.models.functions import Now
from django.utils.translation import gettext as _

from clinic import audit
from clinic.acts import act
from clinic.models import Invitation, Role, Staff, User
from clinic.refusals import Refused

LASTS = timedelta(days=7)


class InvitationOver(Refused):
    """Used, withdrawn or too old."""

    def __init__(self) -> None:
        super().__init__(_("This invitation is over. Ask the clinic for a new one."))


class WorksHere(Refused):
    """Who works here needs no invitation."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(_("%(name)s works here already.") % {"name": name})


@act
def invite(
    *, email: str, name: str, role: str, registration: str = "", at: datetime, by: Staff
) -> tuple[Invitation, str]:
    """Make a link that lasts seven days; returns the invitation and its token, which nobody can read again.

    An earlier invitation of the same address ends. Refuses who works here already.
    """
    if colleague := Staff.objects.active().filter(user__email__iexact=email).first():
        raise WorksHere(colleague.name)
    _open(at).filter(email__iexact=email).update(revoked_at=at)
    token = secrets.token_urlsafe(32)
    invitation = Invitation.objects.create(
        email=email,
        name=name,
        role=role,
        registration=registration,
        token_hash=_hash(token),
        invited_by=by,
        expires_at=at + LASTS,
    )
    audit.record("invite", invitation, by=by, after={"email": email, "role": role})
    return invitation, token


@act
def revoke_invitation(invitation: Invitation, *, at: datetime, by: Staff) -> None:
    """Withdraw it; its link leads nowhere from now on."""
    if _open(at).filter(pk=invitation.pk).update(revoked_at=at):
        audit.record("revoke_invitation", invitation, by=by, after={"email": invitation.email})


@act
def revoke_invitations_of(former: Staff, *, by: Staff | None) -> None:
    """Withdraw all that a former owner has made: nobody keeps a way back in that their successors do not know of."""
    made = Invitation.objects.filter(invited_by=former, accepted_at=None, revoked_at=None)
    for invitation in made.order_by("pk").select_for_update(no_key=True):
        Invitation.objects.filter(pk=invitation.pk).update(revoked_at=Now())
        audit.record("revoke_invitation", invitation, by=by, after={"email": invitation.email})


@act
def accept_invitation(invitation: Invitation, *, user: User, at: datetime) -> Staff:
    """Join with the role that was offered. Whoever left before comes back as the same person.

    Refuses a link that is over, also when two people use it at once, and somebody who works here already.
    """
    if not _open(at).filter(pk=invitation.pk).update(accepted_at=at):
        raise InvitationOver
    staff = Staff.objects.filter(user=user).first() or Staff(user=user)
    if staff.is_active and not staff._state.adding:
        raise WorksHere(staff.name)
    before = None if staff._state.adding else {"role": staff.role, "is_active": False}
    staff.name, staff.role, staff.registration = invitation.name, invitation.role, invitation.registration
    staff.is_active = True
    staff.save()
    after = {"email": user.email, "role": staff.role, "invitation": invitation.pk}
    audit.record("accept_invitation", staff, by=staff, before=before, after=after)
    return staff


def find_invitation(token: str, *, at: datetime) -> Invitation | None:
    """The invitation of a link that is still good."""
    found: Invitation | None = _open(at).select_related("invited_by").filter(token_hash=_hash(token)).first()
    return found


def waiting(*, at: datetime) -> list[Invitation]:
    """Who has been invited and has not come yet, newest first."""
    return list(_open(at).order_by("-created_at"))


def _open(at: datetime):  # type: ignore[no-untyped-def]  # a queryset
    """Those that still lead in: a link is only as good as its maker's own right to invite."""
    # A subquery and no join, so that of two people who accept at once the second finds the row accepted.
    owners = Staff.objects.active().filter(role=Role.OWNER).values("pk")
    return Invitation.objects.filter(
        accepted_at=None, revoked_at=None, expires_at__gt=at, invited_by_id__in=owners
    )


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
