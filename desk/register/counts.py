"""Sold, used and left: any two of them say the third, and all that is written must agree."""

from dataclasses import dataclass, replace
from decimal import Decimal

from django.utils.translation import gettext as _

from .columns import Column
from .errors import CellError


class CountError(CellError):
    """The numbers of sessions do not fit each other; `column` is where to look first."""

    def __init__(self, column: Column, sentence: str) -> None:
        super().__init__(sentence)
        self.column = column


@dataclass(frozen=True)
class Counts:
    """What one line says about its sessions; None where it says nothing. `visits` are those it lists."""

    sold: Decimal | None = None
    used: Decimal | None = None
    left: Decimal | None = None
    visits: int | None = None

    def settled(self) -> "Counts":
        """The same with nothing missing. Raises `CountError` where that cannot be known or cannot be true."""
        counts = self._completed()
        if counts.sold is None or counts.used is None or counts.left is None:
            raise CountError(Column.SOLD, _("Two of sessions sold, used and left must be filled in."))
        if counts.sold == 0:
            raise CountError(Column.SOLD, _("A package cannot have 0 sessions."))
        _refuse_negative(counts.sold, counts.used, counts.left)
        if counts.sold != counts.used + counts.left:
            message = _("%(used)s used and %(left)s left make %(sum)s, but %(sold)s were sold.")
            sum_of = counts.used + counts.left
            raise CountError(Column.LEFT, message % {**_plain(counts), "sum": plain(sum_of)})
        if counts.visits and counts.visits > counts.used:
            message = _("%(visits)d visits are listed, but only %(used)s sessions are said to be used.")
            raise CountError(Column.VISITS, message % {**_plain(counts), "visits": counts.visits})
        return counts

    def _completed(self) -> "Counts":
        used = self.used
        if used is None and self.visits is not None and (self.left is None or self.sold is None):
            used = Decimal(self.visits)
        sold, left = self.sold, self.left
        if sold is None and used is not None and left is not None:
            sold = used + left
        if used is None and sold is not None and left is not None:
            used = sold - left
        if left is None and sold is not None and used is not None:
            left = sold - used
        return replace(self, sold=sold, used=used, left=left)


def plain(count: Decimal) -> str:
    """10 and 7.5, never 10.0."""
    return f"{count.normalize():f}"


def _refuse_negative(sold: Decimal, used: Decimal, left: Decimal) -> None:
    if left < 0:
        message = _("%(used)s used is more than the %(sold)s sold.")
        raise CountError(Column.USED, message % {"used": plain(used), "sold": plain(sold)})
    if used < 0:
        message = _("%(left)s left is more than the %(sold)s sold.")
        raise CountError(Column.LEFT, message % {"left": plain(left), "sold": plain(sold)})


def _plain(counts: Counts) -> dict[str, str]:
    return {
        name: plain(value)
        for name in ("sold", "used", "left")
        if (value := getattr(counts, name)) is not None
    }
