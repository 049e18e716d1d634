from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower, Now
from django.utils.translation import gettext_lazy as _

from clinic.tenancy.models import ClinicForeignKey, ClinicManager, ClinicModel

from .facts import facts_are_an_object, facts_by_name


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, email: str | None) -> User:
        return self.get(email__iexact=email)


class User(AbstractBaseUser):
    """Somebody who can sign in. What they may do is decided by their Staff row in each clinic."""

    email = models.EmailField(_("e-mail"), unique=True)
    name = models.CharField(_("name"), max_length=120, blank=True)
    is_active = models.BooleanField(default=True)
    joined_at = models.DateTimeField(db_default=Now())

    objects: ClassVar[Any] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="user_email_once")]

    def __str__(self) -> str:
        return self.name or self.email


class Role(models.TextChoices):
    OWNER = "owner", _("Owner")
    FRONT_DESK = "front_desk", _("Front desk")
    THERAPIST = "therapist", _("Therapist")
    ACCOUNTANT = "accountant", _("Accountant")


class StaffQuerySet(models.QuerySet["Staff"]):
    def active(self) -> StaffQuerySet:
        return self.filter(is_active=True)

    def therapists(self) -> StaffQuerySet:
        """Everybody who treats: therapists, and owners with a registration number."""
        treats = models.Q(role=Role.THERAPIST) | models.Q(role=Role.OWNER) & ~models.Q(registration="")
        return self.active().filter(treats)


class StaffManager(ClinicManager.from_queryset(StaffQuerySet)):  # type: ignore[misc]
    """Named, so that migrations can refer to it."""


class Staff(ClinicModel):
    """Somebody who works in a clinic; every act refers to one as `by`. May have no login (an imported therapist)."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    name = models.CharField(_("name"), max_length=120)
    role = models.CharField(_("role"), max_length=20, choices=Role.choices)
    registration = models.CharField(_("registration number"), max_length=60, blank=True)
    identifiers = facts_by_name()  # what else the country asks for: clinic.countries, Profile.staff
    is_active = models.BooleanField(_("works here"), default=True)
    created_at = models.DateTimeField(db_default=Now())

    objects: ClassVar[Any] = StaffManager()

    class Meta(ClinicModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["clinic", "user"], name="staff_user_once"),
            models.CheckConstraint(name="staff_role_known", condition=models.Q(role__in=Role.values)),
            facts_are_an_object("identifiers", name="staff_identifiers"),
        ]

    def __str__(self) -> str:
        return self.name


class Invitation(ClinicModel):
    """An expiring link that lets somebody join the clinic with a role. Only the token's hash is kept."""

    email = models.EmailField(_("e-mail"))
    name = models.CharField(_("name"), max_length=120)
    role = models.CharField(_("role"), max_length=20, choices=Role.choices)
    registration = models.CharField(_("registration number"), max_length=60, blank=True)
    token_hash = models.BinaryField(max_length=32)
    invited_by = ClinicForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta(ClinicModel.Meta):
        constraints = [models.UniqueConstraint(fields=["clinic", "token_hash"], name="invitation_token_once")]

    def __str__(self) -> str:
        return self.email
