"""Makes a picture of every page of the app, wide and narrow, light and dark, from a demo home that it fills itself.

    python scripts/screenshots.py [--out screenshots] [--home HOME] [--only chat,policies] [--width 1280]
    python scripts/screenshots.py --docs      # the six pictures of README and guide, into docs/img

Needs the extra `web`, Playwright for Python and a Chromium (`CHROMIUM`, else one on the path). The pictures show the
demo alone: three invented clients, their invented documents, no connection to anywhere.
"""

from __future__ import annotations

import argparse
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from advisor import proposals
from advisor.policies.draft import Wanted, draft_policy
from advisor.policies.propose import propose_for_item
from advisor.service import make_advisor, new_conversation
from ingest.documents.service import add_document, read_document
from knowledge.places import Places
from knowledge.settings import load_settings
from ui.cli.web import command

ROOT = Path(__file__).resolve().parent.parent
CLIENT = "northgate"
DOCUMENTS = ROOT / "evals" / "cases" / "answers" / "documents"
QUESTIONS = ("Are we affected by CVE-2026-8037?", "How fast must accounts be disabled when somebody leaves?")
PAGES = {
    "portfolio": "/",
    "brief": f"/brief?client={CLIENT}",
    "chat": f"/chat?client={CLIENT}",
    "policies": f"/policies?client={CLIENT}",
    "redline": f"/policies?client={CLIENT}&proposal=P-2",
    "assets": f"/assets?client={CLIENT}",
    "frameworks": f"/frameworks?client={CLIENT}",
    "documents": f"/documents?client={CLIENT}",
    "sources": "/sources",
    "settings": f"/settings?client={CLIENT}",
    "audit": f"/audit?client={CLIENT}",
}
DOCS = {
    "portfolio": ("portfolio", 1280, "light"),
    "brief": ("brief", 1280, "light"),
    "chat": ("chat", 1280, "light"),
    "redline": ("redline", 1280, "light"),
    "frameworks": ("frameworks", 1280, "light"),
    "phone": ("portfolio", 390, "dark"),
}
"""File in docs/img -> page, width, theme; as much of it as a window shows."""
DOCS_WIDTH = 960
"""Pixels that a wide one is made smaller to."""
ACTOR = "Robin Vale"
"""Who acts in the pictures: nobody's login name."""
WIDTHS = (1280, 390)
THEMES = ("light", "dark")
TALL = "() => Math.max(...[...document.querySelectorAll('main, section, .stMain')].map(one => one.scrollHeight))"
"""The page scrolls inside one of these; with a line for a question at its foot it is another one."""
TALLEST = 3_000
"""Pixels; a longer page is cut, or its picture would be too large to look at."""
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def fill(home: Path) -> None:
    """The demo with documents, a policy on its way, a proposal that waits and a conversation."""
    os.environ["VCISO_ACTOR"] = ACTOR
    subprocess.run([str(Path(sys.executable).with_name("vciso")), "--home", str(home), "demo"], check=True, cwd=ROOT)
    at = datetime.now(UTC)
    with Places(load_settings(home), now=at) as places:
        for client in places.profiles():
            for file in sorted((DOCUMENTS / client.id).glob("*.md")):
                with places.client(client.id) as place:
                    add_document(place, read_document(file), at)
        profile = places.profile(CLIENT)
        for topic in ("vendor-risk", "access-control", "vulnerability-management"):
            found = draft_policy(places, CLIENT, Wanted(topic, beside=True), at).proposal
            if found is not None:
                with places.client(CLIENT) as place:
                    proposals.accept(place, found.id, at, profile)
        propose_for_item(places, CLIENT, "1", at)
        conversation = new_conversation()
        with make_advisor(places, places.settings) as advisor:
            advisor.ask(CLIENT, QUESTIONS[0], now=at)  # loads the vectors, so that the pictures show a usual second
            for question in QUESTIONS:
                advisor.chat(CLIENT, conversation, question, now=at)


