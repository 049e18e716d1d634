from .bills import Bill, BillKind, BillLine, LineKind, NumberSeries
from .payments import Allocation, Method, Payment

__all__ = ["Allocation", "Bill", "BillKind", "BillLine", "LineKind", "Method", "NumberSeries", "Payment"]
