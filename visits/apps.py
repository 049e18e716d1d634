from django.apps import AppConfig


class VisitsConfig(AppConfig):
    name = "visits"

    def ready(self) -> None:
        from . import nudges  # noqa: F401 - registers the rules of nudges that need the diary
