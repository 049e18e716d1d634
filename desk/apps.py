from django.apps import AppConfig


class DeskConfig(AppConfig):
    name = "desk"

    def ready(self) -> None:
        from clinic.messages.enclosures import enclose

        from .receipts import paper

        enclose("bill", paper)
