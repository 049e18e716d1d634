"""One JSON object a line, in UTC."""

import re
from collections.abc import MutableMapping
from typing import Any

import structlog

# Whoever knows the address of a patient's page or of an invitation can open it.
KEYS_IN_ADDRESSES = re.compile(r"(/(?:p|invitations)/[\w-]+/)[\w-]+")


def without_keys(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """What is logged, with the keys in addresses struck out."""
    for name, value in event.items():
        if isinstance(value, str):
            event[name] = KEYS_IN_ADDRESSES.sub(r"\1***", value)
    return event


FOREIGN: list[Any] = [
    without_keys,
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]

json_renderer = structlog.processors.JSONRenderer()


def configure() -> None:
    structlog.configure(
        processors=[
            *FOREIGN,
            structlog.processors.StackInfoRenderer(),
            structlog.processors.format_exc_info,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
