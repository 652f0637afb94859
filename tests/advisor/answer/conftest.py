"""A home with two clients and their documents, searched by words for real."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from advisor.service import Advisor, make_advisor
from ingest.documents.service import add_document, read_document
from knowledge.clients import add_client, new_ref
from knowledge.places import Places
from knowledge.records.answer import Answer
from knowledge.records.client import Client
from knowledge.settings import Settings

AT = datetime(2026, 8, 7, 6, 30, tzinfo=UTC)
CANARY = "KANARI-7731"
DOCUMENTS = {
    "acme": {
        "backup.md": "# Backup Policy\n\n## 2 Targets\n\nThe RTO of the patient portal is 4 hours. "
        "Backups are encrypted."
        "\n\n## 3 Passwords\n\nPasswords have at least 12 characters. Nobody shares passwords by e-mail.\n",
        "plan.md": "# Continuity Plan\n\n## 1 Recovery\n\n"
        "The patient portal has a recovery time objective of 8 hours.\n",
        "vendors.md": "# Vendor Policy\n\n## 1 Contracts\n\nEvery vendor signs a security annex before work starts. "
        "Vendors report incidents within 48 hours.\n",
    },
    "globex": {
        "secret.md": f"# Globex Password Policy\n\nPasswords of Globex are kept under the word {CANARY} in the safe.\n"
    },
}
Ask = Callable[..., Answer]


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(home=tmp_path_factory.mktemp("answers") / "home", actor="tester", lock_wait_seconds=0.1)


@pytest.fixture(scope="module")
def filled(settings: Settings) -> Iterator[Places]:
    with Places(settings, now=AT) as opened:
        for client, files in DOCUMENTS.items():
            frameworks = ("nist-csf-2.0", "nist-sp-800-53-r5") if client == "acme" else ()
            profile = Client(
                id=client, ref=new_ref(), name=f"{client.title()} Inc", frameworks=frameworks, created_at=AT
            )
            add_client(opened, profile, AT)
            with opened.client(client) as place:
                for name, text in files.items():
                    add_document(place, read_document(text.encode(), name=name), AT)
        yield opened


@pytest.fixture(scope="module")
def advisor(filled: Places, settings: Settings) -> Iterator[Advisor]:
    with make_advisor(filled, settings, dense="off") as made:
        yield made


@pytest.fixture
def ask(advisor: Advisor) -> Ask:
    def asked(question: str, client: str = "acme", **more: object) -> Answer:
        return advisor.ask(client, question, now=AT, **more)  # type: ignore[arg-type]

    return asked


@pytest.fixture
def injection_folder() -> Path:
    import os

    folder = Path(os.environ.get("VCISO_SHARED", Path(__file__).resolve().parents[4] / "shared")) / "data" / "injection"
    if not folder.is_dir():
        pytest.skip("the injection texts are not here (set VCISO_SHARED to their folder)")
    return folder
