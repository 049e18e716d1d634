"""What patients wrote back, and who has seen it."""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet

from clinic import audit
from clinic.acts import act
from clinic.models import Reply, Staff


def unseen() -> QuerySet[Reply]:
    """What nobody has looked at."""
    found: QuerySet[Reply] = Reply.objects.filter(seen_at=None)
    return found


@act
def mark_seen(reply: Reply, *, by: Staff, at: datetime) -> Reply:
    """Somebody has read it. Twice is once: the first reader stays."""
    reply = Reply.objects.select_for_update(no_key=True, of=("self",)).get(pk=reply.pk)
    if reply.seen_at:
        return reply
    reply.seen_at, reply.seen_by = at, by
    reply.save(update_fields=["seen_at", "seen_by"])
    audit.record("see_reply", reply, by=by, after={"seen_at": at})
    return reply
