"""What the patient decides about messages, by the personal link; and the one press that ends them all."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from clinic.messages import consent
from clinic.refusals import Refused

from ..portal_messages import WishesForm, keep, say, sent_to, ways_of, wishes_of
from .portal import to_page
from .portal_link import Opened, opened


@require_http_methods(["GET", "HEAD", "POST"])
def portal_messages(request: HttpRequest, clinic: str, token: str) -> HttpResponse:
    """GET shows the consent with its day, language, way, and what was sent. POST keeps what the patient wishes."""
    with opened(request, clinic, token) as link, translation.override(link.language):
        if link.is_shut:
            return link.door()
        ways = ways_of(link.clinic)
        if request.method != "POST":
            return _page(link, WishesForm(initial=wishes_of(link.patient), ways=ways))
        form = WishesForm(request.POST, ways=ways)
        if not form.is_valid():
            return _page(link, form, status=422)
        try:
            keep(link.patient, form.cleaned_data, clinic=link.clinic, at=timezone.now())
        except Refused as refused:
            form.add_error(None, str(refused))
            return _page(link, form, status=429)
        return to_page(link, "portal_messages")


# A mail program presses for the patient (RFC 8058) and knows no form of ours; who has the address may do this much.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def portal_stop(request: HttpRequest, clinic: str, token: str) -> HttpResponse:
    """GET shows one button. POST takes the consent back: no door is before it, and twice is once."""
    with opened(request, clinic, token) as link:
        if request.method == "POST":
            say(link.patient, given=False, at=timezone.now())
        is_done = request.method == "POST" or not link.patient.may_message
        return link.page("desk/portal_stop.html", is_done=is_done, patient=None)


def _page(link: Opened, form: WishesForm, *, status: int = 200) -> HttpResponse:
    context = {"form": form, "last": consent.latest(link.patient), "sent": sent_to(link.patient)}
    return link.page("desk/portal_messages.html", status, **context)
