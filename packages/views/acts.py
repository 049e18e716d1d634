"""What the pages of the acts on a package share: ask with a foresight, do it once, refuse with the form as typed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db.models import Prefetch
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from clinic.http import ClinicRequest
from clinic.refusals import Refused
from packages.models import Package, PackageLine
from packages.states import notes_of, state_of

Done = TypeVar("Done")


@dataclass(frozen=True)
class Page:
    """The words of an act's page."""

    title: str | Promise
    intro: str | Promise
    save: str | Promise
    icon: str = "check"
    is_danger: bool = False


def package_of(package_id: UUID) -> Package:
    """The package of the address, with what its pages show of it."""
    packages = Package.objects.select_related(
        "patient", "branch", "sold_by", "moved_from__patient", "membership"
    )
    lines = Prefetch("lines", PackageLine.objects.select_related("service").order_by("position"))
    return get_object_or_404(packages.prefetch_related(lines), pk=package_id)


def asked(
    form: Callable[..., forms.Form], request: ClinicRequest, **first_shown: Any
) -> tuple[forms.Form, Mapping[str, Any]]:
    """The form of the request, and what is filled in so far: as sent, as asked for in the address, as first shown."""
    if request.method == "POST":
        sent = form(request.POST)
        sent.full_clean()
        return sent, sent.cleaned_data
    shown = form(initial=first_shown | request.GET.dict())
    probe = form({name: shown.get_initial_for_field(field, name) for name, field in shown.fields.items()})
    probe.full_clean()
    return shown, probe.cleaned_data


def attempt(request: ClinicRequest, form: forms.Form, act: Callable[..., Done]) -> Done | None:
    """Do it where the form is sent and whole; a refusal is written on the form."""
    if request.method != "POST" or not form.is_valid():
        return None
    facts = {name: value for name, value in form.cleaned_data.items() if name != "key"}
    try:
        return act(on=request.clinic.today(), by=request.staff, key=request.key, **facts)
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return None


def show(
    request: ClinicRequest,
    package: Package,
    page: Page,
    form: forms.Form | None,
    *,
    template: str = "packages/act.html",
    **more: Any,
) -> HttpResponse:
    """The act's page; 422 with the form as it was typed where it was refused. `why_not` stands in place of a form."""
    today = request.clinic.today()
    about = {"package": package, "state": state_of(package, today), "notes": notes_of(package, today)}
    status = 422 if request.method == "POST" else 200
    return render(request, template, about | {"page": page, "form": form} | more, status=status)


def leave(request: ClinicRequest, package: Package, sentence: str, *, undo: str = "") -> HttpResponse:
    """Back to the package with the sentence of what was done, and the way to undo it."""
    if undo:
        sentence = format_html('{} <a href="{}">{}</a>', sentence, undo, _("Undo"))
    messages.success(request, sentence)
    return redirect("packages:package_detail", request.clinic.slug, package.pk)


def address(request: ClinicRequest, name: str, package: Package, **asked: object) -> str:
    """The page of an act on this package, with some of it filled in."""
    page = reverse(name, args=[request.clinic.slug, package.pk])
    facts = {name: str(value) for name, value in asked.items()}
    return f"{page}?{urlencode(facts)}" if facts else page
