from .visits import Visit, VisitQuerySet

__all__ = ["Visit", "VisitQuerySet"]
