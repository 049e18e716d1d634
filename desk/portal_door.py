"""A phone that two patients share: the link asks for one thing that only the patient knows (S57).

Asked where the clinic has the birth date and the phone number is another patient's too. Wrong answers are counted by
the audit trail, link by link; after too many the link stays shut for a day, whoever holds it.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.core import signing
from django.utils.translation import gettext as _

from clinic import audit
from clinic.acts import act
from clinic.models import AuditEvent, Patient, PatientLink
from clinic.refusals import Refused

MOST_TRIES, WITHIN = 5, timedelta(days=1)
REMEMBERED = timedelta(days=30)
WRONG = "wrong_birth_date"
SALT = "desk.portal_door"


class TooManyTries(Refused):
    def __init__(self) -> None:
        super().__init__(_("Too many wrong answers. Try again tomorrow, or ask the clinic for a new link."))


def is_asked(patient: Patient) -> bool:
    """Whether somebody else could open this patient's link from the same phone, and we know what to ask."""
    if patient.birth_date is None or not patient.phones:
        return False
    sharing = Patient.objects.filter(phones__overlap=patient.phones, merged_into=None)
    return bool(sharing.exclude(pk=patient.pk).exists())


@act
def knows(link: PatientLink, *, birth_date: date | None, at: datetime) -> bool:
    """Whether this is the patient's birth date. A wrong one is written down. Refuses after too many of them."""
    rows = PatientLink.objects.select_related("patient").select_for_update(of=("self",), no_key=True)
    link = rows.get(pk=link.pk)  # locked, so that many tries at once are counted one by one
    if is_shut(link, at):
        raise TooManyTries
    if birth_date is not None and birth_date == link.patient.birth_date:
        return True
    audit.record(WRONG, link, by=None)
    return False


def is_shut(link: PatientLink, at: datetime) -> bool:
    """Whether there were too many wrong answers of late."""
    wrong = AuditEvent.objects.filter(subject_id=link.pk, act=WRONG, at__gt=at - WITHIN)
    return wrong.count() >= MOST_TRIES


def pass_for(link: PatientLink) -> str:
    """What the browser keeps once the answer was right, for this link and no other."""
    return signing.dumps(str(link.pk), salt=SALT)


def lets_in(link: PatientLink, kept: str) -> bool:
    """Whether the browser answered right before, and not too long ago."""
    try:
        return bool(signing.loads(kept, salt=SALT, max_age=REMEMBERED) == str(link.pk))
    except signing.BadSignature:
        return False
