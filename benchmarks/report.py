"""How large the report of a large monolith is, and how quickly it is opened, moved and zoomed.

    python -m benchmarks.report [--json]

| metric | what | target |
|---|---|---|
| paint_ms | from opening the file at the graph to its first drawing | < 1000 |
| pan_fps, zoom_fps | frames a second while the map is moved and zoomed without a pause | >= 50 |
| whatif_ms | from the choice of a service for a table, module or app to the new cut in the page | < 16 |
| file_kb | the report's file | < 1000 |
| bundle_kb | its script and style | < 200 |

The system is made up: 10,000 modules, tables and functions, 30,000 imports, calls and accesses, 1,200 routes. The
browser is the machine's Chromium without a window and without a graphics card.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.metric import Metric, as_json
from benchmarks.report_system import Measures, made_up
from strangler.report.front_end import front_end
from strangler.report.page import report_page
from strangler_analyzers.graph.summary import summarise
from strangler_analyzers.graph.system_graph import SystemGraph
from tests.components import chromium_path

ROUNDS = 3
WHAT_IFS = (("shop.order0", "sales"), ("stock1_order_1", "goods"), ("create_", "sales"), ("shop.price2", "goods"))
FLAGS = ("--no-sandbox", "--disable-gpu")
PAINTED = """() => new Promise((done) => {
    const look = () => performance.getEntriesByName("strangler-painted").length ? done() : requestAnimationFrame(look);
    look();
})"""
# Moves the pointer, or turns the wheel, once in every frame for two seconds; the frames a second.
FRAMES = """async (gesture) => {
    const canvas = document.querySelector("canvas"), box = canvas.getBoundingClientRect();
    const x = box.left + box.width / 2, y = box.top + box.height / 2;
    const common = { bubbles: true, cancelable: true, view: window };
    const mouse = (name, target, dx, dy) =>
        target.dispatchEvent(new MouseEvent(name, { ...common, clientX: x + dx, clientY: y + dy }));
    const turn = (deltaY) =>
        canvas.dispatchEvent(new WheelEvent("wheel", { ...common, deltaY, clientX: x, clientY: y }));
    if (gesture === "pan") {
        for (let n = 0; n < 8; n++) turn(-120);
        mouse("mousedown", canvas, 0, 0);
    }
    let frames = 0;
    const start = performance.now();
    await new Promise((done) => {
        const next = () => {
            const passed = performance.now() - start;
            if (passed > 2000) return done();
            frames += 1;
            const [dx, dy] = [300 * Math.sin(passed / 300), 200 * Math.cos(passed / 400)];
            if (gesture === "pan") mouse("mousemove", window, dx, dy);
            else turn(passed % 1000 < 500 ? -60 : 60);
            requestAnimationFrame(next);
        };
        requestAnimationFrame(next);
    });
    if (gesture === "pan") mouse("mouseup", window, 0, 0);
    return (1000 * frames) / (performance.now() - start);
}"""


def main(arguments: list[str]) -> int:
    """Measure; 0, or 4 when the machine has no Chromium."""
    parser = argparse.ArgumentParser(description="Time the report of a large system.")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    if chromium_path() is None:
        print("skipped: Chromium is not installed", file=sys.stderr)
        return 4
    measures = Measures()
    with tempfile.TemporaryDirectory() as name:
        file = Path(name) / "report.html"
        file.write_bytes(_report(measures))
        found = [*_sizes(file), *_times(file)]
    if options.json:
        print(as_json(found))
    else:
        print(f"{measures.nodes:,} nodes, {measures.edges:,} edges, {measures.routes:,} routes")
        for metric in found:
            print(metric.line())
    return 0


def _report(measures: Measures) -> bytes:
    graph = SystemGraph(made_up(measures))
    return report_page(graph, summarise(graph), front_end())


def _sizes(file: Path) -> Iterator[Metric]:
    parts = front_end()
    bundle = len(parts.script.encode()) + len(parts.style.encode())
    for name, size, target in (("file_kb", file.stat().st_size, "< 1000"), ("bundle_kb", bundle, "< 200")):
        metric = Metric(name, "", target, "kB")
        metric.add(size / 1000)
        yield metric


def _times(file: Path) -> Iterator[Metric]:
    paint = Metric("paint_ms", "", "< 1000", "ms")
    what_if = Metric("whatif_ms", "", "< 16", "ms")
    pan, zoom = Metric("pan_fps", "", ">= 50", "/s"), Metric("zoom_fps", "", ">= 50", "/s")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=FLAGS)
        for _ in range(ROUNDS):
            page = _opened(browser, file)
            paint.add(page.evaluate("performance.getEntriesByName('strangler-painted')[0].startTime"))
            zoom.add(page.evaluate(FRAMES, "zoom"))
            pan.add(page.evaluate(FRAMES, "pan"))
            page.close()
            for taken in _what_ifs(browser, file):
                what_if.add(taken)
        browser.close()
    return iter((paint, pan, zoom, what_if))


def _what_ifs(browser: Browser, file: Path) -> list[float]:
    """Move a table, a module and an app to services, by keys."""
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.goto(f"{file.as_uri()}#/boundaries")
    page.wait_for_selector('body[data-ready="boundaries"] main:not(:has([aria-busy="true"]))')
    for name, service in WHAT_IFS:
        for text in ("m", name, "Enter", service, "Enter"):
            if len(text) == 1 or text == "Enter":
                page.keyboard.press(text)
            else:
                page.keyboard.type(text)
        page.wait_for_selector("dialog[open]", state="detached")
    found: list[float] = page.evaluate(
        "performance.getEntriesByName('strangler-whatif').map((entry) => entry.duration)"
    )
    assert len(found) == len(WHAT_IFS), found
    page.close()
    return found


def _opened(browser: Browser, file: Path) -> Page:
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.goto(f"{file.as_uri()}#/graph?edges=drwf")
    page.evaluate(PAINTED)
    return page


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
