"""The request as views inside a clinic receive it; clinic.middleware puts these on it."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from .models import Clinic, Staff, User


class SignedInRequest(HttpRequest):
    """A request of somebody who has signed in and has not chosen a clinic."""

    user: User


class ClinicRequest(HttpRequest):
    """A request of somebody who works in the clinic, within the clinic's own transaction."""

    clinic: Clinic
    staff: Staff
    htmx: HtmxDetails
    key: UUID  # of a form that moves sessions or money: clinic.keys.keyed
    LANGUAGE_CODE: str
