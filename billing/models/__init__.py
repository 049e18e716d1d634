from .bills import Bill, BillKind, BillLine, LineKind, NumberSeries
from .payments import HANDED_OVER, Allocation, Method, Payment
from .returns import Bounce, Refund

__all__ = [
    "HANDED_OVER",
    "Allocation",
    "Bill",
    "BillKind",
    "BillLine",
    "Bounce",
    "LineKind",
    "Method",
    "NumberSeries",
    "Payment",
    "Refund",
]
