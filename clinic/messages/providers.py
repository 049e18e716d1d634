"""Asking a provider by HTTP. Nobody is waited for long, and no address that a clinic gives leads into our own house."""

from __future__ import annotations

import ipaddress
import json
import socket
import ssl
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import httpcore
import httpx
from django.conf import settings

from .channels import Unreachable

TIMEOUT_SECONDS = 10
# In all, however slowly an answer drips; and no answer is longer than this.
LONGEST_SECONDS = 20
LONGEST_BYTES = 64 * 1024
# What the internet hands out. Not in it: loopback, private and link-local, and what carries an IPv4 address inside.
WORLD = ipaddress.ip_network("2000::/3")
CARRIES_IPV4 = [ipaddress.ip_network("2002::/16"), ipaddress.ip_network("2001::/32")]


@dataclass(frozen=True)
class Answer:
    """What a provider said: its status and what can be read of it."""

    status: int
    body: Any
    words: str


def asked(client: httpx.Client, method: str, url: str, **sent: Any) -> Answer:
    """The provider's answer, whatever it is. Raises Unreachable where there is none."""
    content = b""
    try:
        with client.stream(method, url, **sent) as response:
            for chunk in response.iter_bytes():
                content += chunk
                if len(content) > LONGEST_BYTES:
                    raise Unreachable("the answer is too long")
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise Unreachable(_name(error)) from error
    words = " ".join(content[:300].decode(errors="replace").replace("\0", " ").split())
    return Answer(response.status_code, _read(content), words)


def public_client() -> httpx.Client:
    """For one question to an address that a clinic has given. Follows nobody elsewhere."""
    return httpx.Client(transport=_PublicTransport(), timeout=TIMEOUT_SECONDS)


def is_public(address: str) -> bool:
    """Whether the address belongs to the internet and not to a network of ours."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv4Address):
        return ip.is_global and not ip.is_multicast
    return ip.is_global and ip in WORLD and not any(ip in network for network in CARRIES_IPV4)


class _PublicTransport(httpx.HTTPTransport):
    """httpx has no setting for the network that it goes by, its pool has one."""

    def __init__(self) -> None:
        super().__init__()
        self._pool = httpcore.ConnectionPool(
            ssl_context=httpx.create_ssl_context(), network_backend=_PublicNetwork()
        )


class _PublicNetwork(httpcore.NetworkBackend):
    """Connects to the very address that was looked at: a name that leads elsewhere the second time gains nothing."""

    def __init__(self) -> None:
        self._inner = httpcore.SyncBackend()
        self._ends_at = time.monotonic() + LONGEST_SECONDS

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        stream = self._inner.connect_tcp(
            _address_of(host, port), port, _left(self._ends_at, timeout), local_address, socket_options
        )
        return _Hasty(stream, self._ends_at)


class _Hasty(httpcore.NetworkStream):
    """A stream that ends in time, also where something comes just before each timeout."""

    def __init__(self, inner: httpcore.NetworkStream, ends_at: float) -> None:
        self._inner, self._ends_at = inner, ends_at

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, _left(self._ends_at, timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, _left(self._ends_at, timeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        inner = self._inner.start_tls(ssl_context, server_hostname, _left(self._ends_at, timeout))
        return _Hasty(inner, self._ends_at)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


def _address_of(host: str, port: int) -> str:
    try:
        found = [str(each[4][0]) for each in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    except (OSError, UnicodeError) as error:
        raise httpcore.ConnectError("the name is not known") from error
    if not settings.ALLOW_PRIVATE_PROVIDERS and not all(is_public(address) for address in found):
        raise httpcore.ConnectError("the address leads into a private network")
    return found[0]


def _left(ends_at: float, timeout: float | None) -> float:
    left = ends_at - time.monotonic()
    if left <= 0:
        raise httpcore.ReadTimeout("it took too long")
    return min(left, timeout or left)


def _read(content: bytes) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None


def _name(error: Exception) -> str:
    """Never the address that was asked: it may have the text and the number in it."""
    ours = str(error) if isinstance(error.__cause__, httpcore.ConnectError) else ""
    return f"{type(error).__name__}: {ours}" if ours else type(error).__name__
