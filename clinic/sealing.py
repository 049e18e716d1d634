"""Secrets at rest: sealed with a key derived from SECRET_KEY, opened only to speak with the provider.

AES-GCM and not django.core.signing, which signs but hides nothing. The clinic and the column are part of the seal:
moved to another row, it does not open. After a change of SECRET_KEY the earlier one opens it from
SECRET_KEY_FALLBACKS; without that the owner enters the secrets again.
"""

from __future__ import annotations

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.utils.encoding import force_bytes

NONCE_BYTES = 12
PURPOSE = b"ginti: secrets of payment providers"


class CannotOpen(Exception):
    """It was sealed with another SECRET_KEY, or for another place."""


def seal(secret: str, *, place: str) -> bytes:
    """The secret, readable only with our key and only at this place."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + _box(settings.SECRET_KEY).encrypt(nonce, secret.encode(), place.encode())


def unseal(sealed: bytes, *, place: str) -> str:
    """The secret again. Raises CannotOpen."""
    nonce, box = bytes(sealed[:NONCE_BYTES]), bytes(sealed[NONCE_BYTES:])
    for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        try:
            return _box(key).decrypt(nonce, box, place.encode()).decode()
        except (InvalidTag, ValueError):
            continue
    raise CannotOpen


def _box(key: str | bytes) -> AESGCM:
    return AESGCM(HKDF(SHA256(), length=32, salt=None, info=PURPOSE).derive(force_bytes(key)))
