"""What an insurer asks for beside the visits: kept for the patient, checked, and frozen into the statement."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext as _

from billing.models import ClaimFacts, StatementKind
from clinic import access, audit
from clinic.acts import act
from clinic.countries import Profile, claims, kept
from clinic.countries.fields import Field, Held
from clinic.keys import hold
from clinic.models import Clinic, ClinicSettings, Patient, Staff
from clinic.refusals import Refused

from .reading import Attendance, branch_of

UNITS = claims.UNITS.name
# What a plain statement of attendance names of the insurer; nothing of the illness.
OF_THE_INSURER = {claims.INSURER.name, claims.MEMBER_NUMBER.name, claims.CLAIM_NUMBER.name}


class ClaimIncomplete(Refused):
    """The insurer would send it back."""

    def __init__(self, missing: Sequence[str]) -> None:
        self.missing = missing
        super().__init__(_("Insurers ask for what is missing here: %(what)s.") % {"what": "; ".join(missing)})


def asked_fields(profile: Profile) -> tuple[Field, ...]:
    """What is asked for at the desk; units are counted from the minutes."""
    return tuple(field for field in profile.asked(Held.CLAIM, Held.VISIT) if field.name != UNITS)


def facts_of(patient: Patient) -> dict[str, str]:
    """What is known, of records that were merged into this one too: the last that was written."""
    known = ClaimFacts.objects.filter(Q(patient=patient) | Q(patient__merged_into=patient))
    facts: dict[str, str] = known.order_by("-changed_at").values_list("facts", flat=True).first() or {}
    return facts


@act
def keep_facts(patient: Patient, facts: Mapping[str, str], *, at: datetime, by: Staff | None) -> ClaimFacts:
    """Remember what insurers ask about this patient. The audit says which facts changed, and not what they are."""
    access.require(by, "keep_claim")
    hold(patient.pk)
    before = facts_of(patient)
    after = {name: value for name, value in facts.items() if value}
    made, _created = ClaimFacts.objects.update_or_create(
        patient=patient, defaults={"facts": after, "changed_at": at, "by": by}
    )
    changed = sorted(name for name in before.keys() | after if before.get(name) != after.get(name))
    if changed:
        audit.record("keep_claim_facts", patient, by=by, after={"changed": changed})
    return made


def claim_for(attendance: Attendance, *, kind: str, clinic: Clinic) -> list[tuple[Field, str]]:
    """The facts that the statement prints, in the order of the country. Refuses a claim that lacks something."""
    patient = attendance.scope.patient
    known = facts_of(patient)
    fields = asked_fields(clinic.profile)
    if kind == StatementKind.ATTENDANCE:
        fields = tuple(field for field in fields if field.name in OF_THE_INSURER)
    elif missing := list(_missing(attendance, known, clinic)):
        raise ClaimIncomplete(missing)
    return [(field, known[field.name]) for field in fields if known.get(field.name)]


def _missing(attendance: Attendance, known: Mapping[str, str], clinic: Clinic) -> Iterator[str]:
    """Each fact that is required and not known, with who or what lacks it."""
    settings, branch = ClinicSettings.objects.get(), branch_of(attendance)
    held = {field.name for field, _value in kept.registrations(clinic.profile, settings, branch)}
    staff = {row.therapist.pk: row.therapist for row in attendance.attended if row.therapist}
    services = {row.visit.service_id: row.visit.service for row in attendance.attended}
    for field in clinic.profile.claim:
        if not field.required:
            continue
        facts = {"what": field.label}
        match field.held:
            case Held.CLINIC if field.name not in held:
                yield _("%(what)s of the clinic (in the settings)") % facts
            case Held.STAFF:
                lacking = [one for one in staff.values() if not kept.fact(one, field, branch=branch)]
                yield from (_("%(what)s of %(name)s") % {**facts, "name": one.name} for one in lacking)
            case Held.SERVICE:
                without = [one for one in services.values() if not kept.fact(one, field)]
                yield from (_("%(what)s of %(name)s") % {**facts, "name": one.name} for one in without)
            case Held.PATIENT if not getattr(attendance.scope.patient, field.name):
                yield _("%(what)s of the patient") % facts
            case Held.CLAIM | Held.VISIT if field.name != UNITS and not known.get(field.name):
                yield str(field.label)
