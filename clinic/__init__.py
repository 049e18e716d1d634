"""The project itself, and what every app shares: tenancy, staff, patients, services, money, audit, messages."""

from .celery import app as celery_app

__all__ = ["celery_app"]
