"""What tests of messages speak with: a mail server, a worker process, a server that never answers."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email import message_from_bytes
from typing import Any
from urllib.parse import quote

import pytest
from aiosmtpd.controller import Controller
from django.db import connection, connections


class Mailbox:
    """What the mail server was given, and what it answers."""

    def __init__(self) -> None:
        self.letters: list[Any] = []
        self.answer = "250 OK"
        self.refuse_recipient = ""

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802 - aiosmtpd asks for it
        if self.refuse_recipient:
            return self.refuse_recipient
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd asks for it
        if self.answer.startswith("250"):
            self.letters.append(message_from_bytes(envelope.content))
        return self.answer


@pytest.fixture
def mailbox(settings: Any) -> Iterator[Mailbox]:
    handler = Mailbox()
    server = Controller(handler, hostname="127.0.0.1", port=free_port())
    server.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
    yield handler
    server.stop()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def black_hole() -> Iterator[int]:
    """A server that accepts and never answers."""
    held = []
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(20)
        server.settimeout(0.2)
        ended = threading.Event()

        def accept() -> None:
            while not ended.is_set():
                try:
                    held.append(server.accept()[0])
                except TimeoutError:
                    continue

        thread = threading.Thread(target=accept)
        thread.start()
        try:
            yield int(server.getsockname()[1])
        finally:
            ended.set()
            thread.join()
            for each in held:
                each.close()


@contextmanager
def worker(settings: Any, **environment: str) -> Iterator[str]:
    """A Celery worker on the tests' own database, of two threads and with a queue of its own; its name."""
    queue = f"test-{time.time_ns()}"
    command = [sys.executable, "-m", "celery", "--app", "clinic", "worker", "--queues", queue]
    command += [
        "--pool",
        "threads",
        "--concurrency",
        "2",
        "--loglevel",
        "WARNING",
        "--without-gossip",
        "--without-mingle",
    ]
    process = subprocess.Popen(command, env=_environment(settings) | environment)
    try:
        yield queue
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _environment(settings: Any) -> dict[str, str]:
    database = connection.settings_dict
    login = quote(database["USER"]) + (f":{quote(database['PASSWORD'])}" if database["PASSWORD"] else "")
    port = f"&port={database['PORT']}" if database["PORT"] else ""
    url = f"postgres://{login}@/{database['NAME']}?host={quote(database['HOST'])}{port}"
    smtp = {"GINTI_SMTP_HOST": settings.EMAIL_HOST, "GINTI_SMTP_PORT": str(settings.EMAIL_PORT)}
    return {**os.environ, "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "clinic.settings", **smtp}


def wait_for(true: Callable[[], bool], *, seconds: float) -> None:
    ends_at = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < ends_at, "waited in vain"
        threading.Event().wait(0.2)


def at_once(act: Callable[[], Any], *, times: int) -> None:
    """The act in several threads that start together; what one raises is raised here."""
    start = threading.Barrier(times, timeout=10)
    raised: list[BaseException] = []

    def run() -> None:
        try:
            start.wait()
            act()
        except BaseException as error:
            raised.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if raised:
        raise raised[0]
