"""What is done to who works here."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext as _

from clinic import audit
from clinic.acts import act
from clinic.models import Role, Staff, User
from clinic.refusals import Refused
from clinic.tenancy.context import all_clinics, clinic_context

from .invitations import revoke_invitations_of


class LastOwner(Refused):
    """A clinic always has an owner who can sign in."""

    def __init__(self) -> None:
        super().__init__(_("This is the last owner who can sign in. Make somebody else an owner first."))


class OwnerNeedsLogin(Refused):
    """Who cannot sign in cannot own."""

    def __init__(self) -> None:
        super().__init__(_("Only somebody with a login can be an owner. Invite them instead."))


def memberships_of(user: User) -> list[Staff]:
    """Where this user works, with the clinics, by name. Works outside of any clinic: row-level security shows
    everybody their own rows."""
    with clinic_context(None, user_id=user.pk), all_clinics():
        mine = Staff.objects.active().filter(user_id=user.pk)
        return list(mine.select_related("clinic").order_by("clinic__name", "clinic_id"))


@act
def add_colleague(*, name: str, role: str, by: Staff | None, **facts: Any) -> Staff:
    """Somebody without a login, who stands in the diary and on bills. `facts`: registration, identifiers."""
    if role == Role.OWNER:
        raise OwnerNeedsLogin
    colleague = Staff.objects.create(name=name, role=role, **facts)
    audit.record("add_colleague", colleague, by=by, after={"name": name, "role": role})
    return colleague


@act
def change_colleague(colleague: Staff, *, by: Staff | None, **facts: Any) -> Staff:
    """Change name, role or registration; a new role holds from the colleague's next request.

    With the role of an owner go the invitations made in it. Refuses to take the role of the last owner.
    """
    colleague = _lock(colleague)
    if facts.get("role", colleague.role) != Role.OWNER:
        _refuse_for_last_owner(colleague)
    elif colleague.user_id is None:
        raise OwnerNeedsLogin
    before = {name: getattr(colleague, name) for name in facts}
    if before == facts:
        return colleague
    _save(colleague, facts)
    audit.record("change_colleague", colleague, by=by, before=before, after=facts)
    if colleague.role != Role.OWNER:
        revoke_invitations_of(colleague, by=by)
    return colleague


@act
def deactivate(colleague: Staff, *, by: Staff | None) -> Staff:
    """They left: no page of this clinic opens for them from their next request on, and no invitation of theirs.

    Refuses the last owner.
    """
    colleague = _lock(colleague)
    if not colleague.is_active:
        return colleague
    _refuse_for_last_owner(colleague)
    _save(colleague, {"is_active": False})
    audit.record(
        "deactivate_colleague", colleague, by=by, after={"name": colleague.name, "role": colleague.role}
    )
    revoke_invitations_of(colleague, by=by)
    return colleague


@act
def reactivate(colleague: Staff, *, by: Staff | None) -> Staff:
    """They are back, with the role they had."""
    colleague = _lock(colleague)
    if colleague.is_active:
        return colleague
    _save(colleague, {"is_active": True})
    audit.record(
        "reactivate_colleague", colleague, by=by, after={"name": colleague.name, "role": colleague.role}
    )
    return colleague


def _lock(colleague: Staff) -> Staff:
    """The row as it is now.

    Locked together with all owners and always in the same order: of two owners who remove each other at once,
    the second sees that the first has gone.
    """
    owners = models.Q(role=Role.OWNER, is_active=True)
    rows = (
        Staff.objects.filter(owners | models.Q(pk=colleague.pk)).order_by("pk").select_for_update(no_key=True)
    )
    return next(row for row in rows if row.pk == colleague.pk)


def _refuse_for_last_owner(colleague: Staff) -> None:
    if colleague.role != Role.OWNER or not colleague.is_active:
        return
    others = Staff.objects.active().filter(role=Role.OWNER, user__isnull=False).exclude(pk=colleague.pk)
    if not others.exists():
        raise LastOwner


def _save(colleague: Staff, facts: dict[str, Any]) -> None:
    for name, fact in facts.items():
        setattr(colleague, name, fact)
    colleague.save(update_fields=list(facts))
