from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from packages.policies import document

PAGE = Path(settings.BASE_DIR) / "docs" / "policies.md"


class Command(BaseCommand):
    help = "Write docs/policies.md: every rule of a package's terms and its sentence."

    def handle(self, *args: Any, **options: Any) -> None:
        PAGE.write_text(document(), encoding="utf-8")
        self.stdout.write(f"Written: {PAGE}")
