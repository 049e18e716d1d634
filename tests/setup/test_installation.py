from __future__ import annotations

import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from ginti_run import installation
from ginti_run.failure import Failure
from ginti_run.installation import Address
from ginti_run.paths import SCRIPTS


def test_a_port_that_is_taken_is_refused_with_a_way_on() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        with pytest.raises(Failure, match=f"Port {port} on 127.0.0.1 is not free.*PORT=8001"):
            installation.require_free_port(Address("127.0.0.1", port))

    installation.require_free_port(Address("127.0.0.1", port))


@pytest.mark.parametrize("port", ["http", "0", "65536", "-1", "8000.0"])
def test_a_port_that_is_no_port_is_refused(port: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", port)

    with pytest.raises(Failure, match="PORT must be a number"):
        installation.read_address()


@pytest.mark.parametrize(
    ("host", "bind", "url"),
    [
        ("127.0.0.1", "127.0.0.1:8123", "http://localhost:8123"),
        ("::1", "[::1]:8123", "http://localhost:8123"),
        ("192.0.2.7", "192.0.2.7:8123", "http://192.0.2.7:8123"),
    ],
)
def test_an_address_is_written_as_its_readers_want_it(host: str, bind: str, url: str) -> None:
    address = Address(host, 8123)

    assert (address.bind, address.url) == (bind, url)


def test_two_servers_never_share_a_data_folder(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GINTI_DATA", str(data))
    code = "from ginti_run.installation import *\nwith open_data_folder(): print(1, flush=True); input()"
    first = subprocess.Popen(
        [sys.executable, "-c", code], cwd=SCRIPTS, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with first:
        assert first.stdout
        assert first.stdout.readline()

        with pytest.raises(Failure, match="Another server is using"), installation.open_data_folder():
            pass

        first.kill()
    with installation.open_data_folder() as folder:
        assert folder == data.resolve()


def test_the_secret_is_made_once_and_only_we_may_read_it(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SECRET_KEY")

    secret = installation.secret_key(data)

    assert len(secret) > 50
    assert installation.secret_key(data) == secret
    assert stat.S_IMODE((data / "secret_key").stat().st_mode) == 0o600


def test_a_secret_that_is_given_is_not_kept(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "given")

    assert installation.secret_key(data) == "given"
    assert list(data.iterdir()) == []
