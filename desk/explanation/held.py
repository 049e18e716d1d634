"""A visit held against a package as both were when the visit was settled: what the causes look at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any

from packages import eligibility
from packages.eligibility import Fit, Why
from packages.models import Entry, Kind, Package
from visits.models import Visit
from visits.records import wanted_of

from .causes import Cause
from .history import PackageHistory
from .known import Known
from .mending import Mend
from .misses import NearMiss


@dataclass(frozen=True)
class Held:
    """One visit and one package, with all that is known."""

    known: Known
    history: PackageHistory
    visit: Visit

    @property
    def package(self) -> Package:
        return self.history.now

    @cached_property
    def on(self) -> date:
        return self.known.clinic.day_of(self.visit.starts_at)

    @cached_property
    def at(self) -> datetime:
        return self.known.local(self.visit.starts_at)

    @cached_property
    def ended(self) -> datetime | None:
        return self.known.local(self.visit.ended_at) if self.visit.ended_at else None

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        """The lines of the visit on this package."""
        return tuple(entry for entry in self.history.entries if entry.visit_id == self.visit.pk)

    @cached_property
    def counted(self) -> Entry | None:
        """The line by which the visit is on this package now, if it is."""
        live = [entry for entry in self.entries if entry.kind != Kind.REVERSED]
        return live[-1] if live and live[-1].pk not in self.history.taken_back else None

    @property
    def settled_at(self) -> datetime:
        """When it was written down what became of the visit; now, where it is open."""
        return (
            self.known.at if self.visit.is_open else self.known.settled_at.get(self.visit.pk, self.known.at)
        )

    @cached_property
    def then(self) -> Package:
        """The package as it was when the visit was settled; as it is where the visit is open."""
        return self.package if self.visit.is_open else self.history.until(self.settled_at).now

    @cached_property
    def was_there(self) -> bool:
        """Whether the package existed when the visit was settled."""
        return self.then.entries_count > 0

    @cached_property
    def fit(self) -> Fit:
        self.then.named = list(self.known.relations)
        return eligibility.fit(wanted_of(self.visit, self.known.clinic), self.then)

    @cached_property
    def whys(self) -> dict[Why, Any]:
        """Why the package did not cover, each with its facts."""
        return {reason.why: reason.facts for reason in self.fit.reasons}

    @property
    def is_of_the_service(self) -> bool:
        """Whether the package is for this service at all."""
        return Why.OTHER_SERVICE not in self.whys

    @property
    def is_wished(self) -> bool:
        """Whether this package was chosen for the visit."""
        return self.visit.package_id == self.package.pk

    @property
    def bill(self) -> str:
        """The name of the bill of the visit's last completion."""
        names: list[dict[str, Any]] = getattr(self.visit, "bill_names", [])
        mine = (each["name"] for each in names if each["completion"] == self.visit.completions)
        return next(mine, "–")

    def miss(self, cause: Cause, *mends: Mend, **facts: Any) -> NearMiss:
        """The answer of a cause. Days, hour, bill and reason are always at hand."""
        always = {"on": self.on, "at": self.at, "bill": self.bill, "reason": self.visit.reason}
        whose = "" if self.known.is_mine(self.visit.patient) else self.visit.patient.name
        return NearMiss(
            cause,
            always | facts,
            on=self.on,
            visit=self.visit,
            package=self.package,
            whose="" if "who" in facts else whose,
            mends=tuple(mends),
        )
