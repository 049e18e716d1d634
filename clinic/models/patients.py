from __future__ import annotations

from datetime import date

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from clinic.tenancy.models import ClinicForeignKey, ClinicModel


class Patient(ClinicModel):
    """A person who is treated. `number` is the clinic's own; `phones` are E.164."""

    number = models.PositiveIntegerField(_("patient number"))
    name = models.CharField(_("name"), max_length=120)
    phones = ArrayField(models.CharField(max_length=20), verbose_name=_("phones"), default=list, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    birth_date = models.DateField(_("date of birth"), null=True, blank=True)
    language = models.CharField(_("language"), max_length=5, default="en-in")
    may_message = models.BooleanField(_("agrees to messages"), default=False)
    may_message_since = models.DateTimeField(null=True, blank=True)
    channels = ArrayField(
        models.CharField(max_length=12),
        verbose_name=_("channels, in this order"),
        default=list,
        db_default=[],
        blank=True,
        help_text=_("Empty: as the clinic does."),
    )
    notes = models.TextField(_("notes for the desk"), max_length=2000, blank=True)
    merged_into = ClinicForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now())

    class Meta(ClinicModel.Meta):
        constraints = [models.UniqueConstraint(fields=["clinic", "number"], name="patient_number_once")]

    def __str__(self) -> str:
        return self.name

    @property
    def first_name(self) -> str:
        return self.name.split()[0] if self.name.split() else ""

    @property
    def phone(self) -> str:
        return self.phones[0] if self.phones else ""


class SearchTerm(ClinicModel):
    """One way a patient can be found: a word of the name, a run of a phone number, the patient number.

    Searched by prefix with starts_with, which row-level security lets use the index (LIKE would not).
    """

    term = models.CharField(max_length=60, db_collation="C")
    patient = ClinicForeignKey(Patient, on_delete=models.PROTECT, related_name="search_terms")

    class Meta(ClinicModel.Meta):
        constraints = [models.UniqueConstraint(fields=["clinic", "term", "patient"], name="search_term_once")]

    def __str__(self) -> str:
        return self.term


class Relation(ClinicModel):
    """`person` may use packs that `owner` bought, where the pack's terms allow it."""

    owner = ClinicForeignKey(Patient, on_delete=models.PROTECT, related_name="relations")
    person = ClinicForeignKey(Patient, on_delete=models.PROTECT, related_name="related_to")
    kind = models.CharField(_("relation"), max_length=40, blank=True)
    since = models.DateField()
    until = models.DateField(null=True, blank=True)

    class Meta(ClinicModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["clinic", "owner", "person"], name="relation_once"),
            models.CheckConstraint(name="relation_two_people", condition=~models.Q(owner=models.F("person"))),
        ]

    def __str__(self) -> str:
        return self.kind

    def holds_on(self, day: date) -> bool:
        return self.since <= day and (self.until is None or day <= self.until)


class PatientLink(ClinicModel):
    """A personal link for a patient. Only the token's hash is kept; it expires and can be revoked. That of messages is
    `derived` from our key, so that every message can carry the same."""

    patient = ClinicForeignKey(Patient, on_delete=models.PROTECT, related_name="links")
    token_hash = models.BinaryField(max_length=32)
    created_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    is_derived = models.BooleanField(default=False, db_default=False)

    class Meta(ClinicModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["clinic", "token_hash"], name="patient_link_token_once")
        ]

    def __str__(self) -> str:
        return str(self.id)
