"""How papers are numbered: a prefix and a format for each kind, in the clinic or in one branch.

A printed number is never given out twice: a prefix that papers of another kind carry is refused.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from clinic import audit
from clinic.acts import act
from clinic.calendar import financial_year
from clinic.models import Branch, Clinic, ClinicSettings, Staff
from clinic.refusals import Refused

from ..models import DEFAULT_PREFIX, NUMBER_FORMAT, Bill, BillKind, Numbering, NumberSeries

PLAIN_NAME = re.compile(r"[A-Za-z0-9/-]{1,24}")
COUNT = re.compile(r"\{n(?::0([1-9]))?\}")
# A series should last a year: room for so many bills is looked for when a format is chosen.
LAST_NUMBER = 999_999


class NumberingRefused(Refused):
    """A prefix or format that cannot be; `field` of the form is where to mend it."""

    def __init__(self, field: str, sentence: str) -> None:
        self.field = field
        super().__init__(sentence)


def written(number_format: str, prefix: str, *, year: str, number: int) -> str:
    """A number as PostgreSQL's bill_name writes it: {prefix}, {fy}, {n} or {n:06}."""
    counted = COUNT.sub(lambda found: str(number).zfill(int(found[1] or 1)), number_format)
    return counted.replace("{fy}", year).replace("{prefix}", prefix)


def chosen(branch: Branch | None) -> dict[str, Numbering]:
    """What the clinic, or the branch, has chosen, by kind."""
    return {row.kind: row for row in Numbering.objects.filter(branch=branch)}


def next_number(kind: str, row: Numbering | None, *, on: date, clinic: Clinic) -> str:
    """The number that the next paper of the kind will have, as it looks today."""
    prefix = row.prefix if row else DEFAULT_PREFIX[BillKind(kind)]
    year = financial_year(on, ClinicSettings.objects.get().financial_year_starts)
    last = NumberSeries.objects.filter(prefix=prefix, financial_year=year.start).values_list(
        "last_number", flat=True
    )
    number = (last.first() or 0) + 1
    return written(row.format if row else NUMBER_FORMAT, prefix, year=year.short_label, number=number)


@act
def choose_numbering(
    *,
    kind: BillKind,
    branch: Branch | None,
    prefix: str,
    number_format: str,
    clinic: Clinic,
    by: Staff | None,
) -> Numbering:
    """Number the papers of a kind like this from now on; those that are out keep their numbers.

    Refuses a prefix that other papers carry, and a format that tells two papers not apart or is too long.
    """
    prefix, number_format = prefix.strip().upper(), number_format.strip()
    row = Numbering.objects.select_for_update(no_key=True).filter(kind=kind, branch=branch).first()
    before = {"prefix": row.prefix, "format": row.format} if row else {}
    row = row or Numbering(kind=kind, branch=branch)
    after = {"prefix": prefix, "format": number_format}
    if before == after:
        return row
    if prefix or branch is None:
        _refuse_prefix(prefix, kind, row)
    _refuse_format(number_format, prefix or DEFAULT_PREFIX[kind], clinic)
    row.prefix, row.format = prefix, number_format
    row.save()
    what: dict[str, Any] = {"kind": kind, "branch": branch.name if branch else ""}
    audit.record("choose_numbering", row, by=by, before=before, after={**what, **after})
    return row


def _refuse_prefix(prefix: str, kind: BillKind, row: Numbering) -> None:
    if not re.fullmatch(r"[A-Z0-9]{1,6}", prefix):
        raise NumberingRefused("prefix", _("A prefix is one to six letters and figures."))
    others = Numbering.objects.filter(prefix__iexact=prefix).exclude(pk=row.pk)
    unsaid = {each for each, usual in DEFAULT_PREFIX.items() if usual == prefix and each != kind}
    unsaid -= set(Numbering.objects.filter(branch=None).values_list("kind", flat=True))
    if others.exists() or unsaid or Bill.objects.filter(prefix__iexact=prefix).exclude(kind=kind).exists():
        raise NumberingRefused(
            "prefix", _("Other papers carry the prefix %(prefix)s already.") % {"prefix": prefix}
        )


def _refuse_format(number_format: str, prefix: str, clinic: Clinic) -> None:
    missing = [part for part in ("{prefix}", "{fy}") if number_format.count(part) != 1]
    if missing or len(COUNT.findall(number_format)) != 1:
        sentence = _("A format names {prefix}, {fy} and {n} once each, for instance {prefix}/{fy}/{n:06}.")
        raise NumberingRefused("format", sentence)
    if not re.search(r"\{prefix\}(?:[/-]|$)", number_format):
        raise NumberingRefused(
            "format", _("After {prefix} stands a hyphen or a slash, or B1 and B would be mixed up.")
        )
    name = written(number_format, prefix, year="26-27", number=LAST_NUMBER)
    if not PLAIN_NAME.fullmatch(name):
        sentence = _("%(name)s is no number: at most 24 letters, figures, hyphens and slashes.")
        raise NumberingRefused("format", sentence % {"name": name})
    if rule := clinic.profile.numbers:
        try:
            rule.check(name)
        except ValidationError as refused:
            raise NumberingRefused("format", f"{name}: {' '.join(refused.messages)}") from refused
