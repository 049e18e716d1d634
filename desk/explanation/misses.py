"""One thing that may explain the count, as data: cause, facts, sentence, and the acts that mend it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from packages.models import Package
from visits.models import Visit

from .causes import MAY_BE_WRONG, Cause
from .mending import Mend
from .sentences import SAYS_SETTLED, SENTENCES, SETTLED
from .words import in_words


@dataclass(frozen=True)
class NearMiss:
    """A visit that was not counted, or something else that may surprise somebody who counts along."""

    cause: Cause
    facts: Mapping[str, Any] = field(default_factory=dict)
    on: date | None = None
    visit: Visit | None = None
    package: Package | None = None
    whose: str = ""  # the visitor's name, where it is not whom the page is about
    mends: tuple[Mend, ...] = ()

    @property
    def sentence(self) -> str:
        """What to read out, in the active language."""
        return " ".join(self._sentences())

    @property
    def may_be_wrong(self) -> bool:
        """Whether somebody may have to mend it; what is not so only explains."""
        return self.cause in MAY_BE_WRONG

    def _sentences(self) -> Iterable[str]:
        yield in_words(SENTENCES[self.cause], self.facts)
        if self.visit and self.cause in SAYS_SETTLED and self.visit.settlement in SETTLED:
            facts = {"bill": self.facts.get("bill", ""), "reason": self.visit.reason}
            yield in_words(SETTLED[self.visit.settlement], facts)
        if self.whose:
            yield _("It was a visit of %(name)s.") % {"name": self.whose}
