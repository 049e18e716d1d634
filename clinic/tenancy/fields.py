from __future__ import annotations

from typing import Any, TypeVar

from django.db import models

from .context import current_clinic_id

# What may be assigned to a field and what it returns; django-stubs fills them in.
_ST = TypeVar("_ST")
_GT = TypeVar("_GT")


class ClinicField(models.ForeignKey[_ST, _GT]):
    """The clinic column. A table that has one is a clinic table: see clinic.tenancy.backend."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.update(
            to="clinic.Clinic",
            on_delete=models.PROTECT,
            related_name="+",
            db_index=False,
            editable=False,
            default=current_clinic_id,
        )
        super().__init__(**kwargs)

    def deconstruct(self) -> tuple[str, str, list[Any], dict[str, Any]]:
        name, path, _, _ = super().deconstruct()
        return name, path, [], {}

    def get_placeholder(self, value: Any, compiler: Any, connection: Any) -> str:
        # Its presence keeps bulk_create on VALUES: Django 5.2's INSERT .. SELECT UNNEST becomes a
        # COPY on Citus, and COPY FROM is refused under row-level security.
        return "%s"


class ClinicForeignKey(models.ForeignKey[_ST, _GT]):
    """A foreign key between clinic tables: (clinic_id, x_id) -> (clinic_id, id) in the DDL and in every JOIN."""

    def get_joining_fields(self, reverse_join: bool = False) -> tuple[Any, ...]:
        pairs = super().get_joining_fields(reverse_join)
        mine, theirs = clinic_field(self.model), clinic_field(self.related_model)
        return (*pairs, (theirs, mine) if reverse_join else (mine, theirs))


def clinic_field(model: Any) -> ClinicField | None:
    """The clinic column of a model, or None for a global table."""
    return next((field for field in model._meta.local_fields if isinstance(field, ClinicField)), None)
