"""Opening a patient's personal link. It is outside of the desk: no session, and its address leaves the site with no
request."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone, translation

from clinic.models import Clinic, Patient, PatientLink
from clinic.patients.links import find_by_token
from clinic.tenancy.context import clinic_context

from .. import portal_door
from ..answer_forms import IdentityForm

COOKIE = "known"


@dataclass(frozen=True)
class Opened:
    """A link that opens, and in which language it speaks."""

    request: HttpRequest
    clinic: Clinic
    link: PatientLink
    token: str

    @property
    def patient(self) -> Patient:
        return self.link.patient

    @property
    def language(self) -> str:
        """The one that was asked for, else the patient's own."""
        offered = dict(settings.LANGUAGES)
        asked = self.request.GET.get("language", "")
        return next(
            (each for each in (asked, self.patient.language) if each in offered), settings.LANGUAGE_CODE
        )

    @property
    def is_shut(self) -> bool:
        """Whether the patient has to say first who it is."""
        kept = self.request.COOKIES.get(COOKIE, "")
        return portal_door.is_asked(self.patient) and not portal_door.lets_in(self.link, kept)

    def page(self, template: str, status: int = 200, **context: object) -> HttpResponse:
        """A page of the link."""
        asked = self.request.GET.get("language", "")
        common = {"clinic": self.clinic, "patient": self.patient, "token": self.token, "asked": asked}
        with translation.override(self.language):
            return self.private(render(self.request, template, common | context, status=status))

    def door(
        self, form: IdentityForm | None = None, *, sentence: str = "", status: int = 200
    ) -> HttpResponse:
        """The question, and nothing of the patient's."""
        context = {"form": form or IdentityForm(), "sentence": sentence, "patient": None}
        return self.page("desk/portal_door.html", status, **context)

    def private(self, response: HttpResponse) -> HttpResponse:
        """The address is the key: it is not kept, not indexed and not passed on to another site."""
        response.headers["Cache-Control"] = "private, no-store"
        # Not "no-referrer": with that a browser sends no origin, and its forms would be refused.
        response.headers["Referrer-Policy"] = "same-origin"
        response.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
        response.headers["Content-Language"] = self.language
        return response


@contextmanager
def opened(request: HttpRequest, clinic: str, token: str) -> Iterator[Opened]:
    """The clinic and the patient of a link. One that is unknown, too old, revoked or another clinic's is a 404."""
    found = get_object_or_404(Clinic, slug=clinic)
    with clinic_context(found.pk), timezone.override(found.zone):
        link = find_by_token(token, timezone.now())
        if link is None:
            raise Http404
        yield Opened(request, found, link, token)
