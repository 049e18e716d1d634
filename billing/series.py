"""Which series a paper is numbered in: that of its kind in its branch, else that of its kind in the clinic."""

from __future__ import annotations

from typing import Any

from django.db.models import F, Q, Subquery
from django.db.models.functions import JSONObject

from clinic.models import Branch, ClinicSettings

from .models import DEFAULT_PREFIX, NUMBER_FORMAT, BillKind, Numbering


def settings_and_series(kind: BillKind, branch: Branch) -> tuple[ClinicSettings, str, str]:
    """The clinic's settings with prefix and format of the paper's series, in one question."""
    chosen = Numbering.objects.filter(Q(branch=branch) & ~Q(prefix="") | Q(branch__isnull=True), kind=kind)
    facts: Any = chosen.order_by(F("branch").asc(nulls_last=True))[:1].values(
        facts=JSONObject(prefix="prefix", format="format")
    )
    settings = ClinicSettings.objects.annotate(series=Subquery(facts)).get()
    series = settings.series or {"prefix": DEFAULT_PREFIX[kind], "format": NUMBER_FORMAT}
    return settings, series["prefix"], series["format"]
