"""SQL that migrations share to guard a table."""

from django.db import migrations


def append_only(table: str) -> migrations.RunSQL:
    """No UPDATE, DELETE or TRUNCATE: not granted, and a trigger that says why to everybody else."""
    return migrations.RunSQL(
        f"""
        REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM ginti_app, ginti_platform;
        CREATE TRIGGER only_grows BEFORE UPDATE OR DELETE ON {table}
          FOR EACH ROW EXECUTE FUNCTION refuse_change();
        CREATE TRIGGER never_emptied BEFORE TRUNCATE ON {table}
          FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
        """,
        f"DROP TRIGGER only_grows ON {table}; DROP TRIGGER never_emptied ON {table};",
    )


def never_deleted(table: str) -> migrations.RunSQL:
    """Rows may change state, but none ever goes away."""
    return migrations.RunSQL(
        f"""
        CREATE TRIGGER never_deleted BEFORE DELETE ON {table}
          FOR EACH ROW EXECUTE FUNCTION refuse_change();
        CREATE TRIGGER never_emptied BEFORE TRUNCATE ON {table}
          FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
        """,
        f"DROP TRIGGER never_deleted ON {table}; DROP TRIGGER never_emptied ON {table};",
    )


def only_updates(table: str, *columns: str) -> migrations.RunSQL:
    """The application may change these columns and no other."""
    return migrations.RunSQL(
        f"""
        REVOKE UPDATE ON {table} FROM ginti_app, ginti_platform;
        GRANT UPDATE ({", ".join(columns)}) ON {table} TO ginti_app, ginti_platform;
        """,
        f"GRANT UPDATE ON {table} TO ginti_app, ginti_platform;",
    )
