"""The acts that mend a near miss: where each is done, and who may. The acts themselves are audited where they live."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode
from uuid import UUID

from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from clinic.access import may
from clinic.models import Patient, Staff
from packages.models import Package
from visits.models import Visit


@dataclass(frozen=True)
class Mend:
    """An act as the page offers it: a link to its form or, with `fields`, a form that is sent at once with a key."""

    act: str  # of clinic.access.ACTS
    label: str | Promise
    page: str  # a URL's name
    subject: Mapping[str, UUID]
    asked: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, str] | None = None

    def url(self, slug: str, **asked: str) -> str:
        """Where it is done."""
        address = reverse(self.page, kwargs={"clinic": slug, **self.subject})
        question = {**self.asked, **asked}
        return f"{address}?{urlencode(question)}" if question else address

    def is_for(self, staff: Staff | None) -> bool:
        """Whether this role may do it."""
        return may(staff, self.act)

    @property
    def is_here(self) -> bool:
        """Whether this installation has the page."""
        try:
            reverse(self.page, kwargs={"clinic": "-", **self.subject})
        except NoReverseMatch:
            return False
        return True


def complete_from(visit: Visit, package: Package) -> Mend:
    """One press: the visit is completed and takes a session of this package."""
    fields = {"how": "package", "package": str(package.pk)}
    return Mend(
        "complete_visit",
        _("Complete, from this package"),
        "desk:completion",
        {"visit_id": visit.pk},
        fields=fields,
    )


def complete(visit: Visit) -> Mend:
    return Mend("complete_visit", _("Complete…"), "desk:completion", {"visit_id": visit.pk})


def cancel(visit: Visit) -> Mend:
    return Mend("cancel_visit", _("It did not take place…"), "desk:cancellation", {"visit_id": visit.pk})


def reopen(visit: Visit) -> Mend:
    return Mend("reopen_visit", _("Reopen the visit…"), "desk:reopening", {"visit_id": visit.pk})


def see(visit: Visit) -> Mend:
    """The other visit of a pair; that of the near miss itself is linked beside its sentence."""
    return Mend("see_patient", _("Open the first visit"), "visits:visit_detail", {"visit_id": visit.pk})


def apply(visit: Visit, package: Package) -> Mend:
    """Take a visit that was paid singly from a package after all; the money becomes credit (S34)."""
    return Mend(
        "apply_package",
        _("Take it from this package…"),
        "desk:hindsight",
        {"package_id": package.pk},
        {"visit": str(visit.pk)},
    )


def let_off(visit: Visit) -> Mend:
    return Mend("let_off", _("Let it off…"), "desk:letting_off", {"visit_id": visit.pk})


def book_again(visit: Visit) -> Mend:
    return Mend("mark_no_show", _("Book it again"), "desk:restoration", {"visit_id": visit.pk}, fields={})


def decide(dispute_id: UUID) -> Mend:
    return Mend("see_disputes", _("Open the dispute…"), "desk:dispute", {"dispute_id": dispute_id})


def enter_visit(patient: Patient) -> Mend:
    return Mend("book_visit", _("Enter a visit…"), "visits:booking", {}, {"patient": str(patient.pk)})


def pay(patient: Patient) -> Mend:
    return Mend("take_payment", _("Take the money…"), "desk:payment", {"patient_id": patient.pk})


def name_people(package: Package) -> Mend:
    return _of_package("name_person", _("Name who may use it…"), "packages:naming", package)


def merge(patient: Patient, other: Patient) -> Mend:
    asked = {"other": str(other.pk)}
    return Mend("merge_patients", _("Merge the records…"), "desk:merging", {"patient_id": patient.pk}, asked)


def adjust(package: Package) -> Mend:
    return _of_package("adjust_package", _("Give or take sessions…"), "packages:adjustment", package)


def extend(package: Package) -> Mend:
    return _of_package("extend_package", _("Make it valid for longer…"), "packages:extension", package)


def unfreeze(package: Package) -> Mend:
    return _of_package("freeze_package", _("End the freeze…"), "packages:thaw", package)


def resume(package: Package) -> Mend:
    return _of_package("suspend_package", _("Resume it…"), "packages:resumption", package)


def lift(package: Package) -> Mend:
    return _of_package("lift_restriction", _("Lift the restriction…"), "packages:lifting", package)


def transfer(package: Package) -> Mend:
    return _of_package("transfer_package", _("See the transfer…"), "packages:transfer", package)


def see_package(package: Package) -> Mend:
    return _of_package("see_package", _("Open the package"), "packages:package_detail", package)


def _of_package(act: str, label: Promise, page: str, package: Package) -> Mend:
    return Mend(act, label, page, {"package_id": package.pk})
