"""One transaction for each verb, all or nothing."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import transaction

P = ParamSpec("P")
R = TypeVar("R")

_inside: ContextVar[bool] = ContextVar("inside_an_act", default=False)


def act(verb: Callable[P, R]) -> Callable[P, R]:
    """Make a service atomic. Only the outermost verb pays for a savepoint: the verbs that it calls are parts of
    it, and a refusal of any of them undoes the whole."""

    @wraps(verb)
    def atomic(*args: P.args, **kwargs: P.kwargs) -> R:
        outermost = not _inside.get()
        token = _inside.set(True)
        try:
            with transaction.atomic(savepoint=outermost):
                return verb(*args, **kwargs)
        finally:
            _inside.reset(token)

    return atomic
