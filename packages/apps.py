from django.apps import AppConfig


class PackagesConfig(AppConfig):
    name = "packages"

    def ready(self) -> None:
        from clinic.patients.rows import show_sessions_left

        from . import nudge_rules  # noqa: F401 - registers the kinds and rules of nudges
        from .balances import sessions_left

        show_sessions_left(sessions_left)
