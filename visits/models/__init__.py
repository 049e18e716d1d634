from .answers import Answer
from .closures import Closure
from .disputes import Dispute, DisputeNote
from .series import Series
from .visits import Visit, VisitQuerySet

__all__ = ["Answer", "Closure", "Dispute", "DisputeNote", "Series", "Visit", "VisitQuerySet"]
