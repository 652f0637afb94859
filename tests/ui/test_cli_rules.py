"""A dismissal becomes a rule, the rule keeps later news quiet, and its figures are shown."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from knowledge.places import Places
from knowledge.records.news import NewsItem
from knowledge.settings import Settings
from ui.cli import brief as brief_command
from ui.cli import note as note_command
from ui.cli import rule as rule_command
from ui.cli.main import app

Run = Callable[..., Result]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], datetime]:
    def at(day: int) -> datetime:
        moment = datetime(2026, 8, day, 6, 30, tzinfo=UTC)
        for module in (brief_command, note_command, rule_command):
            monkeypatch.setattr(module, "now", lambda: moment)
        return moment

    return at


@pytest.fixture
def vciso(home: Path) -> Run:
    def run(*arguments: str, code: int = 0) -> Result:
        result = CliRunner().invoke(app, ["--home", str(home), *arguments])
        assert result.exit_code == code, result.output
        return result

    run("client", "add", "Northgate Family Clinic", "--id", "northgate", "--sector", "healthcare")
    return run


def publish(home: Path, number: int, title: str, at: datetime) -> None:
    item = NewsItem(
        id=f"n-{number}",
        source_id="s",
        identity=f"guid:{number}",
        title=title,
        published_at=at,
        first_seen_at=at,
        last_changed_at=at,
        content_sha256="0" * 64,
    )
    with Places(Settings(home=home), now=at) as places, places.shared().write() as shared:
        shared.news.put([item], ())


def test_a_dismissal_becomes_a_rule_with_figures(vciso: Run, home: Path, clock: Callable[[int], datetime]) -> None:
    publish(home, 1, "Ransomware gangs target hospitals", clock(7))
    assert "Attacks on healthcare" in vciso("brief", "northgate").stdout
    said = vciso("note", "dismiss", "northgate", "1", "--reason", "We read the sector's list already", "--rule").stdout
    assert "rule profile-campaign" in said
    (rule,) = json.loads(vciso("rule", "list", "northgate", "--json").stdout)
    assert (rule["rule"], rule["subject_kind"], rule["silenced"]) == ("profile-campaign", "client", 0)
    assert rule["precision"] is None

    publish(home, 2, "Phishing campaign hits clinics with fake invoices", clock(8))
    said = vciso("brief", "northgate").stdout
    assert "Kept quiet by your rules: 1 (new: Attacks on healthcare)." in " ".join(said.split())
    (rule,) = json.loads(vciso("rule", "list", "northgate", "--json").stdout)
    assert (rule["silenced"], rule["turned_affected"], rule["precision"]) == (1, 0, 1.0)
    assert "100%" in vciso("rule", "list", "northgate").stdout

    clock(9)
    vciso("rule", "remove", "northgate", rule["id"])
    vciso("brief", "northgate")
    (rule,) = json.loads(vciso("rule", "list", "northgate", "--closed", "--json").stdout)
    assert (rule["silenced"], rule["shown_otherwise"]) == (1, 1)
    assert "No quiet rules" in vciso("rule", "list", "northgate").stdout
    vciso("rule", "remove", "northgate", rule["id"], code=3)
    with (
        Places(Settings(home=home), now=clock(9)) as places,
        places.client("northgate") as place,
        place.read() as unit,
    ):
        actions = [row.action for row in unit.audit.rows()]
    assert actions.count("rule.add") == actions.count("rule.close") == 1


def test_a_rule_by_hand_is_checked(vciso: Run) -> None:
    add = ("rule", "add", "northgate", "--reason", "not ours")
    assert "It covers 0" in vciso(*add, "--rule", "profile-regulation", "--kind", "vendor-only").stdout
    vciso(*add, code=2)
    vciso(*add, "--rule", "Not A Rule", code=2)
    vciso(*add, "--asset", "nothing", code=3)
    vciso(*add, "--asset", "a", "--supplier", "b", code=2)
    vciso(*add, "--rule", "x-y", "--kind", "affected", code=2)
    vciso("rule", "add", "northgate", "--rule", "profile-regulation", "--reason", " ", code=2)
