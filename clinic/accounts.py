"""Signing in and up, through allauth. What one may do afterwards, each clinic decides (clinic.access)."""

from __future__ import annotations

import smtplib
from typing import Any

import structlog
from allauth.account.adapter import DefaultAccountAdapter
from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from .models import User

log = structlog.get_logger(__name__)


class AccountAdapter(DefaultAccountAdapter):
    """E-mail and password; afterwards one comes to the list of clinics, which forwards when there is one."""

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """An unreachable mail server is logged and never turns a sign-up or a reset into an error page."""
        try:
            super().send_mail(template_prefix, email, context)
        except (OSError, smtplib.SMTPException) as error:
            log.error("mail_not_sent", template=template_prefix, error=type(error).__name__)


class SignupForm(forms.Form):
    """What is asked beside e-mail and password; allauth puts it first."""

    name = forms.CharField(
        label=_("Your name"),
        max_length=120,
        widget=forms.TextInput({"autocomplete": "name"}),
        help_text=_("As it stands beside what you record."),
    )
    field_order = ("name", "email", "password1")

    def signup(self, request: HttpRequest, user: User) -> None:
        user.name = " ".join(self.cleaned_data["name"].split())
        user.save(update_fields=["name"])
