"""Turning a wording into a message. Nothing clinical, and of the name only the first.

A wording is plain text with names in braces. A line in which one of them is empty is left out whole, so that nobody
reads "valid to " without a day.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from django.utils import translation
from django.utils.translation import gettext as _

from clinic.models import Clinic, Patient, Wording

from .kinds import Kind, fields_of

NAME = re.compile(r"{([a-z_]+)}")
LOOSE = re.compile(r"[{}]")
LINK = "[[link]]"
MOST_SUBJECT, MOST_BODY = 150, 2000


@dataclass(frozen=True)
class Worded:
    """What a message says, and what it was filled with."""

    subject: str
    body: str
    fields: dict[str, str]


def shipped(kind: Kind, language: str) -> tuple[str, str]:
    """Subject and body as they come with Ginti, in the language."""
    with translation.override(language):
        return str(kind.subject), str(kind.body)


def worded(
    kind: Kind,
    patient: Patient,
    fields: Mapping[str, str],
    *,
    clinic: Clinic,
    phone: str,
    own: Wording | None,
) -> Worded:
    """The message in the patient's language: in the clinic's own words where it has some."""
    subject, body = (own.subject, own.body) if own else shipped(kind, patient.language)
    known = {"first_name": patient.first_name, "clinic": clinic.name, "phone": phone, "link": LINK}
    filled = {**known, **{name: str(value) for name, value in fields.items()}}
    return Worded(fill(subject, filled).replace("\n", " "), fill(body, filled), filled)


def fill(text: str, fields: Mapping[str, str]) -> str:
    """The text with every name replaced. A line with an empty one is left out; several empty lines become one."""
    lines = [
        NAME.sub(lambda match: fields[match[1]], line)
        for line in text.splitlines()
        if all(fields.get(name) for name in NAME.findall(line))
    ]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def faults_of(kind: Kind, subject: str, body: str) -> list[str]:
    """What is wrong with a wording, a sentence each: so that it is refused when it is saved and not when it is sent."""
    known = fields_of(kind)
    named = set(NAME.findall(subject)) | set(NAME.findall(body))
    faults = [
        _("{%(name)s} is not known here. Choose from: %(names)s.")
        % {"name": name, "names": ", ".join(f"{{{each}}}" for each in known)}
        for name in sorted(named - known.keys())
    ]
    faults += [
        _("{%(name)s} is missing: %(label)s. Without it the message says nothing.")
        % {"name": field.name, "label": field.label}
        for field in known.values()
        if field.is_needed and field.name not in set(NAME.findall(body))
    ]
    if any(LOOSE.search(NAME.sub("", text)) for text in (subject, body)):
        faults.append(_("A brace stands alone. Names are written like {first_name}."))
    if not body.strip():
        faults.append(_("Write what the message says."))
    if len(subject) > MOST_SUBJECT or len(body) > MOST_BODY:
        faults.append(_("At most %(n)s characters.") % {"n": MOST_BODY})
    return faults


def example_of(kind: Kind, language: str) -> dict[str, str]:
    """Something for every name, to look at a wording with."""
    with translation.override(language):
        return {field.name: str(field.example) for field in fields_of(kind).values()}
