"""A column of facts by name, for what one country asks for and another does not."""

from __future__ import annotations

from django.db import models
from django.db.models.lookups import Exact


def facts_by_name() -> models.JSONField:
    """Name and text, such as {"npi": "1234567893"}; which names, and how they are checked, the profile says."""
    return models.JSONField(default=dict, db_default=models.Value({}, models.JSONField()), blank=True)


def facts_are_an_object(column: str, *, name: str) -> models.CheckConstraint:
    """The database takes nothing but an object in such a column."""
    kind = models.Func(column, function="jsonb_typeof", output_field=models.TextField())
    return models.CheckConstraint(name=name, condition=Exact(kind, models.Value("object")))
