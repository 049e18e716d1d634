from __future__ import annotations

import stat
from pathlib import Path

import psycopg
import pytest
from psycopg import errors

from ginti_run import database, roles
from ginti_run.failure import Failure
from ginti_run.postgres import ADMIN, Cluster


@pytest.fixture
def url(cluster: Cluster) -> str:
    """The administrator's URL of a database that is not there yet."""
    with psycopg.connect(cluster.url(ADMIN, "postgres"), autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS clinics")
        for role in (*roles.ROLES, "manager"):
            connection.execute(f"DROP ROLE IF EXISTS {role}")
    return cluster.url(ADMIN, "clinics")


def as_role(url: str, role: str) -> psycopg.Connection:
    return psycopg.connect(url.replace(f"{ADMIN}@", f"{role}@"), autocommit=True)


def test_provisioning_twice_is_provisioning_once(url: str) -> None:
    roles.provision(url)
    with as_role(url, roles.OWNER) as owner:
        owner.execute("CREATE TABLE kept (id int)")

    roles.provision(url)

    with as_role(url, roles.OWNER) as owner:
        assert owner.execute("SELECT count(*) FROM kept").fetchone() == (0,)


def test_no_role_of_ours_is_powerful(url: str) -> None:
    roles.provision(url)

    with psycopg.connect(url) as connection:
        powers = connection.execute(
            "SELECT rolname, rolsuper, rolcreaterole, rolcreatedb, rolbypassrls, rolreplication "
            "FROM pg_roles WHERE rolname = ANY(%s) ORDER BY 1",
            [list(roles.ROLES)],
        ).fetchall()
    assert powers == [(role, False, False, False, False, False) for role in sorted(roles.ROLES)]


def test_the_application_makes_no_tables_and_becomes_nobody_else(url: str) -> None:
    roles.provision(url)

    with as_role(url, roles.APPLICATION) as application:
        for forbidden in ("CREATE TABLE t (id int)", "CREATE SCHEMA s", f"SET ROLE {roles.OWNER}"):
            with pytest.raises(errors.InsufficientPrivilege):
                application.execute(forbidden)
        assert application.execute("SHOW statement_timeout").fetchone() == ("15s",)
        assert application.execute("SHOW idle_in_transaction_session_timeout").fetchone() == ("30s",)


def test_the_owner_makes_databases_only_for_development(url: str) -> None:
    roles.provision(url)
    with as_role(url, roles.OWNER) as owner, pytest.raises(errors.InsufficientPrivilege):
        owner.execute("CREATE DATABASE test_clinics")

    roles.provision(url, development=True)

    with as_role(url, roles.OWNER) as owner:
        owner.execute("CREATE DATABASE test_clinics")
        owner.execute("DROP DATABASE test_clinics")


def test_a_managed_servers_administrator_without_superuser_can_provision(url: str, cluster: Cluster) -> None:
    with psycopg.connect(cluster.url(ADMIN, "postgres"), autocommit=True) as connection:
        connection.execute("CREATE ROLE manager LOGIN CREATEROLE CREATEDB")
    managed = url.replace(f"{ADMIN}@", "manager@")
    assert roles.may_provision(managed)

    roles.provision(managed)
    roles.provision(managed)

    with as_role(url, roles.OWNER) as owner:
        owner.execute("CREATE TABLE made (id int)")


def test_a_database_that_is_there_already_is_handed_to_the_owner(url: str, cluster: Cluster) -> None:
    with psycopg.connect(cluster.url(ADMIN, "postgres"), autocommit=True) as connection:
        connection.execute("CREATE DATABASE clinics")

    roles.provision(url)

    with as_role(url, roles.OWNER) as owner:
        owner.execute("CREATE TABLE made (id int)")


def test_the_operators_server_gets_roles_with_passwords_of_a_private_file(url: str, data: Path) -> None:
    file = data / "roles.env"

    urls = database.provisioned(url, file)

    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    password = roles.load_passwords(file)[roles.APPLICATION]
    assert f"{roles.APPLICATION}:{password}@" in urls["DATABASE_URL"]
    assert database.provisioned(url, file) == urls
    with psycopg.connect(url) as connection:
        stored = connection.execute("SELECT count(*) FROM pg_authid WHERE rolpassword LIKE 'SCRAM-SHA-256%'")
        assert stored.fetchone() == (3,)


def test_the_roles_of_another_installation_keep_their_passwords(url: str, data: Path) -> None:
    database.provisioned(url, data / "roles.env")

    with pytest.raises(Failure, match="exist on that server already"):
        database.provisioned(url, data / "other.env")

    assert not (data / "other.env").exists()


def test_a_url_that_may_not_make_roles_is_refused(url: str, data: Path) -> None:
    roles.provision(url)

    with pytest.raises(Failure, match="may not create roles"):
        database.provisioned(url.replace(f"{ADMIN}@", f"{roles.APPLICATION}@"), data / "roles.env")


def test_a_server_that_does_not_answer_is_one_line(data: Path) -> None:
    with pytest.raises(Failure, match="does not let us in") as failure:
        database.provisioned("postgres://someone@127.0.0.1:1/ginti", data / "roles.env")

    assert "\n" not in str(failure.value)


def test_a_login_keeps_the_rest_of_the_url() -> None:
    url = roles.with_login(
        "postgres://admin:x@db.example:6432/old?sslmode=require", "ginti_app", "p/@ ?", "a b"
    )

    assert url == "postgres://ginti_app:p%2F%40%20%3F@db.example:6432/a%20b?sslmode=require"
