"""Sessions in the database, so that they can be listed and revoked; a cookie that is no key finds none."""

from __future__ import annotations

from django.contrib.sessions.backends import db


class SessionStore(db.SessionStore):
    def _validate_session_key(self, key: str) -> bool:
        # Our keys are letters and digits; anything else (a NUL among it) is not put to the database.
        return bool(key) and len(key) >= 8 and key.isascii() and key.isalnum()
