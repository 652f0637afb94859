"""The app in a real browser: a demo home, a server over a copy of it, headless Chromium."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from advisor import proposals
from advisor.policies.draft import Wanted, draft_policy
from ingest.documents.service import add_document, read_document
from knowledge.places import Places
from knowledge.settings import load_settings
from ui.cli.web import command
from ui.demo.build import build_demo
from ui.demo.plan import read_plan

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = ROOT / "evals" / "cases" / "answers" / "documents"
SECONDS = 90
"""Longest wait for anything: CI has two busy cores."""
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All of these open a browser and talk to a server of their own."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.slow)
            item.add_marker(pytest.mark.network)
            item.add_marker(pytest.mark.timeout(600))


@pytest.fixture(scope="session")
def chromium() -> str:
    """The browser; tests say so where there is none."""
    found = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        pytest.skip("no Chromium on this machine (apt install chromium)")
    return found


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    """One browser for all tests; each test has a context of its own."""
    with sync_playwright() as play:
        opened = play.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def demo_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo with the clients' documents and one policy on its way; nobody changes this one."""
    home = tmp_path_factory.mktemp("demo") / "home"
    plan = read_plan()
    with Places(load_settings(home), now=plan.today) as places:
        build_demo(places, plan, lambda _done, _total, _subject: None)
    at = datetime.now(UTC)
    with Places(load_settings(home), now=at) as places:
        for client in places.profiles():
            for file in sorted((DOCUMENTS / client.id).glob("*.md")):
                with places.client(client.id) as place:
                    add_document(place, read_document(file), at)
        drafted = draft_policy(places, "northgate", Wanted("access-control", beside=True), at).proposal
        assert drafted is not None
        with places.client("northgate") as place:
            proposals.accept(place, drafted.id, at, places.profile("northgate"))
    return home


@pytest.fixture
def home(demo_home: Path, tmp_path: Path) -> Path:
    """A copy of the demo for one test."""
    return Path(shutil.copytree(demo_home, tmp_path / "home"))


@dataclass(frozen=True)
class Served:
    """A running app."""

    address: str
    port: int
    home: Path
    pid: int


def serve(home: Path, line: list[str], port: int, **environment: str) -> Iterator[Served]:
    """The app over a home until the test is done."""
    process = subprocess.Popen(
        line,
        env={**os.environ, "VCISO_HOME": str(home), **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=home.parent,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        end = time.monotonic() + SECONDS
        while True:
            try:
                with urllib.request.urlopen(f"{address}/_stcore/health", timeout=2) as answer:
                    assert answer.read() == b"ok"
                    break
            except OSError:
                assert process.poll() is None, "the app ended"
                assert time.monotonic() < end, "the app did not start"
                time.sleep(0.2)
        yield Served(address, port, home, process.pid)
    finally:
        process.terminate()
        process.wait(timeout=30)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def app(home: Path) -> Iterator[Served]:
    """The app over this test's home."""
    port = free_port()
    yield from serve(home, command(port), port)


AT_REST = """() => {
    const app = document.querySelector('[data-testid=stApp]');
    const rests = app && app.dataset.testScriptState === 'notRunning' && !document.querySelector('[data-stale=true]');
    if (!rests) { window.restsSince = 0; return false; }
    window.restsSince = window.restsSince || performance.now();
    return performance.now() - window.restsSince > 400;
}"""
"""A run is often followed by another at once (an address that is set, a page that is changed)."""


class Person:
    """Somebody at a window of their own, who waits for what they see and not for the clock."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.address = address
        self.asked: list[str] = []
        """Addresses that the window asked for."""
        page.on("request", lambda request: self.asked.append(request.url))

    def open(self, path: str, waits_for: str = "h1") -> None:
        """Opens a page of the app and waits until it has run."""
        self.page.goto(self.address + path)
        self.page.wait_for_selector(waits_for)
        self.settle()

    def settle(self) -> None:
        """Waits until the script has been at rest for a moment and nothing on the page is of the run before."""
        self.page.wait_for_function(AT_REST)

    def press(self, name: str, *, within: str = "") -> None:
        """Presses the first button whose words are these; waits until the page has run."""
        scope = self.page.locator(within) if within else self.page
        scope.locator("button", has=self.page.get_by_text(name, exact=True)).first.click()
        self.page.evaluate("() => { window.restsSince = 0; }")
        self.settle()

    def sees(self, words: str, *, within: str = "body") -> None:
        """Waits until these words are on the page."""
        self.page.locator(within).get_by_text(words).first.wait_for()

    def words(self) -> str:
        """All text of the page."""
        return str(self.page.evaluate("() => document.body.innerText"))

    def dom(self) -> str:
        """The whole document, attributes included."""
        return str(self.page.content())


@pytest.fixture
def visit(browser: Browser) -> Iterator[Callable[..., Person]]:
    """Makes people, each with a session of their own."""
    contexts = []

    def make(
        served: Served, *, width: int = 1280, theme: str = "light", cookies: dict[str, str] | None = None
    ) -> Person:
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=theme)
        context.set_default_timeout(SECONDS * 1000)
        contexts.append(context)
        if cookies:
            context.add_cookies(
                [{"name": name, "value": value, "url": served.address} for name, value in cookies.items()]
            )
        return Person(context.new_page(), served.address)

    yield make
    for context in contexts:
        context.close()


@pytest.fixture
def person(app: Served, visit: Callable[..., Person]) -> Person:
    """One person at the demo."""
    return visit(app)


@pytest.fixture
def actions(home: Path) -> Callable[[str], list[str]]:
    """The actions in a client's audit chain, read as a command would: the app lets go of the home in between."""

    def read(client_id: str) -> list[str]:
        with (
            Places(load_settings(home), now=datetime.now(UTC)) as places,
            places.client(client_id) as place,
            place.read() as unit,
        ):
            return [row.action for row in unit.audit.rows()]

    return read


@pytest.fixture
def start() -> Iterator[Callable[..., Served]]:
    """Starts an app with other settings or another line; it ends with the test."""
    running: list[Iterator[Served]] = []

    def begin(home: Path, line: Callable[[int], list[str]] = command, **environment: str) -> Served:
        port = free_port()
        one = serve(home, line(port), port, **environment)
        served = next(one)
        running.append(one)
        return served

    yield begin
    for one in running:
        next(one, None)
