"""Changes to how the clinic is set up; each leaves what was and what is in the audit."""

from __future__ import annotations

from typing import Any, TypeVar

from django.db import models
from django.utils.translation import gettext as _

from clinic import audit
from clinic.acts import act
from clinic.models import Branch, Clinic, ClinicSettings, Service, Staff
from clinic.refusals import Refused


class LastBranch(Refused):
    """Visits happen somewhere."""

    def __init__(self) -> None:
        super().__init__(_("A clinic needs a branch. Add another one before this one goes out of use."))


Row = TypeVar("Row", bound=models.Model)


@act
def add_service(*, by: Staff | None, **facts: Any) -> Service:
    """A service that can be booked and sold from now on."""
    return add_row(Service, facts, by)


@act
def change_service(service: Service, *, by: Staff | None, **facts: Any) -> Service:
    """Rename or price it anew; what was sold keeps its own terms."""
    return change_row(service, facts, by)


@act
def retire_service(service: Service, *, by: Staff | None, retired: bool = True) -> Service:
    """No longer offered, or offered again. Packages that hold it can still be used."""
    return change_row(service, {"is_active": not retired}, by)


@act
def add_branch(*, by: Staff | None, **facts: Any) -> Branch:
    """A place where visits can be booked from now on."""
    return add_row(Branch, facts, by)


@act
def change_branch(branch: Branch, *, by: Staff | None, **facts: Any) -> Branch:
    """Rename it, or take it out of use. Refuses to take out the last one."""
    if facts.get("is_active") is False:
        in_use = Branch.objects.filter(is_active=True).order_by("pk").select_for_update(no_key=True)
        if not {other.pk for other in in_use} - {branch.pk}:
            raise LastBranch
    return change_row(branch, facts, by)


@act
def change_settings(settings: ClinicSettings, *, by: Staff | None, **facts: Any) -> ClinicSettings:
    """Letterhead, registrations, numbering. Bills that are out keep what was printed on them."""
    return change_row(settings, facts, by)


@act
def rename_clinic(clinic: Clinic, *, name: str, by: Staff) -> Clinic:
    """The name on the screen; the address stays."""
    if name == clinic.name:
        return clinic
    # The directory is no clinic table: the line hangs on the clinic's one settings row.
    subject = ClinicSettings.objects.get()
    audit.record("rename_clinic", subject, by=by, before={"name": clinic.name}, after={"name": name})
    clinic.name = name
    clinic.save(update_fields=["name"])
    return clinic


def add_row(model: type[Row], facts: dict[str, Any], by: Staff | None) -> Row:
    """A row of what a clinic sets up, and the line of the audit."""
    row: Row = model._default_manager.create(**facts)
    audit.record(f"add_{model._meta.model_name}", row, by=by, after=facts)
    return row


def change_row(row: Row, facts: dict[str, Any], by: Staff | None) -> Row:
    """Write what differs, and nothing where nothing does."""
    kept = type(row)._default_manager.select_for_update(no_key=True).get(pk=row.pk)
    changed = {name: fact for name, fact in facts.items() if getattr(kept, name) != fact}
    if not changed:
        return kept
    before = {name: getattr(kept, name) for name in changed}
    for name, fact in changed.items():
        setattr(kept, name, fact)
    kept.save(update_fields=list(changed))
    audit.record(f"change_{row._meta.model_name}", kept, by=by, before=before, after=changed)
    return kept
