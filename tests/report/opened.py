"""A report in a real browser, opened from a file as a user would."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests.components import chromium_path

CHECKOUT = Path(__file__).parents[2]
SCREENSHOTS = CHECKOUT / "build" / "report-screenshots"
"""Every view as the last run of the tests drew it, for people to look at."""
AXE = CHECKOUT / "strangler" / "report" / "web" / "node_modules" / "axe-core" / "axe.min.js"
TIMEOUT = 60_000


@dataclass(slots=True)
class OpenedReport:
    """A page that shows a report, and everything it should not have done."""

    page: Page
    address: str
    requests: list[str] = field(default_factory=list[str])
    complaints: list[str] = field(default_factory=list[str])

    def show(self, place: str) -> Page:
        """Load the report anew at a place such as ``graph?sel=table:orders_order``."""
        self.page.goto("about:blank")
        self.page.goto(f"{self.address}#/{place}")
        self.wait(place.partition("?")[0])
        return self.page

    def wait(self, view: str) -> None:
        """Until a view is there with what it computes after it is first drawn."""
        self.page.wait_for_selector(f'body[data-ready="{view}"] main:not(:has([aria-busy="true"]))')

    def reload(self) -> None:
        """Load the same address again."""
        view = self.page.locator("body").get_attribute("data-ready")
        assert view is not None
        self.page.reload()
        self.wait(view)

    def violations(self, within: str = "html") -> list[str]:
        """What axe finds against WCAG 2.2 AA, rule and element: all of it in the light theme, colours in the dark one.

        The themes differ in custom properties for colours alone (style.css). `within` selects what is looked at.
        """
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(AXE.read_text("utf-8"))
        tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
        with self._theme("light"):
            found = self._axe(within, {"type": "tag", "values": tags})
        with self._theme("dark"):
            return found + self._axe(within, {"type": "rule", "values": ["color-contrast", "link-in-text-block"]})

    def screenshots(self, name: str) -> None:
        """Keep what is shown in both themes; what is drawn on a canvas has the colours it was drawn with."""
        for theme in ("light", "dark"):
            with self._theme(theme):
                self.screenshot(f"{name}-{theme}")

    def screenshot(self, name: str) -> None:
        """Keep what is shown for people to look at."""
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=SCREENSHOTS / f"{name}.png")

    def _axe(self, within: str, rules: dict[str, object]) -> list[str]:
        found: list[str] = self.page.evaluate(
            """async ([within, rules]) => {
                const options = { runOnly: rules, resultTypes: ["violations"], preload: false };
                const { violations } = await axe.run(within, options);
                return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html}`.slice(0, 300)));
            }""",
            [within, rules],
        )
        return found

    @contextmanager
    def _theme(self, theme: str) -> Generator[None]:
        """What is shown, in a theme."""
        swap = """(theme) => {
            const before = document.documentElement.dataset.theme;
            document.documentElement.dataset.theme = theme;
            return before;
        }"""
        before: str = self.page.evaluate(swap, theme)
        try:
            yield
        finally:
            self.page.evaluate(swap, before)


def until(page: Page, condition: str, argument: object = None) -> None:
    """Wait until a function in the page says yes; the page's policy forbids what Playwright's own waiting does."""
    page.evaluate(
        f"""([argument, most]) => new Promise((done, fail) => {{
            const end = performance.now() + most;
            const look = () => {{
                if (({condition})(argument)) done();
                else if (performance.now() > end) fail(new Error("it did not come to that"));
                else setTimeout(look, 20);
            }};
            look();
        }})""",
        [argument, TIMEOUT],
    )


@contextmanager
def chromium() -> Generator[Browser]:
    """The machine's Chromium, without a window."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=["--no-sandbox"])
        try:
            yield browser
        finally:
            browser.close()


def opened(browser: Browser, file: Path) -> OpenedReport:
    """A report's file in a new page, with its own history and settings."""
    return opened_at(browser, file.as_uri())


def opened_at(browser: Browser, address: str) -> OpenedReport:
    """A report at an address, likewise."""
    page = browser.new_page(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
    page.set_default_timeout(TIMEOUT)
    report = OpenedReport(page, address)
    page.on("request", lambda request: report.requests.append(request.url))
    page.on("console", lambda message: report.complaints.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: report.complaints.append(str(error)))
    return report
