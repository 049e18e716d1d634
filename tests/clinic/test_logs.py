"""What logs do not hold."""

from __future__ import annotations

import io
import logging

import pytest
import structlog
from django.test import Client

from clinic import logs


@pytest.mark.parametrize("path", ["/p/asha/{key}/", "/p/asha/{key}/bills/1.pdf", "/invitations/asha/{key}/"])
def test_a_link_is_not_in_the_logs(db: None, client: Client, path: str) -> None:
    """Neither in Django's own lines nor in those of the request."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(processor=logs.json_renderer, foreign_pre_chain=logs.FOREIGN)
    )
    logging.getLogger().addHandler(handler)
    key = "Zk3-secret_token"

    try:
        client.get(path.format(key=key))
    finally:
        logging.getLogger().removeHandler(handler)

    assert "/asha/***" in written.getvalue()
    assert key not in written.getvalue()
