"""Two pieces of work on two processors."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable

import pytest

from billing import side_by_side
from billing.side_by_side import both


@pytest.fixture(autouse=True)
def two_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    monkeypatch.setattr(threading, "active_count", lambda: 1)


def pid() -> bytes:
    return str(os.getpid()).encode()


def test_both_are_done_each_in_a_process_of_its_own() -> None:
    one, two = both(pid, pid)

    assert one == pid() != two


def test_a_long_answer_arrives_whole() -> None:
    long = bytes(range(256)) * 40_000

    assert both(lambda: b"short", lambda: long) == (b"short", long)


def test_what_the_copy_could_not_do_is_done_here() -> None:
    here = os.getpid()

    def dies() -> bytes:
        if os.getpid() != here:
            os.kill(os.getpid(), 9)
        return b"done here"

    assert both(lambda: b"first", dies) == (b"first", b"done here")


def test_a_copy_that_fails_tells_nobody_else_and_the_error_is_ours() -> None:
    def fails() -> bytes:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        both(lambda: b"first", fails)


def test_no_copy_is_left_behind_when_the_first_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    copies: list[int] = []
    fork = os.fork

    def watched() -> int:
        copies.append(fork())
        return copies[-1]

    def fails() -> bytes:
        raise ZeroDivisionError

    monkeypatch.setattr(os, "fork", watched)
    with pytest.raises(ZeroDivisionError):
        both(fails, lambda: b"second")
    with pytest.raises(ChildProcessError):
        os.waitpid(copies[0], os.WNOHANG)


@pytest.mark.parametrize(
    ("module", "name", "answer"),
    [(os, "cpu_count", lambda: 1), (threading, "active_count", lambda: 2)],
)
def test_otherwise_one_comes_after_the_other(
    monkeypatch: pytest.MonkeyPatch, module: object, name: str, answer: Callable[[], int]
) -> None:
    monkeypatch.setattr(module, name, answer)

    assert side_by_side.both(pid, pid) == (pid(), pid())
