"""Paging by position: a list with the newest first, by a moment or a day and then the key. The address names the row at
the end of the page before, so that a page costs the same however far down it is, and new rows move nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Model, Q, QuerySet


@dataclass(frozen=True)
class Stretch:
    """A page of the list. `older_than` and `newer_than` are the keys of the rows at its ends, where there is more."""

    rows: list[Any]
    older_than: UUID | None
    newer_than: UUID | None


def stretch(rows: QuerySet[Any], asked: Mapping[str, str], *, by: str, per_page: int) -> Stretch:
    """The page after the row named by `older_than`, or before `newer_than`, else the first. `rows` may be keys alone,
    by `values_list("pk", flat=True)`."""
    if newer := _named(rows.model, asked.get("newer_than"), by):
        found = list(rows.filter(_newer(newer, by)).order_by(by, "pk")[: per_page + 1])
        page, more_newer, more_older = found[:per_page][::-1], len(found) > per_page, True
    else:
        older = _named(rows.model, asked.get("older_than"), by)
        rest = rows.filter(_older(older, by)) if older else rows
        found = list(rest.order_by(f"-{by}", "-pk")[: per_page + 1])
        page, more_newer, more_older = found[:per_page], older is not None, len(found) > per_page
    return Stretch(
        page,
        older_than=_key(page[-1]) if page and more_older else None,
        newer_than=_key(page[0]) if page and more_newer else None,
    )


def _older(than: Model, by: str) -> Q:
    # The first half serves the index, the second decides between rows of the same moment.
    at = getattr(than, by)
    return Q(**{f"{by}__lte": at}) & (Q(**{f"{by}__lt": at}) | Q(pk__lt=than.pk))


def _newer(than: Model, by: str) -> Q:
    at = getattr(than, by)
    return Q(**{f"{by}__gte": at}) & (Q(**{f"{by}__gt": at}) | Q(pk__gt=than.pk))


def _named(model: type[Model], text: str | None, by: str) -> Model | None:
    """The row of the active clinic that an address names; None for any other text."""
    try:
        return model._default_manager.only(by).filter(pk=UUID(text or "")).first()
    except ValueError:
        return None


def _key(row: Any) -> UUID:
    key: UUID = row.pk if isinstance(row, Model) else row
    return key
