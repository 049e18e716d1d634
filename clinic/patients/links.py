"""A patient's personal link: made at the desk, shown once, kept as a hash, expiring, revocable."""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.crypto import salted_hmac

from clinic import audit
from clinic.acts import act
from clinic.models import Patient, PatientLink, Staff

VALID_DAYS = 180
TOKEN_BYTES = 32
# A message is read for some weeks: one link serves many messages, and is changed in time.
LAST_DAYS = 60


@act
def make_link(
    patient: Patient, *, by: Staff | None, at: datetime | None = None, valid_days: int = VALID_DAYS
) -> str:
    """A new token for the patient's own page. It is nowhere kept: whoever loses it asks for another."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    expires_at = (at or timezone.now()) + timedelta(days=valid_days)
    link = PatientLink.objects.create(patient=patient, token_hash=_hash(token), expires_at=expires_at)
    audit.record("make_link", patient, by=by, after={"link": link.pk, "expires_at": expires_at})
    return token


@act
def token_for_messages(patient: Patient, *, at: datetime) -> str:
    """The token that goes into messages: the same for months, so that a message sent twice is the same message.

    Another one once it was revoked or its end is near, and after a change of SECRET_KEY.
    """
    if token := _lasting([patient], at).get(patient.pk):
        return token
    link = PatientLink(patient=patient, is_derived=True, expires_at=at + timedelta(days=VALID_DAYS))
    token = _derived(link)
    link.token_hash = _hash(token)
    link.save(force_insert=True)
    audit.record("make_link", patient, by=None, after={"link": link.pk, "expires_at": link.expires_at})
    return token


def tokens_for_messages(patients: Iterable[Patient], *, at: datetime) -> dict[UUID, str]:
    """The same for many, by patient: one question where all have such a link already."""
    patients = list(patients)
    found = _lasting(patients, at)
    return found | {each.pk: token_for_messages(each, at=at) for each in patients if each.pk not in found}


def find_by_token(token: str, at: datetime) -> PatientLink | None:
    """The link of the active clinic that this token opens at the moment; None once expired or revoked."""
    return live_links(at).filter(token_hash=_hash(token)).select_related("patient").first()


def live_links(at: datetime) -> QuerySet[PatientLink]:
    """Links that open at the moment."""
    return PatientLink.objects.filter(Q(revoked_at=None) | Q(revoked_at__gt=at), expires_at__gt=at)


@act
def revoke_link(link: PatientLink, *, by: Staff | None, at: datetime) -> PatientLink:
    """Close a link for good. Revoking twice is revoking once."""
    rows = PatientLink.objects.select_related("patient")
    link = rows.select_for_update(no_key=True, of=("self",)).get(pk=link.pk)
    if link.revoked_at:
        return link
    link.revoked_at = at
    link.save(update_fields=["revoked_at"])
    audit.record("revoke_link", link.patient, by=by, after={"link": link.pk})
    return link


def _lasting(patients: Iterable[Patient], at: datetime) -> dict[UUID, str]:
    """The tokens of links that last for a while, the newest of each patient."""
    lasting = live_links(at).filter(
        patient__in=[patient.pk for patient in patients],
        is_derived=True,
        expires_at__gt=at + timedelta(days=LAST_DAYS),
    )
    links = [(link, _derived(link)) for link in lasting.order_by("created_at")]
    return {link.patient_id: token for link, token in links if bytes(link.token_hash) == _hash(token)}


def _derived(link: PatientLink) -> str:
    """A token that nobody can make without our key, and we can always make again."""
    digest = salted_hmac("clinic.patients.links", str(link.pk), algorithm="sha256").digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
