"""Referrals: a number of visits that an insurer or a doctor authorised, with dates, at no price."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from clinic import access, audit
from clinic.acts import act
from clinic.counters import next_number
from clinic.keys import hold
from clinic.models import Branch, Clinic, Patient, Service, Staff
from clinic.money import places
from clinic.refusals import Refused

from . import ledger
from .models import Activation, Kind, Package, PackageLine, RefundRule, Takes, TransferRule

ZERO = Decimal(0)


class ReferralDoesNotFit(Refused):
    """What the letter says cannot be so; the sentence says which."""


@dataclass(frozen=True)
class Letter:
    """What the insurer's or doctor's letter says."""

    authorised_by: str
    visits: int
    valid_from: date
    valid_until: date
    authorisation: str = ""
    note: str = ""


@act
def open_referral(
    patient: Patient,
    *,
    letter: Letter,
    service: Service,
    branch: Branch,
    clinic: Clinic,
    on: date,
    by: Staff | None,
    key: uuid.UUID,
) -> Package:
    """Enter a referral: its visits are counted like those of a pack, and cannot be overbooked.

    The same key twice is the same referral. Refuses a letter without a name, without visits, or that ends before it
    begins.
    """
    access.require(by, "open_referral")
    hold(key)
    if package := Package.objects.filter(key=key).first():
        return package
    _refuse_impossible(letter)
    package = Package.objects.create(
        number=next_number("package"),
        patient=patient,
        branch=branch,
        name=_("Referral of %(name)s") % {"name": letter.authorised_by.strip()},
        sold_on=min(on, letter.valid_from),
        valid_from=letter.valid_from,
        valid_until=letter.valid_until,
        places=places(clinic.currency),
        authorised_by=letter.authorised_by.strip(),
        authorisation=letter.authorisation.strip(),
        note=letter.note.strip(),
        sold_by=by,
        key=key,
        price=ZERO,
        list_price=ZERO,
        activation=Activation.AT_ONCE,
        late_cancel_takes=Takes.NOTHING,
        no_show_takes=Takes.NOTHING,
        free_passes=0,
        freeze_limit=0,
        transfer_rule=TransferRule.NOBODY,
        refund_rule=RefundRule.NONE,
    )
    line = PackageLine.objects.create(package=package, position=1, service=service, sessions=letter.visits)
    ledger.open_with(
        [(line, Kind.SOLD, line.sessions)], on=package.sold_on, by=by, key=key, reason=letter.authorisation
    )
    package.refresh_from_db()
    facts = {"authorised_by": package.authorised_by, "visits": letter.visits, "number": package.number}
    audit.record("open_referral", package, by=by, after=facts)
    return package


def _refuse_impossible(letter: Letter) -> None:
    if not letter.authorised_by.strip():
        raise ReferralDoesNotFit(_("Write who authorised the visits: the insurer or the doctor."))
    if not 1 <= letter.visits <= 1000:
        raise ReferralDoesNotFit(_("A referral has at least one visit, and at most 1,000."))
    if letter.valid_until < letter.valid_from:
        raise ReferralDoesNotFit(_("The last day of the referral is before its first."))
