"""A clinic begins: its row in the directory, its settings, its first branch and its owner."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext_lazy as _

from . import audit
from .models import Branch, Clinic, ClinicSettings, Role, Staff, User
from .refusals import Refused
from .tenancy.context import clinic_context

# First parts of an address that mean something else, and what would look like the program itself.
RESERVED = frozenset(
    {
        "accounts",
        "admin",
        "api",
        "bills",
        "clinics",
        "ginti",
        "healthz",
        "hooks",
        "i18n",
        "invitations",
        "language",
        "metrics",
    }
    | {"p", "readyz", "signup", "static", "support", "theme", "ui", "verify", "www"}
)


class AddressTaken(Refused):
    """The clinic's address (slug) is in use or reserved."""

    def __init__(self, slug: str) -> None:
        self.slug = slug
        super().__init__(_("The address “%(slug)s” is taken. Choose another one.") % {"slug": slug})


def found_clinic(*, slug: str, name: str, owner: User, **directory: str) -> Staff:
    """Make a clinic with one branch and `owner` as its owner; returns the owner's Staff row.

    `directory`: time_zone, currency, country. The financial year begins as in the country. Refuses an address that is
    taken.
    """
    if slug in RESERVED or Clinic.objects.filter(slug=slug).exists():
        raise AddressTaken(slug)
    clinic_id = _next_clinic_id()
    # Row-level security lets a clinic in by its own id only, so the id comes first.
    with clinic_context(clinic_id, user_id=owner.pk):
        clinic = _entered(id=clinic_id, slug=slug, name=name, **directory)
        ClinicSettings.objects.create(legal_name=name, financial_year_starts=clinic.profile.year_starts)
        Branch.objects.create(name=name)
        staff = Staff.objects.create(user=owner, name=owner.name or owner.email, role=Role.OWNER)
        staff.clinic = clinic
        audit.record("found_clinic", staff, by=staff, after={"slug": slug, "name": name})
    return staff


def _entered(*, slug: str, **directory: Any) -> Clinic:
    """The row in the directory; of two people who choose one address at once, the second is told."""
    try:
        with transaction.atomic():
            return Clinic.objects.create(slug=slug, **directory)
    except IntegrityError:
        raise AddressTaken(slug) from None


def _next_clinic_id() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('clinic_clinic', 'id'))")
        return int(cursor.fetchone()[0])
