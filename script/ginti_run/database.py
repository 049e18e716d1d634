"""Which database a server works with: our embedded one, or the operator's."""

from __future__ import annotations

import os
from pathlib import Path

from ginti_run import postgres, roles
from ginti_run.failure import Failure
from ginti_run.say import say
from ginti_run.supervisor import Supervisor


def open_database(supervisor: Supervisor) -> dict[str, str]:
    """DATABASE_URL (the application) and DATABASE_OWNER_URL, on a database that has its roles."""
    url = os.environ.get("DATABASE_URL")
    if not url:
        return _embedded(supervisor)
    if owner_url := os.environ.get("DATABASE_OWNER_URL"):
        say("PostgreSQL: the server of DATABASE_URL, with roles of your own making")
        return {"DATABASE_URL": url, "DATABASE_OWNER_URL": owner_url}
    return provisioned(url, supervisor.data / "roles.env")


def provisioned(url: str, file: Path) -> dict[str, str]:
    """Make the roles on the operator's server, with passwords kept in a private file.

    Refuses a URL that may not make roles, and a server on which the roles belong to another installation.
    """
    if not roles.may_provision(url):
        raise Failure(
            "DATABASE_URL names a role that may not create roles: give one that may, once, "
            "or set DATABASE_OWNER_URL to the URL of ginti_owner as well."
        )
    if not file.exists() and roles.exist(url):
        raise Failure(
            "The roles ginti_app and ginti_owner exist on that server already: set DATABASE_URL and "
            f"DATABASE_OWNER_URL to their URLs, or put the installation's roles.env into {file.parent}."
        )
    passwords = roles.load_passwords(file)
    roles.provision(url, passwords=passwords)
    say("PostgreSQL: the server of DATABASE_URL, its roles are made")
    name = roles.database_name(url)
    return {
        "DATABASE_URL": roles.with_login(url, roles.APPLICATION, passwords[roles.APPLICATION], name),
        "DATABASE_OWNER_URL": roles.with_login(url, roles.OWNER, passwords[roles.OWNER], name),
    }


def _embedded(supervisor: Supervisor) -> dict[str, str]:
    cluster = postgres.Cluster.embedded(supervisor.data)
    cluster.prepare()
    supervisor.start(cluster.service())
    roles.provision(cluster.url(postgres.ADMIN))
    say("PostgreSQL: embedded")
    return {"DATABASE_URL": cluster.url(roles.APPLICATION), "DATABASE_OWNER_URL": cluster.url(roles.OWNER)}
