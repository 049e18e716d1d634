from django.apps import AppConfig


class PackagesConfig(AppConfig):
    name = "packages"

    def ready(self) -> None:
        from clinic.patients.rows import show_sessions_left

        from .balances import sessions_left

        show_sessions_left(sessions_left)
