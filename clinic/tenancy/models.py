from __future__ import annotations

from functools import cache
from typing import Any

from django.core.exceptions import FullResultSet
from django.db import models
from django.db.models.lookups import Exact
from django.db.models.sql import Query

from .context import current_clinic_id, every_clinic
from .fields import ClinicField, ClinicForeignKey
from .ids import uuid7

__all__ = ["ClinicForeignKey", "ClinicManager", "ClinicModel", "InCurrentClinic"]


class InCurrentClinic(Exact):
    """clinic_id = <the clinic active when the SQL is compiled>: querysets may be built at import time."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*(args or (models.F("clinic_id"), 0)))

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        if every_clinic():
            raise FullResultSet
        # A new lookup, not self.rhs = ...: querysets built at import time are shared by threads.
        return Exact(self.lhs, current_clinic_id()).as_sql(compiler, connection)


class ClinicManager(models.Manager):
    """Only the rows of the active clinic; raises NoClinicError where none is active."""

    use_in_migrations = True  # data migrations fail loudly instead of updating 0 rows

    def get_queryset(self) -> models.QuerySet[Any]:
        rows = super().get_queryset()
        rows.query = _in_current_clinic(self.model).chain()
        return rows


@cache
def _in_current_clinic(model: type[models.Model]) -> Query:
    """Made once: the filter asks for the clinic when the SQL is compiled, and to make it again costs every query."""
    return models.QuerySet(model).filter(InCurrentClinic()).query


class ClinicModel(models.Model):
    """A row that belongs to one clinic: composite key, forced row-level security, no DELETE."""

    clinic = ClinicField()
    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)

    objects = ClinicManager()

    class Meta:
        abstract = True
        base_manager_name = "objects"  # forward keys, refresh and save() carry the clinic too

    def validate_constraints(self, exclude: Any = None) -> None:
        # Forms leave `clinic` out; the uniqueness check still needs it.
        super().validate_constraints(exclude=set(exclude or ()) - {"clinic"})
