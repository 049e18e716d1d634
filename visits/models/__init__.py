from .answers import Answer
from .closures import Closure
from .disputes import Dispute, DisputeNote
from .hours import Availability, WorkingHours
from .series import Series
from .visits import Visit, VisitQuerySet

__all__ = [
    "Answer",
    "Availability",
    "Closure",
    "Dispute",
    "DisputeNote",
    "Series",
    "Visit",
    "VisitQuerySet",
    "WorkingHours",
]
