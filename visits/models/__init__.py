from .answers import Answer
from .disputes import Dispute, DisputeNote
from .visits import Visit, VisitQuerySet

__all__ = ["Answer", "Dispute", "DisputeNote", "Visit", "VisitQuerySet"]
