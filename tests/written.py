from __future__ import annotations

from typing import Any

from django.apps import apps
from django.db import connection

# Hits of the search and the sent keys are not records of what happened to anybody.
NOT_RECORDS = {"clinic_searchterm", "clinic_actkey"}


def everything() -> dict[str, list[Any]]:
    """Every row of every table of the active clinic, column by column: equal before and after is "nothing written"."""
    rows = {}
    with connection.cursor() as cursor:
        for table in sorted(_clinic_tables() - NOT_RECORDS):
            cursor.execute(f'SELECT t::text FROM "{table}" t ORDER BY 1')
            rows[table] = [row for (row,) in cursor.fetchall()]
    return rows


def _clinic_tables() -> set[str]:
    return {
        model._meta.db_table
        for model in apps.get_models()
        if any(field.column == "clinic_id" for field in model._meta.local_fields)
    }
