from django.apps import AppConfig


class DeskConfig(AppConfig):
    name = "desk"

    def ready(self) -> None:
        from clinic.messages.enclosures import enclose

        from . import act_kinds, act_letters, letter_kinds, receipt_kinds  # noqa: F401  they say which kinds there are
        from .liability_paper import enclosed
        from .receipts import paper

        enclose("bill", paper)
        enclose("liability", enclosed)
        act_letters.listen_to_packages()
