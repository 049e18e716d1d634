"""The kinds of receipts for what happens to a package beside its use: its count or its last day moves."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from clinic.messages.kinds import Field, Group, Kind, register

from .receipt_kinds import BALANCE, LEFT, VALID_UNTIL, WHAT

FREEZE, THAW, EXTENSION = "receipt.freeze", "receipt.thaw", "receipt.extension"
TRANSFER, EXPIRY, ADJUSTMENT = "receipt.transfer", "receipt.expiry", "receipt.adjustment"

FIRST_DAY = Field("first_day", _("First day"), _("1 May 2026"))
LAST_DAY = Field("last_day", _("Last day"), _("10 May 2026"))
SESSIONS = Field("sessions", _("How many sessions"), "3")
BODY = _(
    "Hello {first_name},\n\n{what}\n{balance}\nIf this is not right, please tell us.\n\nYour sessions: {link}\n"
    "{clinic}\nPhone {phone}"
)


def _kind(
    name: str,
    label: Promise,
    about: Promise,
    subject: Promise,
    example: Promise,
    *more: Field,
    balance: Field = BALANCE,
) -> Kind:
    fields = (WHAT._replace(example=example), balance, LEFT, VALID_UNTIL, *more)
    return Kind(name, Group.RECEIPT, label, about, subject, BODY, fields)


register(
    _kind(
        FREEZE,
        _("Package frozen"),
        _("When a package is frozen for some days: from when to when, and its new last day."),
        _("{clinic}: your package is frozen"),
        _("Your package is frozen from 1 May 2026 to 10 May 2026."),
        FIRST_DAY,
        LAST_DAY,
    ),
    _kind(
        THAW,
        _("Freeze ended"),
        _("When a freeze is ended earlier than it was agreed."),
        _("{clinic}: your package can be used again"),
        _("From 5 May 2026 on your package is not frozen any more."),
        FIRST_DAY,
    ),
    _kind(
        EXTENSION,
        _("Valid for longer"),
        _("When a package is made valid for longer, or gets back days on which the clinic was closed."),
        _("{clinic}: your package is valid for longer"),
        _("Your package was valid to 31 May 2026 and is valid to 9 Jun 2026 now."),
        FIRST_DAY,
        LAST_DAY,
    ),
    _kind(
        TRANSFER,
        _("Sessions transferred"),
        _("When sessions move from one patient to another, or back: to both."),
        _("{clinic}: sessions transferred"),
        _("3 sessions of your package were transferred to Meera."),
        SESSIONS,
        Field("other", _("First name of the other patient"), "Meera"),
    ),
    _kind(
        EXPIRY,
        _("Sessions lapsed"),
        _("On the day after a package’s last day, where sessions were left."),
        _("{clinic}: sessions lapsed"),
        _("Your package was valid to 31 May 2026. 3 sessions were not used and have lapsed."),
        SESSIONS,
        balance=BALANCE._replace(example=_("0 left.")),
    ),
    _kind(
        ADJUSTMENT,
        _("Sessions given or taken"),
        _("When somebody writes sessions to a package or takes some, with a reason that stays in the house."),
        _("{clinic}: your sessions were corrected"),
        _("2 sessions were added to your package."),
        SESSIONS,
    ),
)
