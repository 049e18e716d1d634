from django.apps import AppConfig


class VisitsConfig(AppConfig):
    name = "visits"

    def ready(self) -> None:
        from . import nudges, reminder_kinds  # noqa: F401 - they register what can be sent
