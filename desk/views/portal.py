"""The patient's own page: balances, passbooks, bills, and whether each session was right."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from billing import pdf
from billing.models import Bill
from billing.rendering import bill_html
from clinic.refusals import Refused
from visits import answers, disputes
from visits.models import Answer

from .. import portal_door
from ..answer_forms import IdentityForm, LinkAnswerForm, PatientNoteForm
from ..attendance.printing import printed as printed_statement
from ..portal import bill_of, page_of, statement_of
from ..portal_asked import Asked, asked_of, has_written_enough
from .portal_link import COOKIE, Opened, opened


@require_safe
def portal(request: HttpRequest, clinic: str, token: str) -> HttpResponse:
    """Balances, passbooks, next visits and bills, in the patient's language or the one that was asked for."""
    with opened(request, clinic, token) as link:
        if link.is_shut:
            return link.door()
        with translation.override(link.language):
            page = page_of(link.patient, clinic=link.clinic, at=timezone.now())
        return link.page("desk/portal.html", page=page)


@require_safe
def portal_bill(request: HttpRequest, clinic: str, token: str, bill_id: UUID) -> HttpResponse:
    """A bill of the patient as PDF, or as the page to print where none can be made."""
    with opened(request, clinic, token) as link:
        if link.is_shut:
            return link.door()
        bill = bill_of(link.patient, bill_id)
        if bill is None:
            raise Http404
        return link.private(_printed(bill, link.language))


@require_safe
def portal_attendance(request: HttpRequest, clinic: str, token: str, statement_id: UUID) -> HttpResponse:
    """A statement that was issued for the patient's insurer, as it was issued."""
    with opened(request, clinic, token) as link:
        if link.is_shut:
            return link.door()
        statement = statement_of(link.patient, statement_id)
        if statement is None:
            raise Http404
        return link.private(printed_statement(statement, language=link.language, at=timezone.now()))


@require_POST
def portal_identification(request: HttpRequest, clinic: str, token: str) -> HttpResponse:
    """The one thing that only the patient knows (S57). A right answer is kept by the browser, for this link."""
    with opened(request, clinic, token) as link, translation.override(link.language):
        form = IdentityForm(request.POST)
        try:
            known = portal_door.knows(link.link, birth_date=_birth_date(form), at=timezone.now())
        except Refused as refused:
            return link.door(form, sentence=str(refused), status=429)
        if not known:
            return link.door(form, sentence=_("That is not what the clinic has written down."), status=422)
        response = to_page(link, "portal")
        response.set_cookie(
            COOKIE,
            portal_door.pass_for(link.link),
            max_age=portal_door.REMEMBERED,
            path=reverse("desk:portal", args=[clinic, token]),
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )
        return response


@require_http_methods(["GET", "HEAD", "POST"])
def portal_answer(request: HttpRequest, clinic: str, token: str, visit_id: UUID) -> HttpResponse:
    """Is this right? GET asks about a visit that the patient attended; POST keeps the answer."""
    with opened(request, clinic, token) as link, translation.override(link.language):
        if link.is_shut:
            return link.door()
        asked = asked_of(link.patient, visit_id, at=timezone.now())
        if asked is None:
            raise Http404
        if request.method != "POST":
            return _ask(link, asked)
        form = LinkAnswerForm(request.POST)
        if not form.is_valid():
            return _ask(link, asked, form=form, status=422)
        return _answer(link, asked, form)


@require_POST
def portal_note(request: HttpRequest, clinic: str, token: str, visit_id: UUID) -> HttpResponse:
    """A line of the patient's in the thread of a dispute."""
    with opened(request, clinic, token) as link, translation.override(link.language):
        if link.is_shut:
            return link.door()
        asked = asked_of(link.patient, visit_id, at=timezone.now())
        if asked is None or asked.dispute is None:
            raise Http404
        form = PatientNoteForm(request.POST)
        if not form.is_valid():
            return _ask(link, asked, note=form, status=422)
        if has_written_enough(asked.dispute, timezone.now()):
            sentence = _("That is enough for one day. Please call the clinic.")
            return _ask(link, asked, note=form, sentence=sentence, status=429)
        try:
            disputes.add_note(
                asked.dispute, words=form.cleaned_data["words"], by=None, key=form.cleaned_data["key"]
            )
        except Refused as refused:
            return _ask(link, asked, note=form, sentence=str(refused), status=422)
        return to_page(link, "portal_answer", visit_id)


def _answer(link: Opened, asked: Asked, form: LinkAnswerForm) -> HttpResponse:
    given = form.cleaned_data
    try:
        answers.answer(
            asked.visit,
            says=Answer.Says(given["says"]),
            via=Answer.Via.LINK,
            clinic=link.clinic,
            at=timezone.now(),
            by=None,
            key=given["key"],
            words=given["words"],
        )
    except Refused as refused:
        return _ask(link, asked, form=form, sentence=str(refused), status=422)
    if given["says"] == Answer.Says.YES:
        return to_page(link, "portal")
    return to_page(link, "portal_answer", asked.visit.pk)


def _ask(
    link: Opened,
    asked: Asked,
    *,
    form: LinkAnswerForm | None = None,
    note: PatientNoteForm | None = None,
    sentence: str = "",
    status: int = 200,
) -> HttpResponse:
    at = link.clinic.local(asked.visit.starts_at).replace(tzinfo=None)
    context = {"form": form or LinkAnswerForm(), "note": note or PatientNoteForm(), "sentence": sentence}
    return link.page("desk/portal_answer.html", status, ask=asked, at=at, **context)


def _birth_date(form: IdentityForm) -> date | None:
    if not form.is_valid():
        return None
    given = form.cleaned_data
    try:
        return date(given["birth_year"], given["birth_month"], given["birth_day"])
    except ValueError:  # 31 February
        return None


def to_page(link: Opened, page: str, *more: UUID) -> HttpResponse:
    """Another page of the link, in the same language."""
    response = link.private(HttpResponse(status=303))
    query = link.request.GET.urlencode()
    response["Location"] = reverse(f"desk:{page}", args=[link.clinic.slug, link.token, *more]) + (
        f"?{query}" if query else ""
    )
    return response


def _printed(bill: Bill, language: str) -> HttpResponse:
    at = timezone.now()
    try:
        response = HttpResponse(pdf.bill_pdf(bill, language=language, at=at), content_type="application/pdf")
        response.headers["Content-Disposition"] = f'inline; filename="{pdf.file_name(bill)}"'
        return response
    except pdf.NoPdf:
        return HttpResponse(
            bill_html(bill, language=language, at=at, template="billing/printable.html", no_pdf=True)
        )
