"""Form fields for the facts that a country asks for. A form shows those of the clinic's own country and no others."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from clinic.models import Branch

from .fields import Field
from .kept import COLUMN, has_column, name_at, region_of_number
from .profile import Profile


class FactField(forms.CharField):
    """One fact. What is typed is kept as it is written officially, or refused with the reason."""

    def __init__(self, fact: Field, **options: Any) -> None:
        self.fact = fact
        super().__init__(
            label=fact.label,
            help_text=fact.help,
            max_length=fact.longest,
            required=fact.required,
            **options,
        )

    def to_python(self, value: Any) -> str:
        return self.fact.tidy(super().to_python(value) or "")


class YesField(forms.BooleanField):
    """A fact that is so or is not."""

    def __init__(self, fact: Field) -> None:
        super().__init__(label=fact.label, help_text=fact.help, required=False)

    def clean(self, value: Any) -> Any:
        return "yes" if super().clean(value) else ""


def field_of(fact: Field) -> forms.Field:
    """The form field that asks for a fact, wherever it is kept."""
    return YesField(fact) if fact.is_yes else FactField(fact)


def at_each(facts: Iterable[Field], branches: QuerySet[Branch]) -> list[Field]:
    """The facts with one for each branch where they differ from place to place."""
    asked: list[Field] = []
    for fact in facts:
        if not fact.per_branch:
            asked.append(fact)
            continue
        for branch in branches:
            label = format_lazy("{} · {}", fact.label, branch.name) if len(branches) > 1 else fact.label
            asked.append(replace(fact, name=name_at(fact, branch), label=label))
    return asked


class CountryForm(forms.ModelForm):
    """Asks for the facts of a country: those with a column take its place in the form, the others follow."""

    def ask(self, facts: Iterable[Field], *, after: str, columns: Iterable[str] = ()) -> None:
        """Ask for these. Those without a column stand after the field `after`; one of `columns` that the country does
        not ask for is not shown and stays as it is."""
        before = list(self.fields)
        self.facts = list(facts)
        for fact in self.facts:
            self.fields[fact.name] = field_of(fact)
            if not has_column(type(self.instance), fact.name):
                self.initial.setdefault(fact.name, self._kept().get(fact.name, ""))
        place = before.index(after) + 1
        self.order_fields([*before[:place], *(fact.name for fact in self.facts), *before[place:]])
        for name in {*columns} - {fact.name for fact in self.facts}:
            del self.fields[name]

    def ask_region(self, profile: Profile) -> None:
        """Ask in which state or province, where the country has any."""
        if not profile.regions:
            self.fields.pop("region", None)
            return
        choices = [("", _("Not said")), *((region.code, region.name) for region in profile.regions)]
        self.fields["region"] = forms.ChoiceField(label=profile.region_label, choices=choices, required=False)

    def agree_on_region(self, given: dict[str, Any], profile: Profile) -> None:
        """The number that names the region settles it; a number of another region is refused."""
        named = region_of_number(profile, given.get(profile.region_from, ""))
        if not named:
            return
        given["region"] = given.get("region") or named.code
        if given["region"] != named.code:
            said = profile.by_code[given["region"]].name
            sentence = _("This number is of %(named)s, and the place is in %(said)s.")
            self.add_error(profile.region_from, sentence % {"named": named.name, "said": said})

    def gather(self, given: dict[str, Any]) -> None:
        """Put the facts without a column together in the one that holds them; what another country asked for stays."""
        for fact in self.facts:
            if fact.needs and given.get(fact.name) and not given.get(fact.needs):
                self.add_error(fact.needs, _("This is needed too."))
        own = [fact for fact in self.facts if not has_column(type(self.instance), fact.name)]
        if not own or self.errors:
            return
        kept = {**self._kept(), **{fact.name: given.pop(fact.name) for fact in own}}
        given[self._column()] = {name: value for name, value in kept.items() if value}

    def _kept(self) -> dict[str, str]:
        return dict(getattr(self.instance, self._column()))

    def _column(self) -> str:
        return COLUMN[self.facts[0].held]
