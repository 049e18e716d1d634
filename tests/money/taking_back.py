"""Money that goes back: packs refunded by their rule, payments that bounce, credit that is handed over."""

from __future__ import annotations

from billing.models import Method, Payment
from billing.payments import Tender
from desk import bouncing, refunds

from .books import Line
from .books import Payment as Money
from .machine import MOSTLY, SHARE, WHERE, WHICH, WHO, History, act, pick, share_of
from .packs import Pack


class TakingBack(History):
    @act(6, which=WHICH, share=SHARE, fitting=MOSTLY)
    def a_pack_is_refunded(self, which: int, share: str, fitting: bool) -> None:
        """S39 to S42, S44; some of it paid out at once, and refused where that is more than the refund."""
        worth = [each for each in self.books.packs if not each.is_closed and each.refund()]
        pack = pick(worth if fitting else self.books.packs, which)
        if pack is None:
            return
        amount = pack.refund()
        out = share_of(amount, share)
        tender = Tender(Method.CASH, self.money(out)) if out else None
        allowed = not pack.is_closed and pack.left + pack.bonus > 0 and out <= amount
        facts = self.facts(reason="Moves away", pay_out=tender)
        done = self.attempt(allowed, lambda: refunds.refund_package(self.row(pack), **facts))
        if done is None:
            return
        assert self.reading.coins(done.amount) == amount
        payers = self._credited(pack, amount, done)
        pack.close("refunded")
        if out:
            self.books.hand_over(payers, out)
            self.books.note_handing_over(pack.patient, pack.branch, out)

    def _credited(self, pack: Pack, amount: int, done: refunds.Refunded) -> list[Money]:
        """What is paid back comes off the bill and is free; what no bill sold becomes credit of its own."""
        if pack.sale is None:
            if not amount:
                return []
            row = Payment.objects.get(package=pack.id)
            where = [branch.pk for branch in self.world.branches].index(row.branch_id)
            (credit,) = self.books.receive([row], [amount], pack.patient, where, self.today)
            credit.is_credit = True
            return [credit]
        line = pack.line
        # Where nothing is paid back, what was used, and what moved away, stays owed as far as it was not paid.
        stands = line.paid - amount if amount else min(line.standing, max(line.paid, pack.gone))
        payers = self.books.release(line, keep=stands)
        if line.standing > stands:
            self.books.credit(done.note, pack.sale, {line: line.standing - stands})
        return payers

    @act(2, which=WHICH)
    def a_payment_bounces(self, which: int) -> None:
        """S46; what was handed back out of it is owed by a bill of its own (decision 0009)."""
        payment = pick(self.books.payments, which)
        if payment is None:
            return
        allowed = not (payment.bounced or payment.is_credit)
        facts = self.facts(reason="No funds")
        row = Payment.objects.get(pk=payment.id)
        done = self.attempt(allowed, lambda: bouncing.bounce_payment(row, **facts))
        if done is None:
            return
        self.books.bounce(payment)
        if payment.handed_back:
            assert done.bounce.charge is not None, "what was handed back is not charged"
            owed = Line(payment.handed_back, kind="returned")
            self.books.bill(done.bounce.charge.bill, payment.patient, payment.branch, owed)

    @act(3, who=WHO, share=SHARE, where=WHERE)
    def credit_is_handed_over(self, who: int, share: str, where: int) -> None:
        """The newest money first; never more than there is."""
        rich = [n for n in range(3) if self.books.credit_of(n)]
        patient = rich[who % len(rich)] if rich else self.person(who)
        credit = self.books.credit_of(patient)
        amount = share_of(credit, share)
        facts = self.facts(
            tender=Tender(Method.CASH, self.money(amount)),
            branch=self.world.branches[where],
            reason="Asked for it",
        )
        allowed = 0 < amount <= credit
        done = self.attempt(allowed, lambda: refunds.pay_back(self.world.patients[patient], **facts))
        if done is not None:
            self.books.hand_over(self.books.unapplied_of(patient)[::-1], amount)
            self.books.note_handing_over(patient, where, amount)