@contextmanager
def served(home: Path) -> Iterator[str]:
    """The app over a home; gives its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, "VCISO_HOME": str(home)}
    process = subprocess.Popen(command(port), env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(240):
            try:
                with urllib.request.urlopen(f"{address}/_stcore/health", timeout=2):  # noqa: S310 - our own server
                    break
            except OSError:
                time.sleep(0.25)
        else:
            raise SystemExit("the app did not start")
        yield address
    finally:
        process.terminate()
        process.wait(timeout=20)


def settled(page: Page) -> None:
    """Waits until the page has run and its fonts and pictures are there."""
    page.wait_for_selector("h1", timeout=60_000)
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]", timeout=60_000)
    page.wait_for_function("() => !document.querySelector('[data-stale=true]')", timeout=60_000)
    page.wait_for_function("() => !document.querySelector('[data-testid=stSkeleton]')", timeout=60_000)
    page.evaluate("() => document.fonts.ready")
    page.wait_for_timeout(400)


def shoot(browser: Browser, address: str, what: tuple[str, int, str], file: Path, *, whole: bool = True) -> None:
    """One page as one picture.

    Args:
        browser: open.
        address: of the app.
        what: name of the page, width in pixels, theme.
        file: where to.
        whole: as tall as the page is; else as much as a window of 900 pixels shows.
    """
    name, width, theme = what
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=theme)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(address + PAGES[name])
    settled(page)
    if whole:
        tall = page.evaluate(TALL)
        page.set_viewport_size({"width": width, "height": max(700, min(int(tall), TALLEST))})
        settled(page)
    page.screenshot(path=file)
    context.close()


def for_docs(browser: Browser, address: str, out: Path) -> None:
    """The pictures of README and guide, small enough for a repository."""
    for name, what in DOCS.items():
        file = out / f"{name}.png"
        shoot(browser, address, what, file, whole=False)
        with Image.open(file) as taken:
            scale = min(1.0, DOCS_WIDTH / taken.width)
            size = (round(taken.width * scale), round(taken.height * scale))
            small = taken.convert("RGB").resize(size, Image.Resampling.LANCZOS)
        # Median cut merges the rare colours, which are the ones that mean something.
        small.quantize(256, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(file, optimize=True)
        print(f"{file.name}, {size[0]} by {size[1]}")


def main() -> None:
    """Fills a home, serves it, takes the pictures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--out", type=Path, default=ROOT / "screenshots")
    parser.add_argument("--home", type=Path, help="A home that is filled already; default: one made for this.")
    parser.add_argument("--only", default="", help="Pages, parted by commas; default: all.")
    parser.add_argument("--width", type=int, action="append", help="Default: 1280 and 390.")
    parser.add_argument("--theme", choices=THEMES, action="append", help="Default: light and dark.")
    parser.add_argument("--docs", action="store_true", help="The six pictures of README and guide, into docs/img.")
    asked = parser.parse_args()
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        raise SystemExit("no Chromium: install one, or name it in CHROMIUM")
    with tempfile.TemporaryDirectory() as folder:
        home = asked.home or Path(folder) / "home"
        if asked.home is None:
            fill(home)
        with served(home) as address, sync_playwright() as play:
            browser = play.chromium.launch(executable_path=chromium, args=list(ARGUMENTS))
            if asked.docs:
                for_docs(browser, address, ROOT / "docs" / "img")
                browser.close()
                return
            asked.out.mkdir(parents=True, exist_ok=True)
            for name in asked.only.split(",") if asked.only else PAGES:
                for width in asked.width or WIDTHS:
                    for theme in asked.theme or THEMES:
                        shoot(browser, address, (name, width, theme), asked.out / f"{name}-{width}-{theme}.png")
                        print(f"{name}, {width} px, {theme}")
            browser.close()


if __name__ == "__main__":
    main()
