"""What a patient decides about messages by the personal link: whether, in which language, by which way first."""

from __future__ import annotations

from datetime import datetime, timedelta

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinic.acts import act
from clinic.messages import consent
from clinic.messages.personal import without_link
from clinic.messages.rules import House
from clinic.models import Clinic, Consent, Message, Patient
from clinic.patients.services import change_patient
from clinic.refusals import Refused

MOST_MESSAGES = 20
# Nobody changes their mind so often in a day.
MOST_CHANGES, WITHIN = 10, timedelta(days=1)


class TooManyChanges(Refused):
    def __init__(self) -> None:
        super().__init__(_("That is enough for one day. Please call the clinic."))


class WishesForm(forms.Form):
    """Whether, in which language, and by which way first where the clinic has several."""

    may_message = forms.BooleanField(label=gettext_lazy("I agree to messages"), required=False)
    language = forms.ChoiceField(label=gettext_lazy("Language"), choices=settings.LANGUAGES)
    first = forms.ChoiceField(label=gettext_lazy("First by"), required=False)

    def __init__(self, *args: object, ways: list[str], **options: object) -> None:
        super().__init__(*args, **options)  # type: ignore[arg-type]
        if len(ways) < 2:
            del self.fields["first"]
            return
        named = [(way, Message.Channel(way).label) for way in ways]
        self.fields["first"].choices = [("", _("As the clinic does")), *named]  # type: ignore[attr-defined]


def wishes_of(patient: Patient) -> dict[str, object]:
    """As they are now, for the form."""
    return {
        "may_message": patient.may_message,
        "language": patient.language,
        "first": patient.channels[0] if patient.channels else "",
    }


def ways_of(clinic: Clinic) -> list[str]:
    """Channels that the clinic can send by."""
    house = House.of(clinic)
    order = [channel for channel in house.settings.channels if channel != Message.Channel.BY_HAND]
    return [each for each in order if each == Message.Channel.EMAIL or each in house.accounts]


@act
def keep(patient: Patient, wishes: dict[str, object], *, clinic: Clinic, at: datetime) -> Patient:
    """Write down what the patient wishes. Refuses more changes of the consent in a day than anybody needs."""
    say(patient, given=bool(wishes["may_message"]), at=at)
    facts: dict[str, object] = {"language": wishes["language"]}
    if "first" in wishes:
        facts["channels"] = [wishes["first"]] if wishes["first"] else []
    return change_patient(patient, by=None, country=clinic.country, **facts)


@act
def say(patient: Patient, *, given: bool, at: datetime) -> Patient:
    """The patient agrees to messages by the link, or takes it back. Taking it back is never refused."""
    source = consent.Source.LINK
    if not given:
        return consent.withdraw(patient, source=source, at=at)
    said = Consent.objects.filter(patient=patient, source=source, at__gt=at - WITHIN)
    if not patient.may_message and said.count() >= MOST_CHANGES:
        raise TooManyChanges
    return consent.give(patient, source=source, at=at)


def sent_to(patient: Patient) -> list[Message]:
    """The latest messages that went out to the patient, without the links in them."""
    gone = Message.objects.filter(patient=patient, state__in=Message.GONE).order_by("-created_at", "-pk")
    messages = list(gone[:MOST_MESSAGES])
    for message in messages:
        message.body = without_link(message.body, "…")
    return messages
