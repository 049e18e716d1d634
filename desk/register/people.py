"""Who the names of a register are: patients who are here already, the same person on two lines, or new."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

from django.utils.translation import gettext as _

from clinic.models import Patient
from clinic.tenancy.ids import uuid7

from .likeness import is_same, may_be_same, name_keys
from .register_row import RegisterRow

# A register's own number of a patient is kept where it is a number of this many digits at most.
LONGEST_OWN_NUMBER = 8


@dataclass(eq=False)
class Person:
    """A patient as the register sees one; `rows` are the lines that speak of a new one."""

    id: UUID
    name: str
    phones: list[str]
    number: int | None = None
    is_new: bool = False
    has_new_phone: bool = False
    register_number: str = ""
    rows: list[RegisterRow] = field(default_factory=list)


class Ambiguous(Exception):
    """Several patients could be meant; str() is a sentence for the person with the register."""

    def __init__(self, name: str, count: int) -> None:
        message = _(
            "%(count)d patients are called “%(name)s”. Write the phone or the patient number to say who it is."
        )
        super().__init__(message % {"count": count, "name": name})


class People:
    """Everybody of the active clinic, and those whom the register adds, by phone, name and number."""

    def __init__(self) -> None:
        self._by_phone: dict[str, list[Person]] = defaultdict(list)
        self._by_name: dict[str, list[Person]] = defaultdict(list)
        self._by_number: dict[str, list[Person]] = defaultdict(list)
        self._numbers: set[int] = set()
        for person in _patients():
            self._add(person)

    def of(self, row: RegisterRow) -> Person:
        """The person of a line, added if new. Raises Ambiguous where a name alone does not say who it is."""
        person = self._known(row)
        if person is None:
            person = Person(uuid7(), row.name, [], self._free_number(row), is_new=True)
            self._add(person)
        if row.patient_number and not person.register_number:
            person.register_number = row.patient_number
            self._by_number[_plain(row.patient_number)].append(person)
        if person.is_new:
            person.rows.append(row)
        if person.is_new or (row.phone and not person.phones):
            person.has_new_phone = bool(row.phone)
            self._learn_phones(person, _phones(row))
        return person

    def _known(self, row: RegisterRow) -> Person | None:
        numbered = self._by_number.get(_plain(row.patient_number), []) if row.patient_number else []
        if found := [one for one in numbered if may_be_same(one.name, row.name)]:
            return found[0]
        sharing = dict.fromkeys(one for phone in _phones(row) for one in self._by_phone.get(phone, ()))
        called = [one for one in sharing if may_be_same(one.name, row.name) and not _numbered_else(one, row)]
        if called:
            return _the_one([one for one in called if is_same(one.name, row.name)] or called, row)
        return self._by_name_only(row)

    def _by_name_only(self, row: RegisterRow) -> Person | None:
        """The same name without another phone: two numbers are two people, and a missing one is no number."""
        named = dict.fromkeys(one for key in name_keys(row.name) for one in self._by_name.get(key, ()))
        found = [one for one in named if not (row.phone and one.phones) and not _numbered_else(one, row)]
        if row.phone and len(found) > 1:
            return None
        return _the_one(found, row) if found else None

    def _add(self, person: Person) -> None:
        for key in name_keys(person.name):
            self._by_name[key].append(person)
        if person.number:
            self._numbers.add(person.number)
            self._by_number[str(person.number)].append(person)
        phones, person.phones = person.phones, []
        self._learn_phones(person, phones)

    def _learn_phones(self, person: Person, phones: Iterable[str]) -> None:
        for phone in phones:
            if phone not in person.phones:
                person.phones.append(phone)
                self._by_phone[phone].append(person)

    def _free_number(self, row: RegisterRow) -> int | None:
        own = _plain(row.patient_number)
        if not own.isdecimal() or len(own) > LONGEST_OWN_NUMBER or int(own) in self._numbers | {0}:
            return None
        return int(own)


def _patients() -> Iterable[Person]:
    """Everybody; a record that was merged is another name and phone of the one it was merged into."""
    columns = ("pk", "name", "phones", "number", "merged_into_id")
    records = list(Patient.objects.values_list(*columns))
    into: dict[UUID, UUID] = {pk: living for pk, *_rest, living in records if living}
    for pk, name, phones, number, _living in records:
        while pk in into:
            pk = into[pk]
        yield Person(pk, name, phones, number)


def _the_one(found: list[Person], row: RegisterRow) -> Person:
    if len({person.id for person in found}) > 1:
        raise Ambiguous(row.name, len(found))
    return found[0]


def _numbered_else(person: Person, row: RegisterRow) -> bool:
    """The register itself gives them different numbers."""
    mine, other = _plain(row.patient_number), _plain(person.register_number)
    return bool(mine and other) and mine != other


def _phones(row: RegisterRow) -> list[str]:
    return [row.phone, *row.other_phones] if row.phone else []


def _plain(number: str) -> str:
    """P-0012 and p 12 stay apart, 0012 and 12 do not."""
    plain = "".join(number.split()).casefold()
    return (plain.lstrip("0") or plain) if plain.isdecimal() else plain
