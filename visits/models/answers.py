from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from clinic.models import Staff
from clinic.signatures import LONGEST
from clinic.tenancy.models import ClinicForeignKey, ClinicModel
from packages.models import Entry

from .visits import Visit


class Answer(ClinicModel):
    """What who attended says of a session that was taken: right, or not. Append-only; a later one stands beside it.

    On the desk's screen it carries initials or a signature, for anybody could press there; a personal link is the
    patient's own. Silence is no row: it is told from the time that has passed, and is never consent.
    """

    class Says(models.TextChoices):
        YES = "yes", _("Yes, this is right")
        NO = "no", _("Not right")

    class Via(models.TextChoices):
        SCREEN = "screen", _("on the clinic's screen")
        LINK = "link", _("on the personal link")

    visit = ClinicForeignKey(Visit, on_delete=models.PROTECT, related_name="answers")
    entry = ClinicForeignKey(Entry, on_delete=models.PROTECT, related_name="+")
    says = models.CharField(max_length=3, choices=Says.choices)
    via = models.CharField(max_length=6, choices=Via.choices)
    initials = models.CharField(_("initials"), max_length=10, blank=True)
    signature = models.TextField(_("signature"), max_length=LONGEST, blank=True)
    words = models.CharField(_("words of the patient"), max_length=1000, blank=True)
    answered_at = models.DateTimeField(db_default=Now())
    by = ClinicForeignKey(
        Staff, on_delete=models.PROTECT, null=True, related_name="+", help_text="whose screen was turned"
    )
    key = models.UUIDField()

    class Meta(ClinicModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["clinic", "key"], name="answer_key_once"),
            models.CheckConstraint(name="answer_says_known", condition=Q(says__in=["yes", "no"])),
            models.CheckConstraint(
                name="answer_on_screen_is_signed",
                condition=Q(via="link", by__isnull=True) | Q(via="screen") & ~Q(initials="", signature=""),
            ),
        ]
        indexes = [models.Index(fields=["clinic", "entry"], name="answer_of_entry")]

    def __str__(self) -> str:
        return self.says
