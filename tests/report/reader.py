"""Somebody who asks a report something, and how much that takes."""

from __future__ import annotations

from playwright.sync_api import Locator, Page

from tests.report.opened import OpenedReport


class Reader:
    """Counts interactions: a click is one, and a search by `/`, a name and Enter."""

    def __init__(self, report: OpenedReport) -> None:
        self.page: Page = report.show("overview")
        self.interactions = 0

    def click(self, target: Locator) -> None:
        """Click on something that is in sight."""
        self.interactions += 1
        target.click()

    def view(self, name: str) -> None:
        """Go to a view."""
        self.click(self.page.get_by_role("navigation").get_by_role("link", name=name, exact=True))

    def search(self, text: str) -> None:
        """Go to what is called so."""
        self.interactions += 1
        self.page.keyboard.press("/")
        self.page.keyboard.type(text)
        self.page.keyboard.press("Enter")
