"""What every page must be: without findings of axe, without anything that sticks out, without complaints."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.sync_api import ConsoleMessage, Page

AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text()
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}
STICKS_OUT = """() => {
  const wide = document.documentElement.clientWidth;
  if (Math.max(document.documentElement.scrollWidth, document.body.scrollWidth) <= wide) return [];
  return [...document.querySelectorAll("body *")].filter((e) => e.getBoundingClientRect().right > wide + 1)
    .slice(0, 5).map((e) => e.outerHTML.slice(0, 120));
}"""


class Complaints:
    """What the browser's console says: errors of scripts, of the content policy, of missing files."""

    def __init__(self, page: Page) -> None:
        self.said: list[str] = []
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.said.append(str(error)))

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.said.append(message.text)

    def since_last(self) -> list[str]:
        said, self.said = self.said, []
        return said


def findings(page: Page, rules: dict[str, Any] = RULES) -> list[str]:
    """What axe finds on the page as it stands: rule and element."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    found = page.evaluate("(rules) => axe.run(document, {...rules, resultTypes: ['violations']})", rules)
    return [
        f"{rule['id']}: {node['html'][:160]} {' '.join(_why(node))}"
        for rule in found["violations"]
        for node in rule["nodes"][:3]
    ]


def sticking_out(page: Page) -> list[str]:
    """The elements that make the page scroll sideways."""
    elements: list[str] = page.evaluate(STICKS_OUT)
    return elements


def _why(node: dict[str, Any]) -> list[str]:
    return [check["message"] for check in node["any"][:1]]
