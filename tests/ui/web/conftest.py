"""What the tests of the pages share: a page over the home of a test, and a home with two clients."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from advisor.morning import run_morning
from ingest.documents.service import add_document, read_document
from knowledge.clients import add_client, new_ref
from knowledge.places import Places
from knowledge.records.asset import Asset, ThirdParty
from knowledge.records.client import Client
from knowledge.settings import Settings

CANARY = "Quittenmus"


def run_page(name: str) -> None:
    from importlib import import_module

    import_module(f"ui.web.views.{name}").show_page()


@pytest.fixture
def page(home: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., AppTest]:
    """Makes a page of the app over this test's home."""
    monkeypatch.setenv("VCISO_HOME", str(home))

    def make(name: str, client: str = "") -> AppTest:
        app = AppTest.from_function(run_page, args=(name,), default_timeout=120)
        if client:
            app.query_params["client"] = client
        return app.run()

    return make


@pytest.fixture
def filled(home: Path) -> Path:
    """Two clients with rows and a brief each; a word of the second stands nowhere in the first."""
    at = datetime.now(UTC)
    with Places(Settings(home=home, actor="tester"), now=at) as places:
        for client_id, name, word in (("quiet", "Quiet Firm", "Plain"), ("loud", "Loud Firm", CANARY)):
            profile = Client(id=client_id, ref=new_ref(), name=name, frameworks=("nist-csf-2.0",), created_at=at)
            add_client(places, profile, at)
            with places.client(client_id) as place:
                with place.write() as unit:
                    unit.assets.put(
                        [
                            Asset(
                                id="A-1", name=f"{word} gateway", vendor="Fortinet", product="FortiOS", updated_at=at
                            ),
                            Asset(id="A-2", name=f"{word} server", criticality="critical", updated_at=at),
                        ]
                    )
                    unit.third_parties.put([ThirdParty(id="T-1", name=f"{word} Hosting", updated_at=at)])
                text = f"# {word} rules\n\n## 1 Access\n\nAccess to {word} is reviewed under AC-2 of SP 800-53.\n"
                add_document(place, read_document(text.encode(), name=f"{word}.md"), at)
        run_morning(places, now=at)
    return home
