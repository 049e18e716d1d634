"""How the outboxes of all clinics do, counted when somebody asks. Never whose they are.

The web's role sees one clinic at a time, so each is asked in turn: by the index of what is open, some tenths of a
millisecond each.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Min, Q
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from clinic.models import Clinic, Message
from clinic.tenancy.context import clinic_context

Channel, State = Message.Channel, Message.State

WAITING = Q(state__in=[State.QUEUED, State.SENDING])
HOUR = timedelta(hours=1)


class OutboxCollector(Collector):
    """What waits, since when, and what has failed, as it is at the moment."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def collect(self) -> Iterator[GaugeMetricFamily]:
        waiting, failed, oldest = self._counted()
        yield _by_channel("ginti_messages_waiting", "Messages that are not sent yet", waiting)
        yield _by_channel("ginti_messages_failed_last_hour", "Messages given up within the hour", failed)
        age = (self.at - oldest).total_seconds() if oldest else 0
        yield GaugeMetricFamily(
            "ginti_messages_oldest_due_seconds", "How long the longest waiting message is overdue", value=age
        )

    def _counted(self) -> tuple[Counter[str], Counter[str], datetime | None]:
        waiting, failed = (Counter(dict.fromkeys(Channel.values, 0)) for _ in range(2))
        oldest: datetime | None = None
        for clinic_id in Clinic.objects.values_list("pk", flat=True):
            for row in self._of(clinic_id):
                waiting[row["channel"]] += row["waiting"]
                failed[row["channel"]] += row["failed"]
                if row["due"] and (oldest is None or row["due"] < oldest):
                    oldest = row["due"]
        return waiting, failed, oldest

    def _of(self, clinic_id: int) -> list[dict[str, Any]]:
        # A message keeps the end of its last lease when it fails: that is when, within minutes.
        failed = Q(state=State.FAILED, not_before__gt=self.at - HOUR)
        due = WAITING & Q(not_before__lte=self.at) & ~Q(channel=Channel.BY_HAND)
        rows = Message.objects.filter(WAITING | failed, state__in=[State.QUEUED, State.SENDING, State.FAILED])
        counted = rows.order_by().values("channel")
        with clinic_context(clinic_id):
            return list(
                counted.annotate(
                    waiting=Count("pk", filter=WAITING),
                    failed=Count("pk", filter=failed),
                    due=Min("not_before", filter=due),
                )
            )


def _by_channel(name: str, about: str, counted: Counter[str]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, about, labels=["channel"])
    for channel, n in sorted(counted.items()):
        family.add_metric([channel], n)
    return family
