"""The three roles of a database: who owns the tables, who serves the clinics, who looks across them."""

from __future__ import annotations

import secrets
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit, urlunsplit

import psycopg
from psycopg import sql

from ginti_run.failure import Failure
from ginti_run.installation import write_private

OWNER, APPLICATION, PLATFORM = "ginti_owner", "ginti_app", "ginti_platform"
ROLES = (PLATFORM, OWNER, APPLICATION)


def with_login(url: str, role: str, password: str, database: str) -> str:
    """The same server's URL for another role."""
    parts = urlsplit(url)
    server = parts.netloc.rpartition("@")[2]
    login = f"{role}:{quote(password, safe='')}"
    return urlunsplit(parts._replace(netloc=f"{login}@{server}", path=f"/{quote(database, safe='')}"))


def may_provision(url: str) -> bool:
    """Whether the URL's role may create roles. One line where the server does not answer."""
    with _connect(with_database(url, "postgres")) as connection:
        row = connection.execute(
            "SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user"
        ).fetchone()
    return bool(row and row[0])


def with_database(url: str, database: str) -> str:
    """The same login on another database of the server."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{quote(database, safe='')}"))


def database_name(url: str) -> str:
    """The database a URL names; `ginti` where it names none."""
    return unquote(urlsplit(url).path.lstrip("/")) or "ginti"


def make_passwords() -> dict[str, str]:
    """One for each role."""
    return {role: secrets.token_urlsafe(32) for role in ROLES}


def load_passwords(file: Path) -> dict[str, str]:
    """Read the roles' passwords, or make them: written before they are used, readable only by us."""
    if not file.exists():
        write_private(file, "".join(f"{role}={password}\n" for role, password in make_passwords().items()))
    pairs = (line.split("=", 1) for line in file.read_text().splitlines() if line)
    return {role: password.strip() for role, password in pairs}


def exist(url: str) -> bool:
    """Whether another installation has made the roles on this server already."""
    with _connect(with_database(url, "postgres")) as connection:
        row = connection.execute(
            "SELECT count(*) FROM pg_roles WHERE rolname = ANY(%s)", [list(ROLES)]
        ).fetchone()
    return bool(row and row[0])


def provision(url: str, *, passwords: dict[str, str] | None = None, development: bool = False) -> None:
    """Make the roles and the database that the URL names. Twice is once.

    Without passwords the server must trust its socket. `development` lets the owner make test databases.
    """
    database = database_name(url)
    with _connect(with_database(url, "postgres")) as connection:
        for role in ROLES:
            _make_role(connection, role, (passwords or {}).get(role))
        _bind_roles(connection, development=development)
        _make_database(connection, database)
    with _connect(with_database(url, database)) as connection:
        connection.execute(_statement("GRANT CREATE, USAGE ON SCHEMA public TO {}", OWNER))
        connection.execute(_statement("GRANT USAGE ON SCHEMA public TO {}, {}", APPLICATION, PLATFORM))


def _make_role(connection: psycopg.Connection, role: str, password: str | None) -> None:
    found = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone()
    if not found:
        connection.execute(_statement("CREATE ROLE {} LOGIN", role))
    if password:
        connection.execute(_statement("ALTER ROLE {} PASSWORD ", role) + sql.Literal(password))


def _bind_roles(connection: psycopg.Connection, *, development: bool) -> None:
    connection.execute(_statement("GRANT {} TO {}", PLATFORM, OWNER))
    createdb = "CREATEDB" if development else "NOCREATEDB"
    connection.execute(_statement(f"ALTER ROLE {{}} {createdb}", OWNER))
    # A page that hangs must not hold locks for a whole clinic; a developer in a debugger may take his time.
    connection.execute(_statement("ALTER ROLE {} SET statement_timeout = '15s'", APPLICATION))
    idle = "10min" if development else "30s"
    setting = f"ALTER ROLE {{}} SET idle_in_transaction_session_timeout = '{idle}'"
    connection.execute(_statement(setting, APPLICATION))


def _make_database(connection: psycopg.Connection, database: str) -> None:
    superuser = connection.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone()
    if superuser and not superuser[0]:
        # Only a member of the owner may hand a database over to it.
        connection.execute(_statement("GRANT {} TO CURRENT_USER", OWNER))
    found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).fetchone()
    verb = "ALTER DATABASE {} OWNER TO {}" if found else "CREATE DATABASE {} OWNER {}"
    connection.execute(_statement(verb, database, OWNER))
    connection.execute(_statement("REVOKE ALL ON DATABASE {} FROM PUBLIC", database))
    connection.execute(_statement("GRANT CONNECT ON DATABASE {} TO {}, {}", database, APPLICATION, PLATFORM))


def _statement(template: str, *names: str) -> sql.Composed:
    return sql.SQL(template).format(*(sql.Identifier(name) for name in names))


def _connect(url: str) -> psycopg.Connection:
    try:
        return psycopg.connect(url, autocommit=True, connect_timeout=10)
    except psycopg.OperationalError as error:
        lines = str(error).strip().splitlines()
        raise Failure(f"The database of DATABASE_URL does not let us in: {lines[-1]}") from None
