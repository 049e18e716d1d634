"""How far each role may go by itself in making exceptions; beyond that it is the owner's to say."""

from __future__ import annotations

from decimal import Decimal

from django.utils.translation import gettext as _

from clinic.models import ClinicSettings, Role, Staff
from clinic.refusals import Refused
from clinic.ui.words import session_count


class BeyondLimit(Refused):
    """More than this role may give by itself."""


def may_adjust(by: Staff | None, sessions: Decimal) -> None:
    """Refuse an adjustment of more sessions than the clinic lets this role make."""
    if by is None or by.role == Role.OWNER:
        return
    limit = ClinicSettings.objects.get().desk_adjusts_up_to
    if abs(sessions) > limit:
        raise BeyondLimit(
            _("You may adjust by up to %(limit)s sessions; more is for the owner of the clinic to do.")
            % {"limit": session_count(limit)}
        )


def may_extend(by: Staff | None, days: int) -> None:
    """Refuse an extension by more days than the clinic lets this role give."""
    if by is None or by.role == Role.OWNER:
        return
    limit = ClinicSettings.objects.get().desk_extends_up_to
    if days > limit:
        raise BeyondLimit(
            _("You may extend a package by up to %(limit)d days; more is for the owner of the clinic to do.")
            % {"limit": limit}
        )
