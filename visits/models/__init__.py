from .answers import Answer
from .closures import Closure
from .disputes import Dispute, DisputeNote
from .hours import Availability, WorkingHours
from .pay import PayLine, PayRule
from .series import Series
from .visits import Visit, VisitQuerySet

__all__ = [
    "Answer",
    "Availability",
    "Closure",
    "Dispute",
    "DisputeNote",
    "PayLine",
    "PayRule",
    "Series",
    "Visit",
    "VisitQuerySet",
    "WorkingHours",
]
