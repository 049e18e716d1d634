"""Two pieces of work at once, on two processors: the second in a copy of this process that answers through a pipe."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable

Work = Callable[[], bytes]


def both(first: Work, second: Work) -> tuple[bytes, bytes]:
    """What both give. One after the other where there is one processor, no fork, or another thread that a copy would
    leave behind with its locks; also where the copy died."""
    if not _may_copy():
        return first(), second()
    answer, child = _started(second)
    try:
        one = first()
    finally:
        with os.fdopen(answer, "rb") as pipe:
            two = pipe.read()
        _pid, status = os.waitpid(child, 0)
    return one, two if status == 0 else second()


def _may_copy() -> bool:
    return hasattr(os, "fork") and (os.cpu_count() or 1) > 1 and threading.active_count() == 1


def _started(work: Work) -> tuple[int, int]:
    """The end of a pipe to read the answer from, and the process that writes it."""
    answer, written = os.pipe()
    child = os.fork()
    if child:
        os.close(written)
        return answer, child
    done = 1
    try:
        with os.fdopen(written, "wb") as pipe:
            pipe.write(work())
        done = 0
    finally:
        # Not sys.exit: nothing of the first process, its database connection above all, is closed here.
        os._exit(done)
