from .bills import CHARGING, NOTES, NUMBER_FORMAT, Bill, BillKind, BillLine, LineKind, NumberSeries
from .goods import Good
from .numbering import DEFAULT_PREFIX, Numbering
from .payments import HANDED_OVER, Allocation, Method, Payment
from .receipts import Acknowledgement
from .returns import Bounce, Refund
from .statements import ClaimFacts, Statement, StatementKind

__all__ = [
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
    "Good",
    "LineKind",
    "Method",
    "NumberSeries",
    "Numbering",
    "Payment",
    "Refund",
    "Statement",
    "StatementKind",
]
