"""What the columns of a register mean, by the headings that clinics write above them, English and Hindi."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache

from django.db.models import TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinic.spelling import clean, fold

from .headings import COUNTED_VISIT, HEADINGS, UNITS


class Column(TextChoices):
    NAME = "name", gettext_lazy("patient's name")
    PHONE = "phone", gettext_lazy("phone")
    EMAIL = "email", gettext_lazy("e-mail")
    PATIENT_NUMBER = "patient_number", gettext_lazy("patient number")
    AGE = "age", gettext_lazy("age")
    SERVICE = "service", gettext_lazy("service")
    PLAN = "plan", gettext_lazy("package")
    SOLD = "sold", gettext_lazy("sessions sold")
    USED = "used", gettext_lazy("sessions used")
    LEFT = "left", gettext_lazy("sessions left")
    PRICE = "price", gettext_lazy("price")
    PAID = "paid", gettext_lazy("paid")
    DUE = "due", gettext_lazy("amount due")
    BOUGHT_ON = "bought_on", gettext_lazy("bought on")
    VALID_UNTIL = "valid_until", gettext_lazy("valid to")
    THERAPIST = "therapist", gettext_lazy("therapist")
    VISITS = "visits", gettext_lazy("dates of visits")
    NOTE = "note", gettext_lazy("note")
    AGREED_ON = "agreed_on", gettext_lazy("agreed on")
    ROW_NUMBER = "row_number", gettext_lazy("number of the row")


# A register may have several phones, a column for each visit and more than one place for remarks.
SEVERAL = frozenset({Column.PHONE, Column.VISITS, Column.NOTE, Column.ROW_NUMBER})


@dataclass(frozen=True)
class ColumnProblem:
    """Why the rows cannot be read yet; `headers` are the headings that it is about."""

    sentence: str
    headers: tuple[str, ...] = ()


@dataclass(frozen=True)
class ColumnMap:
    """Which columns (counted from 0) hold what; `ignored` are headings that nobody could make sense of."""

    places: Mapping[Column, tuple[int, ...]]
    headers: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    problems: tuple[ColumnProblem, ...] = field(default=())

    def header(self, column: Column) -> str:
        """The heading as the file has it, for a message about a cell below it."""
        places = self.places.get(column)
        return self.headers[places[0]] if places else str(column.label)


Chosen = Mapping[str, Column | None] | Mapping[int, Column | None]


def map_columns(headers: Iterable[str], chosen: Chosen | None = None) -> ColumnMap:
    """Say what each column means; `chosen` (heading or place → meaning, None to leave it out) overrules what
    is known.

    The map carries a problem where no column has the name, where the sessions cannot be known, and where two
    columns would mean the same.
    """
    headers = tuple(headers)
    said = _by_place(headers, chosen or {})
    places: dict[Column, list[int]] = {}
    # Plain headings take their meaning before those that mean one thing or another ("Total").
    order = sorted(range(len(headers)), key=lambda index: (index not in said, len(_meanings(headers[index]))))
    for index in order:
        header = headers[index]
        meanings = (said[index],) if index in said else _meanings(header)
        free = [meaning for meaning in meanings if meaning and (meaning in SEVERAL or meaning not in places)]
        for meaning in (free or [meaning for meaning in meanings if meaning])[:1]:
            places.setdefault(meaning, []).append(index)
    known = {index for indexes in places.values() for index in indexes}
    left_out = (header for index, header in enumerate(headers) if index not in known and index not in said)
    settled = {column: tuple(sorted(indexes)) for column, indexes in places.items()}
    return ColumnMap(settled, headers, tuple(filter(None, left_out)), tuple(_problems(settled, headers)))


def _by_place(headers: tuple[str, ...], chosen: Chosen) -> dict[int, Column | None]:
    said: dict[int, Column | None] = {}
    for key, meaning in chosen.items():
        said |= {index: meaning for index, header in enumerate(headers) if key in (index, header)}
    return said


def heading_score(cells: Iterable[str]) -> int:
    """How many different meanings a line names; the line of headings names most."""
    return len({meanings[0] for cell in cells if (meanings := _meanings(cell))})


def _meanings(header: str) -> tuple[Column, ...]:
    normal = _normal(header)
    if COUNTED_VISIT.fullmatch(normal):
        return (Column.VISITS,)
    known = _known_headings()
    return known.get(normal) or known.get(" ".join(UNITS.sub("", normal).split()), ())


@cache
def _known_headings() -> dict[str, tuple[Column, ...]]:
    known: dict[str, tuple[Column, ...]] = {}
    for column, headings in HEADINGS.items():
        for heading in headings.split(", "):
            known[_normal(heading)] = (*known.get(_normal(heading), ()), Column(column))
    return known


def _normal(header: str) -> str:
    """Small letters and single spaces: "Ph. No" and "ph no " are the same heading."""
    # Not \\w, which leaves out the vowel signs of Devanagari.
    return " ".join(re.findall(r"(?:[^\W_]|[\u0900-\u0963])+", fold(clean(header[:100]))))


def _problems(places: Mapping[Column, tuple[int, ...]], headers: tuple[str, ...]) -> Iterable[ColumnProblem]:
    if Column.NAME not in places:
        yield ColumnProblem(_("There is no column with the patients' names."))
    counts = {Column.SOLD, Column.USED, Column.LEFT} & places.keys()
    if Column.PLAN in places:
        counts |= {Column.SOLD}
    if Column.VISITS in places:
        counts |= {Column.USED}
    if len(counts) < 2:
        yield ColumnProblem(
            _("There must be columns for two of: sessions sold, sessions used, sessions left.")
        )
    for column, indexes in places.items():
        if column not in SEVERAL and len(indexes) > 1:
            double = tuple(headers[index] for index in indexes)
            message = _(
                "“%(one)s” and “%(other)s” both seem to be the column “%(meaning)s”; rename or remove one."
            )
            yield ColumnProblem(
                message % {"one": double[0], "other": double[1], "meaning": column.label}, double
            )
