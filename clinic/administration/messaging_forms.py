"""The owner's questions about messages: how they go, with which accounts, which kinds and when."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from clinic.forms import KeyedForm, TimeField
from clinic.messages import kinds
from clinic.messages.account_fields import FACTS, AccountField
from clinic.messages.deciding import LAST_HOUR, MOST_A_DAY, Decision
from clinic.messages.kinds import Kind, Timing
from clinic.messages.rules import rule_of
from clinic.models import ChannelAccount, Message, MessageSettings

WAYS = ("way_1", "way_2", "way_3", "way_4")


class SendingForm(KeyedForm):
    """The channels in their order, and when messages may go."""

    quiet_from = TimeField(label=_("No messages from"))
    quiet_until = TimeField(label=_("No messages until"), help_text=_("The same time twice: at any hour."))
    daily_cap = forms.IntegerField(
        label=_("Messages a patient may get in a day"),
        min_value=0,
        max_value=MOST_A_DAY,
        help_text=_("0: as many as there are. What somebody sends by pressing Send is not held up."),
    )
    nudge_hour = forms.IntegerField(
        label=_("Hour for reminders"), min_value=0, max_value=LAST_HOUR, help_text=_("On the clinic’s clock.")
    )

    def __init__(self, *args: Any, kept: MessageSettings, **options: Any) -> None:
        super().__init__(*args, **options)
        names = ("quiet_from", "quiet_until", "daily_cap", "nudge_hour")
        self.initial.update({name: getattr(kept, name) for name in names})
        self.initial.update(zip(WAYS, kept.channels, strict=False))
        labels = (_("First"), _("Then"), _("Then"), _("At last"))
        for name, label in zip(WAYS, labels, strict=True):
            self.fields[name] = forms.ChoiceField(
                label=label, required=name == WAYS[0], choices=[("", "–"), *Message.Channel.choices]
            )

    @property
    def ways(self) -> list[forms.BoundField]:
        return [self[name] for name in WAYS]

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or self.cleaned_data
        chosen: list[str] = []
        for name in WAYS:
            if (channel := given.get(name)) in chosen:
                self.add_error(name, _("This channel is there already. Choose each once."))
            elif channel:
                chosen.append(channel)
        return given | {"channels": chosen}

    def facts(self) -> dict[str, Any]:
        """What the service takes."""
        names = ("channels", "quiet_from", "quiet_until", "daily_cap", "nudge_hour")
        return {name: self.cleaned_data[name] for name in names}


class AccountForm(KeyedForm):
    """What a channel's account asks for. Secrets are never shown again; one that is left empty stays."""

    def __init__(self, *args: Any, channel: str, account: ChannelAccount | None, **options: Any) -> None:
        super().__init__(*args, **options)
        self.initial.update(account.facts if account else {})
        self.channel = channel
        for field in FACTS[channel]:
            self.fields[field.name] = _asked(field, is_set_up=account is not None)

    def facts(self) -> dict[str, str]:
        return self._of(is_secret=False)

    def secrets(self) -> dict[str, str]:
        return self._of(is_secret=True)

    def _of(self, *, is_secret: bool) -> dict[str, str]:
        names = [field.name for field in FACTS[self.channel] if field.is_secret is is_secret]
        return {name: self.cleaned_data[name] for name in names}


class NumbersField(forms.CharField):
    """Whole numbers, one or several: 14, 7, 1."""

    def __init__(self, timing: Timing, **options: Any) -> None:
        self.timing = timing
        hint = _("Several, with commas; from %(least)s to %(most)s.") if timing.is_list else ""
        bounds = {"least": timing.least, "most": timing.most}
        hint = hint or _("From %(least)s to %(most)s.")
        super().__init__(label=str(timing.label), max_length=60, help_text=hint % bounds, **options)

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {**super().widget_attrs(widget), "inputmode": "numeric", "autocomplete": "off"}

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(map(str, value)) if isinstance(value, tuple) else value

    def to_python(self, value: Any) -> Any:
        parts = [part for part in re.split(r"[\s,;]+", super().to_python(value) or "") if part]
        if not all(re.fullmatch(r"[0-9]{1,4}", part) for part in parts):
            raise forms.ValidationError(_("Write whole numbers, such as 14, 7, 1."))
        return tuple(int(part) for part in parts)


@dataclass(frozen=True)
class KindRow:
    """A kind of message with its fields on the form."""

    kind: Kind
    is_on: forms.BoundField
    by_hand: forms.BoundField
    timings: list[forms.BoundField]


class RulesForm(KeyedForm):
    """Every kind of message: whether, whether by hand too, and when."""

    def __init__(self, *args: Any, kept: MessageSettings, **options: Any) -> None:
        super().__init__(*args, **options)
        for kind in kinds.all_kinds():
            rule = rule_of(kind, kept)
            on, hand = f"{kind.name}.is_on", f"{kind.name}.by_hand"
            self.fields[on] = forms.BooleanField(label=str(kind.label), required=False, initial=rule.is_on)
            self.fields[hand] = forms.BooleanField(
                label=_("Else by hand"), required=False, initial=rule.by_hand
            )
            for timing in kind.timings:
                now = rule.timing[timing.name]
                self.fields[f"{kind.name}.{timing.name}"] = NumbersField(timing, initial=now)

    def groups(self) -> Iterator[tuple[str, list[KindRow]]]:
        """The kinds as the page shows them."""
        rows: dict[str, list[KindRow]] = {}
        for kind in kinds.all_kinds():
            timings = [self[f"{kind.name}.{timing.name}"] for timing in kind.timings]
            row = KindRow(kind, self[f"{kind.name}.is_on"], self[f"{kind.name}.by_hand"], timings)
            rows.setdefault(str(kind.group.label), []).append(row)
        yield from rows.items()

    def decisions(self) -> dict[str, Decision]:
        return {kind.name: self._decision(kind) for kind in kinds.all_kinds()}

    def _decision(self, kind: Kind) -> Decision:
        given = self.cleaned_data
        timing = {each.name: given[f"{kind.name}.{each.name}"] for each in kind.timings}
        return Decision(given[f"{kind.name}.is_on"], given[f"{kind.name}.by_hand"], timing)


class WordingForm(KeyedForm):
    """Subject and text of a kind of message."""

    subject = forms.CharField(label=_("Subject, for e-mail"))
    body = forms.CharField(label=_("Text"), widget=forms.Textarea({"rows": 12}))
    template = forms.CharField(
        label=_("Name of the WhatsApp template"),
        required=False,
        max_length=100,
        help_text=_("As WhatsApp has approved these words: few_left, or few_left:en_US with its language."),
    )


def add_faults(form: forms.Form, faults: Mapping[str, str]) -> None:
    """What a service refused, at the fields that it names."""
    for name, sentence in faults.items():
        form.add_error(name if name in form.fields else None, sentence)


def _asked(field: AccountField, *, is_set_up: bool) -> forms.CharField:
    widget: forms.Widget = forms.TextInput({"autocomplete": "off", "spellcheck": "false"})
    if field.is_secret:
        widget = forms.PasswordInput({"autocomplete": "new-password"})
    elif field.name == "templates":
        widget = forms.Textarea({"rows": 3})
    hint = str(field.help)
    if field.is_secret and is_set_up:
        hint = str(_("%(help)s Empty: as it is.")) % {"help": hint}
    needed = field.is_needed and not (field.is_secret and is_set_up)
    return forms.CharField(label=str(field.label), help_text=hint, widget=widget, required=needed)
