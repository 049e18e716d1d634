from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from clinic.tenancy.models import ClinicForeignKey, ClinicModel

from .people import Staff


class RegisterImport(ClinicModel):
    """A register that was brought in, or is about to be: which file, who, when, and what became of it.

    `table` holds what the file says until it is entered or a day has passed; then only the figures stay.
    """

    class State(models.TextChoices):
        READING = "reading", _("is being read")
        READY = "ready", _("to be looked at")
        ENTERING = "entering", _("is being entered")
        DONE = "done", _("entered")
        EXPIRED = "expired", _("not entered")

    UNDER_WAY = frozenset({State.READING, State.ENTERING})

    filename = models.CharField(_("file"), max_length=200)
    sha256 = models.CharField(max_length=64)
    state = models.CharField(max_length=10, choices=State.choices, default=State.READING)
    table = models.BinaryField(null=True)
    meanings = models.JSONField(default=dict, help_text="what the desk said that columns mean")
    preview = models.JSONField(null=True)
    outcome = models.JSONField(null=True)
    refusal = models.TextField(blank=True)
    skip_bad_rows = models.BooleanField(default=False)
    rows = models.PositiveIntegerField(default=0)
    rows_done = models.PositiveIntegerField(default=0)
    by = ClinicForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="+")
    uploaded_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True)

    class Meta(ClinicModel.Meta):
        constraints = [
            models.CheckConstraint(
                name="register_import_finished",
                condition=~models.Q(state="done")
                | models.Q(finished_at__isnull=False, outcome__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["clinic", "uploaded_at"], name="register_import_by_time")]

    def __str__(self) -> str:
        return self.filename

    @property
    def is_under_way(self) -> bool:
        return self.state in self.UNDER_WAY
