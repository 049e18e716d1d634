"""Celery: the broker is a doorbell. What must happen is a row in PostgreSQL first."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic.settings")

app = Celery("ginti")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.autodiscover_tasks(["clinic.messages"])
app.autodiscover_tasks(["clinic.staff"])
app.autodiscover_tasks(["desk.gateway"])
