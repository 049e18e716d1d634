"""PostgreSQL for clinic tables: composite keys, row-level security and no DELETE, all in the DDL.

Touches private methods of Django's schema editor (stable over the LTS); the catalog audit in the tests
catches drift.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db.backends.ddl_references import Columns
from django.db.backends.postgresql import base, features, schema

from ..fields import ClinicField, ClinicForeignKey, clinic_field


class DatabaseFeatures(features.DatabaseFeatures):
    def allows_group_by_selected_pks_on_model(self, model: Any) -> bool:
        # The real key is (clinic_id, id): GROUP BY id is not enough for PostgreSQL.
        return clinic_field(model) is None and super().allows_group_by_selected_pks_on_model(model)


class DatabaseSchemaEditor(schema.DatabaseSchemaEditor):
    sql_create_column_inline_fk = None  # type: ignore[assignment]

    def _iter_column_sql(self, column_db_type: Any, params: Any, model: Any, field: Any, *args: Any) -> Any:
        for part in super()._iter_column_sql(column_db_type, params, model, field, *args):
            if not (part == "PRIMARY KEY" and clinic_field(model)):
                yield part

    def table_sql(self, model: Any) -> Any:
        sql, params = super().table_sql(model)
        clinic = clinic_field(model)
        if clinic and settings.CLINIC_PARTITIONS:
            sql += f" PARTITION BY HASH ({self.quote_name(clinic.column)})"
        return sql, params

    def create_model(self, model: Any) -> None:
        super().create_model(model)
        if clinic_field(model):
            self._make_clinic_table(model)

    def add_field(self, model: Any, field: Any) -> None:
        super().add_field(model, field)
        if isinstance(field, ClinicField):  # makemigrations may split CreateModel; the table is still empty
            key = self._constraint_names(model, primary_key=True)[0]
            table = self.quote_name(model._meta.db_table)
            self.execute(f"ALTER TABLE {table} DROP CONSTRAINT {self.quote_name(key)}")
            self._make_clinic_table(model, clinic=field)

    def effective_default(self, field: Any) -> Any:
        return None if isinstance(field, ClinicField) else super().effective_default(field)

    def _make_clinic_table(self, model: Any, clinic: Any = None) -> None:
        table = self.quote_name(model._meta.db_table)
        field: Any = clinic or clinic_field(model)
        column = field.column
        c = self.quote_name(column)
        for sql in (
            f"ALTER TABLE {table} ADD PRIMARY KEY ({c}, {self.quote_name(model._meta.pk.column)})",
            f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
            f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
            f"CREATE POLICY clinic_isolation ON {table}"
            f" USING ({c} = current_clinic_id()) WITH CHECK ({c} = current_clinic_id())",
            f"CREATE POLICY platform ON {table} TO ginti_platform USING (true) WITH CHECK (true)",
            # Nothing a clinic wrote is ever deleted; a table that needs DELETE grants it in its migration.
            f"REVOKE DELETE ON {table} FROM ginti_app, ginti_platform",
        ):
            self.execute(sql)
        self._make_partitions(model)
        if settings.CITUS:
            self.execute("SELECT create_distributed_table(%s, %s)", [model._meta.db_table, column])

    def _make_partitions(self, model: Any) -> None:
        table = self.quote_name(model._meta.db_table)
        count = settings.CLINIC_PARTITIONS
        for n in range(count):
            part = self.quote_name(f"{model._meta.db_table}_p{n}")
            self.execute(
                f"CREATE TABLE {part} PARTITION OF {table} FOR VALUES WITH (MODULUS {count}, REMAINDER {n})"
            )
            self.execute(f"REVOKE ALL ON {part} FROM ginti_app, ginti_platform")

    def _create_fk_sql(self, model: Any, field: Any, suffix: Any) -> Any:
        statement = super()._create_fk_sql(model, field, suffix)
        mine = clinic_field(model)
        if isinstance(field, ClinicForeignKey) and mine:
            target = field.target_field
            theirs = clinic_field(target.model)
            assert theirs is not None
            statement.parts["column"] = Columns(
                model._meta.db_table, [mine.column, field.column], self.quote_name
            )
            statement.parts["to_column"] = Columns(
                target.model._meta.db_table, [theirs.column, target.column], self.quote_name
            )
        if mine:
            # Fail at the statement, not at COMMIT (after the response is rendered).
            statement.parts["deferrable"] = " DEFERRABLE INITIALLY IMMEDIATE"
        return statement

    def _field_indexes_sql(self, model: Any, field: Any) -> Any:
        if isinstance(field, ClinicForeignKey) and self._field_should_be_indexed(model, field):
            return [self._create_index_sql(model, fields=[clinic_field(model), field])]
        return super()._field_indexes_sql(model, field)

    def _constraint_names(self, model: Any, column_names: Any = None, **kwargs: Any) -> Any:
        names = super()._constraint_names(model, column_names, **kwargs)
        clinic = clinic_field(model)
        single = column_names and len(column_names) == 1
        if not names and clinic and single and (kwargs.get("foreign_key") or kwargs.get("index")):
            names = super()._constraint_names(model, [clinic.column, *column_names], **kwargs)
        return names


class DatabaseWrapper(base.DatabaseWrapper):
    SchemaEditorClass = DatabaseSchemaEditor
    features_class = DatabaseFeatures
