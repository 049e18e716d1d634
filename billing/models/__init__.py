from .bills import CHARGING, NOTES, NUMBER_FORMAT, Bill, BillKind, BillLine, LineKind, NumberSeries
from .gateways import (
    GatewayAccount,
    GatewayEvent,
    GatewayQuestion,
    GatewayRefund,
    PaymentLink,
    PaymentLinkLine,
)
from .goods import Good
from .instalments import Instalment, InstalmentPlan
from .numbering import DEFAULT_PREFIX, Numbering
from .payments import BY_HAND, HANDED_OVER, Allocation, Method, Payment
from .print_runs import PrintPart, PrintRun
from .receipts import Acknowledgement
from .returns import Bounce, Refund
from .statements import ClaimFacts, Statement, StatementKind

__all__ = [
    "BY_HAND",
    "CHARGING",
    "DEFAULT_PREFIX",
    "HANDED_OVER",
    "NOTES",
    "NUMBER_FORMAT",
    "Acknowledgement",
    "Allocation",
    "Bill",
    "BillKind",
    "BillLine",
    "Bounce",
    "ClaimFacts",
    "GatewayAccount",
    "GatewayEvent",
    "GatewayQuestion",
    "GatewayRefund",
    "Good",
    "Instalment",
    "InstalmentPlan",
    "LineKind",
    "Method",
    "NumberSeries",
    "Numbering",
    "Payment",
    "PaymentLink",
    "PaymentLinkLine",
    "PrintPart",
    "PrintRun",
    "Refund",
    "Statement",
    "StatementKind",
]
