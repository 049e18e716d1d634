"""That the patient agreed to the terms: a name typed or a signature drawn, and the sentences as they were shown."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from django.core.exceptions import ValidationError
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from clinic import access, audit
from clinic.acts import act
from clinic.models import Clinic, Staff
from clinic.refusals import Refused
from clinic.signatures import validate_signature

from . import ledger
from .clauses import Clause, clauses_of
from .models import Agreement, Package


class AgreedBefore(Refused):
    def __init__(self, agreement: Agreement) -> None:
        super().__init__(
            _("The patient's agreement was recorded before: %(name)s.") % {"name": str(agreement)}
        )


class NobodyAgreed(Refused):
    def __init__(self) -> None:
        super().__init__(_("Type the name of who agrees, or let them sign."))


class NotASignature(Refused):
    """What was drawn cannot be read, or is too short."""


@dataclass(frozen=True)
class Agreed:
    """How the patient agreed: a name, a signature, or both."""

    name: str = ""
    signature: str = ""


@dataclass(frozen=True)
class AgreedTerms:
    """The terms of a package in sentences of the active language, and who agreed to them, if anybody did yet."""

    clauses: list[Clause]
    agreement: Agreement | None


def agreed_terms(package: Package, *, clinic: Clinic) -> AgreedTerms:
    """What the pages of a package show of its terms."""
    agreement = package.agreements.select_related("by").first()
    return AgreedTerms(clauses_of(package, clinic=clinic), agreement)


@act
def agree(package: Package, *, agreed: Agreed, clinic: Clinic, by: Staff | None) -> Agreement:
    """Record the agreement to the terms of a package, in the language that is active: they were shown in it.

    Once for each package; the same agreement again is the same one. Refuses another one, a package that is void,
    and what is neither a name nor a signature.
    """
    access.require(by, "sell_package")
    name, signature = _checked(agreed)
    package = ledger.locked(package)
    if before := package.agreements.first():
        if (before.name, before.signature) == (name, signature):
            return before
        raise AgreedBefore(before)
    if package.state in Package.CLOSED:
        raise ledger.PackageClosed(package)
    made = Agreement.objects.create(
        package=package,
        name=name,
        signature=signature,
        language=get_language() or "en-in",
        sentences=[asdict(clause) for clause in clauses_of(package, clinic=clinic)],
        by=by,
    )
    audit.record("agree_to_terms", package, by=by, after={"name": name, "signed": bool(signature)})
    return made


def _checked(agreed: Agreed) -> tuple[str, str]:
    """The name and the signature, fit to be kept and drawn again on any page."""
    name, signature = agreed.name.strip(), agreed.signature.strip()
    if not name and not signature:
        raise NobodyAgreed
    if signature:
        try:
            validate_signature(signature)
        except ValidationError as wrong:
            raise NotASignature(wrong.messages[0]) from wrong
    return name, signature
