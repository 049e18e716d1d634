"""The sentences of the rules on what, when, who and where. Those about taking and giving back: clause_money."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from clinic.calendar import describe_validity
from clinic.ui.words import day

from .deals import Deal, listed, sessions_in_words
from .models.terms import Activation, Sharing, Start, TransferRule, Where
from .plans import Also, Line


def sold(deal: Deal) -> str:
    if not deal.lines:
        return ""
    facts = {"package": deal.terms.name, "sessions": listed([_line(line) for line in deal.lines])}
    sentence = _("“%(package)s” holds %(sessions)s.") % facts
    if deal.has_bonus:
        sentence += " " + _("Bonus sessions are used last and are worth nothing.")
    return sentence


def _line(line: Line) -> str:
    facts = {"count": sessions_in_words(line.sessions), "service": line.service.name}
    if line.is_bonus:
        return _("%(count)s of %(service)s as a bonus") % facts
    return _("%(count)s of %(service)s") % facts


def services(deal: Deal) -> str:
    """Each other service that a line may be used for, with what a visit of it takes (S18)."""
    said = []
    for line in deal.lines:
        ways: dict[str, list[str]] = {}
        for other in line.also:
            ways.setdefault(other.service.name, []).append(_way(deal, other))
        for service, each in ways.items():
            facts = {"service": service, "of": line.service.name, "ways": _(", or ").join(each)}
            said.append(
                _("Sessions of %(of)s may be used for %(service)s too: a visit takes %(ways)s.") % facts
            )
    return " ".join(said) or _("A visit for any other service is paid apart.")


def _way(deal: Deal, other: Also) -> str:
    count = sessions_in_words(other.sessions)
    if not other.surcharge:
        return count
    return _("%(count)s and %(amount)s") % {"count": count, "amount": deal.money(other.surcharge)}


def validity(deal: Deal) -> str:
    """How long, and to which day: the printed date rules (S31, S32)."""
    terms = deal.terms
    if terms.renews_monthly:
        return _one_month(deal)
    if deal.has_own_last_day and deal.valid_until:
        return _("Valid to %(until)s, the last day included.") % {"until": day(deal.valid_until)}
    if terms.validity_count is None or deal.has_own_last_day:
        return _("The package does not lapse.")
    how_long = describe_validity(terms.validity_count, terms.validity_unit)
    if terms.validity_start == Start.FIRST_VISIT:
        return _from_first_visit(deal, how_long)
    if deal.valid_from is None or deal.valid_until is None:
        return _("Valid for %(validity)s from the day of the sale, the last day included.") % {
            "validity": how_long
        }
    facts = {"validity": how_long, "first": day(deal.valid_from), "last": day(deal.valid_until)}
    return _("Valid for %(validity)s: from %(first)s to %(last)s, the last day included.") % facts


def _one_month(deal: Deal) -> str:
    if deal.valid_from is None or deal.valid_until is None:
        return _("Valid for one month at a time, from the day of the sale.")
    facts = {"first": day(deal.valid_from), "last": day(deal.valid_until)}
    return (
        _("Valid for one month at a time: this one from %(first)s to %(last)s, the last day included.")
        % facts
    )


def _from_first_visit(deal: Deal, how_long: str) -> str:
    terms = deal.terms
    facts = {"validity": how_long, "last": day(deal.valid_until)}
    if deal.valid_until:
        return (
            _(
                "Valid for %(validity)s from the first visit, the last day included, and at the latest to %(last)s, "
                "whenever the first visit is."
            )
            % facts
        )
    if terms.longest_count is None:
        return _("Valid for %(validity)s from the first visit, the last day included.") % facts
    facts["longest"] = describe_validity(terms.longest_count, terms.longest_unit)
    return (
        _(
            "Valid for %(validity)s from the first visit, the last day included, and at the latest for %(longest)s "
            "from the day of the sale, whenever the first visit is."
        )
        % facts
    )


def activation(deal: Deal) -> str:
    match Activation(deal.terms.activation):
        case Activation.PAID_IN_FULL:
            return _("It can be used once it is paid in full.")
        case Activation.AS_PAID:
            return _("As many sessions can be used as are paid for.")
        case Activation.AT_ONCE:
            return _("It can be used at once.")


def sharing(deal: Deal) -> str:
    limit = deal.terms.named_limit
    if deal.terms.sharing == Sharing.OWNER:
        return _("Only the patient who bought it may use it.")
    if limit is None:
        return _("The patient and people named by the patient may use it.")
    words = ngettext(
        "The patient may use it, and %(count)d person whom the patient names.",
        "The patient may use it, and up to %(count)d people whom the patient names.",
        limit,
    )
    return words % {"count": limit}


def branches(deal: Deal) -> str:
    match Where(deal.terms.where):
        case Where.ANYWHERE:
            return _("It can be used at every branch.")
        case Where.LISTED:
            return _("It can be used only at %(branches)s.") % {"branches": listed(deal.branches, "or")}
        case Where.WHERE_SOLD if deal.sold_at:
            return _("It can be used only at the branch that sold it: %(branch)s.") % {"branch": deal.sold_at}
        case Where.WHERE_SOLD:
            return _("It can be used only at the branch that sells it.")


def therapists(deal: Deal) -> str:
    if not deal.terms.therapist_ids:
        return _("It can be used with every therapist.")
    return _("It can be used only with %(therapists)s.") % {"therapists": listed(deal.therapists, "or")}


def free_pass(deal: Deal) -> str:
    passes = deal.terms.free_passes
    if not passes:
        return _("There is no free pass for late cancellations and missed visits.")
    words = ngettext(
        "The first late cancellation or missed visit takes nothing: the free pass is used by itself.",
        "The first %(count)d late cancellations or missed visits take nothing: the free passes are used by themselves.",
        passes,
    )
    return words % {"count": passes}


def freeze(deal: Deal) -> str:
    limit = deal.terms.freeze_limit
    if limit == 0:
        return _("It cannot be frozen.")
    meanwhile = _("Meanwhile it cannot be used, and its last day moves by as many days.")
    if limit is None:
        return _("It may be frozen, for any number of days.") + " " + meanwhile
    words = ngettext(
        "It may be frozen for %(count)d day in all.",
        "It may be frozen for up to %(count)d days in all.",
        limit,
    )
    return words % {"count": limit} + " " + meanwhile


def extension(deal: Deal) -> str:
    return _("The clinic may extend it and says why; sessions that had lapsed come back then.")


def closure(deal: Deal) -> str:
    return _(
        "A visit that the clinic cancels takes nothing. Days on which the clinic is closed may be added at the end."
    )


def transfer(deal: Deal) -> str:
    match TransferRule(deal.terms.transfer_rule):
        case TransferRule.ANYBODY:
            return _("Once it is paid in full, sessions may be transferred to any patient of the clinic.")
        case TransferRule.NAMED:
            return _("Once it is paid in full, sessions may be transferred to people the patient has named.")
        case TransferRule.NOBODY:
            return _("Sessions cannot be transferred to anybody.")


def renewal(deal: Deal) -> str:
    if not deal.terms.renews_monthly:
        return _("It does not renew by itself.")
    if deal.terms.carries_over:
        return _("It renews every month until it is ended; unused sessions move to the next month.")
    return _("It renews every month until it is ended; unused sessions lapse at the end of their month.")


def suspension(deal: Deal) -> str:
    return _("If a payment for it does not go through, it rests until that is put right.")


def void(deal: Deal) -> str:
    return _("If it was sold by mistake, and nothing was paid and nothing used, the sale is void.")
