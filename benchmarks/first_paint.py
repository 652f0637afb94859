"""How soon each page of the app can be read: `python -m benchmarks first_paint [--rounds N] [--pages portfolio,brief]`.

A demo home is built, and for each page and round the app is started anew. Timed from the address being opened in
headless Chromium: the first session of that server (*first*), and another person's session right after (*again*), each
until the page's own content stands (*read*: what a person came for, not the frame) and until nothing of it is missing
(*whole*). Needs the extra `web`, Playwright for Python and a Chromium (`CHROMIUM`, else one on the path).
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, sync_playwright

from knowledge.places import Places
from knowledge.settings import load_settings
from scripts.screenshots import ARGUMENTS, served
from ui.demo.build import build_demo
from ui.demo.plan import read_plan

CLIENT: Final = "northgate"
CONTENT: Final = {
    "portfolio": ".vc-decision",
    "brief": ".vc-decision",
    "chat": "[data-testid=stChatInput] textarea",
    "policies": ".vc-table, [data-testid=stAlert]",
    "assets": ".vc-decision",
    "frameworks": ".vc-decision",
    "documents": ".vc-table, [data-testid=stAlert]",
    "sources": "[data-testid=stAlert]",
    "settings": "[data-testid=stForm] input",
    "audit": ".vc-table",
}
"""What a person opens the page for: the day's decision, the list or what it comes to, the line for a question."""
LIMIT_SECONDS: Final = 2.0
READ: Final = "(wanted) => document.querySelector(wanted) ? performance.now() : 0"
WHOLE: Final = """() => {
    const app = document.querySelector('[data-testid=stApp]');
    const rests = app && app.dataset.testScriptState === 'notRunning' && document.querySelector('h1');
    const waits = document.querySelector('[data-stale=true], [data-testid=stSkeleton]');
    return rests && !waits ? performance.now() : 0;
}"""


def visit(browser: Browser, address: str, page_name: str) -> tuple[float, float]:
    """Seconds until one page can be read and until it is whole, in a session of its own."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.goto(f"{address}/{page_name}?client={CLIENT}", wait_until="commit")
    read = page.wait_for_function(READ, arg=CONTENT[page_name], timeout=60_000).json_value()
    whole = page.wait_for_function(WHOLE, timeout=60_000).json_value()
    context.close()
    return float(read) / 1000, float(whole) / 1000


def middle(seconds: list[float]) -> str:
    """Best and median."""
    return f"{min(seconds):.2f} / {statistics.median(seconds):.2f}"


def main() -> int:
    """Prints a table of seconds, best and median; ends with 1 where a page's best first reading takes 2 s or more."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--pages", default=",".join(CONTENT))
    parser.add_argument("--pause", type=float, default=10.0, help="seconds between the start of the app and a visit")
    parser.add_argument("--home", type=Path, help="a demo home that is there already")
    args, _ = parser.parse_known_args()
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        raise SystemExit("no Chromium: install one, or name it in CHROMIUM")
    slow = []
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as play:
        home = args.home or Path(folder) / "home"
        if args.home is None:
            with Places(load_settings(home), now=datetime.now(UTC)) as places:
                build_demo(places, read_plan(), lambda _done, _total, _subject: None)
        browser = play.chromium.launch(executable_path=chromium, args=list(ARGUMENTS))
        visit_once(browser)
        print(f"load {os.getloadavg()[0]:.1f}; best / median of {args.rounds}, seconds")
        print(f"{'page':<12}{'first read':>14}{'first whole':>14}{'again read':>14}{'again whole':>14}")
        for name in args.pages.split(","):
            found: list[tuple[float, float, float, float]] = []
            for _ in range(args.rounds):
                with served(home) as address:
                    time.sleep(args.pause)
                    found.append((*visit(browser, address, name), *visit(browser, address, name)))
            print(f"{name:<12}" + "".join(f"{middle(list(one)):>14}" for one in zip(*found, strict=True)), flush=True)
            if min(one[0] for one in found) >= LIMIT_SECONDS:
                slow.append(name)
        browser.close()
    if slow:
        print(f"not below {LIMIT_SECONDS:.0f} s: {', '.join(slow)}")
    return 1 if slow else 0


def visit_once(browser: Browser) -> None:
    """Draws an empty page, so that the browser's own start is not timed."""
    context = browser.new_context()
    context.new_page().goto("about:blank")
    context.close()


if __name__ == "__main__":
    raise SystemExit(main())
