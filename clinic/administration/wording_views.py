"""The clinic's own words: written with a preview beside them, tested, taken back."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from clinic.http import ClinicRequest
from clinic.keys import keyed, new_key
from clinic.messages import accounts, wordings
from clinic.messages.kinds import Kind, fields_of, find_kind
from clinic.messages.wording import example_of
from clinic.models import Message, Patient
from clinic.refusals import Refused

from .messaging_forms import WordingForm


@keyed
def wording(request: ClinicRequest, kind: str, language: str) -> HttpResponse:
    """GET shows the words that are sent now; POST keeps others, or says what is wrong with them."""
    about = _known(kind, language)
    if request.method != "POST":
        return _page(request, about, language, _form_of(about, language))
    form = WordingForm(request.POST)
    form.is_valid()
    given = {name: form.cleaned_data.get(name, "") for name in ("subject", "body", "template")}
    try:
        wordings.keep(about, language, **given, by=request.staff, at=timezone.now())
    except wordings.NotKept:
        return _page(request, about, language, form, status=422)
    messages.success(request, _("Saved. From now on these words are sent."))
    return redirect("administration:wording", request.clinic.slug, kind, language)


@require_POST
def wording_preview(request: ClinicRequest, kind: str, language: str) -> HttpResponse:
    """How it will look and what is wrong with it, while it is written. Keeps nothing."""
    form = WordingForm(request.POST)
    form.is_valid()
    return _page(request, _known(kind, language), language, form)


@require_POST
@keyed
def wording_return(request: ClinicRequest, kind: str, language: str) -> HttpResponse:
    """Back to the shipped words."""
    wordings.take_back(_known(kind, language), language, by=request.staff, at=timezone.now())
    messages.success(request, _("The shipped words are sent again."))
    return redirect("administration:wording", request.clinic.slug, kind, language)


@require_POST
@keyed
def wording_trial(request: ClinicRequest, kind: str, language: str) -> HttpResponse:
    """Send the words as they are kept, filled with the examples, to whoever presses: nobody else can be chosen."""
    about, myself = _known(kind, language), _myself(request)
    if myself is None:
        return _page(request, about, language, _form_of(about, language), status=422)
    now = wordings.words_of(about, language)
    given = {"subject": now.subject, "body": now.body}
    subject, text = wordings.preview_of(about, language, **given, clinic=request.clinic)
    asked = request.POST.get("channel", "")
    channel = asked if asked in _ways_to(myself) else Message.Channel.EMAIL
    try:
        how = {"channel": channel, "subject": subject, "text": text}
        sent = accounts.test_send(myself, **how, by=request.staff, at=timezone.now(), key=request.key)
    except Refused as refused:
        form = _form_of(about, language)
        return _page(request, about, language, form, sentence=str(refused), status=422)
    messages.success(request, _("On its way to %(address)s.") % {"address": sent.address})
    return redirect("administration:wording", request.clinic.slug, kind, language)


def _known(kind: str, language: str) -> Kind:
    found = find_kind(kind)
    if found is None or language not in wordings.LANGUAGES:
        raise Http404
    return found


def _form_of(kind: Kind, language: str) -> WordingForm:
    now = wordings.words_of(kind, language)
    return WordingForm(
        initial={"key": new_key(), "subject": now.subject, "body": now.body, "template": now.template}
    )


def _page(
    request: ClinicRequest,
    kind: Kind,
    language: str,
    form: WordingForm,
    *,
    sentence: str = "",
    status: int = 200,
) -> HttpResponse:
    given = {name: form[name].value() or "" for name in ("subject", "body")}
    template = form["template"].value() or ""
    subject, body = wordings.preview_of(kind, language, **given, clinic=request.clinic)
    myself = _myself(request)
    context: dict[str, Any] = {
        "kind": kind,
        "language": language,
        "language_name": wordings.LANGUAGES[language],
        "languages": settings.LANGUAGES,
        "form": form,
        "faults": wordings.wording_faults(kind, **given, template=template),
        "subject": subject,
        "body": body,
        "names": _names(kind, language),
        "own": wordings.words_of(kind, language).own,
        "myself": myself,
        "ways": [(way, Message.Channel(way).label, new_key()) for way in _ways_to(myself)],
        "sentence": sentence,
        "key": new_key(),
        "address": reverse("administration:wording", args=[request.clinic.slug, kind.name, language]),
    }
    return render(request, "clinic/administration/wording.html", context, status=status)


def _names(kind: Kind, language: str) -> list[dict[str, Any]]:
    examples = example_of(kind, language)
    return [
        {"name": name, "label": field.label, "example": examples[name], "is_needed": field.is_needed}
        for name, field in fields_of(kind).items()
    ]


def _myself(request: ClinicRequest) -> Patient | None:
    """The signed-in person's own record: a message needs a patient who has agreed to it."""
    email = request.staff.user.email if request.staff.user else ""
    mine = Patient.objects.filter(email__iexact=email, may_message=True, merged_into=None)
    return mine.order_by("number").first() if email else None


def _ways_to(patient: Patient | None) -> list[str]:
    if patient is None:
        return []
    by_phone = [channel for channel in accounts.FACTS if patient.phone and _is_on(channel)]
    return [Message.Channel.EMAIL, *by_phone]


def _is_on(channel: str) -> bool:
    account = accounts.account_row(channel)
    return account is not None and account.is_on
