"""The clinic's own words for a kind of message in a language."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.utils.translation import gettext as _

from clinic import access, audit
from clinic.acts import act
from clinic.models import Clinic, ClinicSettings, Staff, Wording
from clinic.refusals import Refused

from .kinds import Kind
from .wording import example_of, faults_of, fill, shipped

TEMPLATE = re.compile(r"[a-z0-9_]{1,80}(:[a-z]{2,3}(_[A-Z]{2})?)?")
LANGUAGES = dict(settings.LANGUAGES)


class NotKept(Refused):
    """The wording would go wrong when it is sent. `faults` are the sentences."""

    def __init__(self, faults: Sequence[str]) -> None:
        self.faults = list(faults)
        super().__init__(" ".join(self.faults))


@dataclass(frozen=True)
class Words:
    """A wording as it is used now; `own` where the clinic has its own."""

    subject: str
    body: str
    template: str = ""
    own: Wording | None = None


def words_of(kind: Kind, language: str) -> Words:
    """What is sent now: the clinic's own words, else as shipped."""
    own = Wording.objects.select_related("by").filter(kind=kind.name, language=language).first()
    if own and own.body:
        return Words(own.subject, own.body, own.template, own)
    return Words(*shipped(kind, language))


def preview_of(kind: Kind, language: str, *, subject: str, body: str, clinic: Clinic) -> tuple[str, str]:
    """Subject and body filled with the examples, and with the clinic's own name and phone."""
    phone = ClinicSettings.objects.values_list("phone", flat=True).first()
    known = {"clinic": clinic.name} | ({"phone": phone} if phone else {})
    example = example_of(kind, language) | known
    return fill(_plain(subject), example).replace("\n", " "), fill(_plain(body), example)


def wording_faults(kind: Kind, *, subject: str, body: str, template: str = "") -> list[str]:
    """What is wrong with a wording, a sentence each; nothing where it can be kept."""
    faults = faults_of(kind, subject, body)
    if not subject.strip():
        faults.append(_("Write a subject. E-mails need one."))
    if template and not TEMPLATE.fullmatch(template):
        faults.append(_("The name of a WhatsApp template is written like few_left or few_left:en_US."))
    return faults


@act
def keep(
    kind: Kind, language: str, *, subject: str, body: str, template: str = "", by: Staff | None, at: datetime
) -> Wording:
    """From now on these words are sent. Refuses a wording with faults; what is in the outbox keeps its words."""
    access.require(by, "manage_clinic")
    facts = {"subject": _plain(subject), "body": _plain(body), "template": template.strip()}
    faults = wording_faults(kind, **facts)
    if language not in LANGUAGES:
        faults.append(_("There is no language “%(name)s”.") % {"name": language})
    if faults:
        raise NotKept(faults)
    found = Wording.objects.select_for_update(no_key=True).filter(kind=kind.name, language=language).first()
    before = {name: getattr(found, name) for name in facts} if found else None
    if before == facts:
        return found  # type: ignore[return-value]
    kept: Wording
    kept, _made = Wording.objects.update_or_create(
        kind=kind.name, language=language, defaults=facts | {"by": by, "changed_at": at}
    )
    after = facts | {"kind": kind.name, "language": language}
    audit.record("keep_wording", kept, by=by, before=before, after=after)
    return kept


@act
def take_back(kind: Kind, language: str, *, by: Staff | None, at: datetime) -> None:
    """Back to the shipped words. Twice is once. The row stays, without words."""
    access.require(by, "manage_clinic")
    own = Wording.objects.select_for_update(no_key=True).filter(kind=kind.name, language=language).first()
    if own is None or not own.body:
        return
    before = {name: getattr(own, name) for name in ("kind", "language", "subject", "body", "template")}
    audit.record("take_back_wording", own, by=by, before=before)
    own.subject, own.body, own.template, own.by, own.changed_at = "", "", "", by, at
    own.save()


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n").strip()
