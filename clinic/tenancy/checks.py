from __future__ import annotations

from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connections, models

from .fields import ClinicForeignKey, clinic_field


@register(Tags.models)
def clinic_models(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """What the schema must never do; see docs/decisions/0001."""
    errors: list[CheckMessage] = []
    for model in apps.get_models(include_auto_created=True):
        errors += _global_model(model) if clinic_field(model) is None else _clinic_model(model)
    return errors


def _global_model(model: Any) -> list[CheckMessage]:
    bad = [f.name for f in model._meta.local_fields if f.remote_field and clinic_field(f.related_model)]
    if not bad:  # else: a global table, or an automatic M2M table, points at clinic rows
        return []
    return [Error(f"{model._meta.label} points at clinic tables but has no clinic: {bad}", id="tenancy.E001")]


def _clinic_model(model: Any) -> list[CheckMessage]:
    errors: list[CheckMessage] = []
    for field in model._meta.local_fields:
        if (
            field.remote_field
            and clinic_field(field.related_model)
            and not isinstance(field, ClinicForeignKey)
        ):
            errors.append(Error(f"{field} must be a ClinicForeignKey", id="tenancy.E002"))
        if field.unique and not field.primary_key:
            errors.append(Error(f"{field}: unique=True is unique over all clinics", id="tenancy.E003"))
    for constraint in model._meta.constraints:
        if isinstance(constraint, models.UniqueConstraint) and (constraint.fields or ("",))[0] != "clinic":
            errors.append(
                Error(f"{model._meta.label}.{constraint.name} must start with clinic", id="tenancy.E004")
            )
    return errors


@register(Tags.database)
def harmless_role(databases: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """The web's role owns no table and passes no row-level security. The owner's own commands are exempt."""
    errors: list[CheckMessage] = []
    for alias in databases or []:
        if settings.DATABASES[alias]["USER"] == "ginti_owner":
            continue
        with connections[alias].cursor() as cursor:
            cursor.execute(
                "select rolsuper or rolbypassrls, exists (select from pg_class where relowner = r.oid)"
                " from pg_roles r where rolname = current_user"
            )
            if any(cursor.fetchone() or ()):
                errors.append(
                    Error("the web role owns tables or bypasses row-level security", id="tenancy.E005")
                )
    return errors
