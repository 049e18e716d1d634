"""Finding a patient while somebody types: name in any order and spelling, phone in any notation, number."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Case, CharField, Min, Q, QuerySet, Value, When
from django.db.models.lookups import PostgresOperatorLookup

from clinic.models import Patient, SearchTerm
from clinic.search_terms import query_terms
from clinic.tenancy.context import current_clinic_id

SOUND = "~"  # how search_terms marks a term that says how a word sounds
WHOLE_WORD, BEGINNING, SOUNDS_LIKE = range(3)
# Of more matches than this only the closest are sorted by name: whoever typed one letter types on.
MOST_SORTED = 1000

# Django cannot join subqueries. Joined, PostgreSQL starts with the rarest word: two letters among 100,000
# patients take 20 ms, in one GROUP BY over all words 50, with a second round trip 75.
CLOSEST_BY_NAME = """
SELECT patient.* FROM (
  SELECT patient_id, {rank} AS rank FROM {words} ORDER BY rank, patient_id LIMIT %s
) AS closest
JOIN clinic_patient AS patient ON patient.clinic_id = %s AND patient.id = closest.patient_id
ORDER BY closest.rank, lower(patient.name), patient.number LIMIT %s
"""

Word = tuple[str, ...]


@CharField.register_lookup
class StartsWith(PostgresOperatorLookup):
    """term ^@ 'ash'. Leakproof, so that row-level security lets it use the index; LIKE is not."""

    lookup_name = "starts_with"
    postgres_operator = "^@"


def find_patients(text: str, *, limit: int = 10) -> list[Patient]:
    """The patients of the active clinic for whom every typed word begins a name, a phone or the number.

    Whole words come before beginnings, these before sound-alikes, then by name and number. A record that was
    merged leads to the one it was merged into. Text without anything to look for finds nobody.
    """
    words = query_terms(text)
    if not words:
        return []
    # Twice as many as asked for, because merged records may lead to the same patient.
    found = Patient.objects.raw(*_closest_by_name(words, limit * 2))
    return list(dict.fromkeys(map(_living, found)))[:limit]


def _closest_by_name(words: Sequence[Word], limit: int) -> tuple[str, list[Any]]:
    tables: list[str] = []
    parameters: list[Any] = []
    for place, word in enumerate(words):
        sql, its_parameters = _found_by(word).query.sql_with_params()
        joined = " USING (patient_id)" if place else ""
        tables.append(f"({sql}) AS word{place} (patient_id, rank{place}){joined}")
        parameters += its_parameters
    rank = " + ".join(f"rank{place}" for place in range(len(words)))
    sql = CLOSEST_BY_NAME.format(rank=rank, words=" JOIN ".join(tables))
    return sql, [*parameters, MOST_SORTED, current_clinic_id(), limit]


def _found_by(word: Word) -> QuerySet[SearchTerm, Any]:
    """Whom one word finds, and how closely; 0 is best."""
    return (
        SearchTerm.objects.filter(_begins(word))
        .values("patient_id")
        .annotate(rank=Min(_closeness(word)))
        .values_list("patient_id", "rank")
    )


def _begins(word: Iterable[str]) -> Q:
    return reduce(or_, (Q(term__starts_with=start) for start in word))


def _closeness(word: Word) -> Case:
    literal = [start for start in word if not start.startswith(SOUND)]
    return Case(
        When(term__in=literal, then=Value(WHOLE_WORD)),
        When(_begins(literal), then=Value(BEGINNING)),
        default=Value(SOUNDS_LIKE),
    )


def _living(patient: Patient) -> Patient:
    while patient.merged_into:
        patient = patient.merged_into
    return patient
