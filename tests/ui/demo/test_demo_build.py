"""The demo run end to end, once: what its second brief shows, and that running it again changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from ingest.catalogue import new_builtins
from knowledge.clients import add_client, remove_client
from knowledge.errors import ConflictError
from knowledge.places import Places
from knowledge.records.brief import Brief, BriefItem
from knowledge.records.source import SourceState
from knowledge.settings import Settings
from ui.cli.common import Call, Group
from ui.cli.demo import demo
from ui.demo import build
from ui.demo.build import DemoResult, build_demo
from ui.demo.plan import read_plan

PLAN = read_plan()
TODAY = PLAN.today.date()


@dataclass(frozen=True)
class Built:
    """A demo home after its first run."""

    home: Path
    result: DemoResult
    briefs: dict[str, Brief]

    def open(self) -> Places:
        return _open(self.home)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    home = tmp_path_factory.mktemp("demo") / "home"
    result = _build(home)
    with _open(home) as places:
        briefs = {}
        for client in PLAN.clients:
            with places.client(client.id) as place, place.read() as unit:
                kept = unit.briefs.get(TODAY)
                assert kept is not None
                briefs[client.id] = kept
    yield Built(home, result, briefs)


def _item(brief: Brief, cve: str) -> BriefItem:
    return next(item for item in (*brief.items, *brief.quiet) if cve in item.cve_ids)


def _files(home: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(home)): path.read_bytes()
        for path in sorted(home.rglob("*"))
        if path.suffix in (".html", ".md", ".json")
    }


def test_first_run_builds_everything(built: Built) -> None:
    result = built.result
    assert (result.clients_added, len(result.refreshes), result.notes_added) == (3, 2, 3)
    assert result.briefs_changed == 5
    assert result.changed
    assert result.portfolio.failed == {}
    assert result.portfolio_html.is_file()
    assert all(path.is_file() for path in result.brief_html.values())


def test_one_source_fails_and_the_rest_is_read(built: Built) -> None:
    bad = {s.source_id: s.outcome for s in built.briefs["northgate"].coverage.sources if not s.good}
    assert bad == {"demo-harbour-wire": "not-a-feed"}


def test_supplier_with_the_tool_is_to_be_called(built: Built) -> None:
    item = _item(built.briefs["northgate"], "CVE-2026-18577")
    assert item.label == "act-now"
    assert "Brightline IT" in item.headline
    assert item.question
    assert {v.match.subject_kind for v in item.verdicts if v.kind == "version-unknown"} == {"third-party"}


def test_asset_without_a_version_joins_kev_today(built: Built) -> None:
    item = _item(built.briefs["northgate"], "CVE-2026-8037")
    assert item.verdict == "version-unknown"
    assert "added-to-kev" in item.changes
    assert item.question
    assert item.label == "check-today"
    assert len({source.publisher for source in item.sources}) >= 3


def test_dismissed_item_stays_quiet_and_the_note_is_shown(built: Built) -> None:
    brief = built.briefs["northgate"]
    assert brief.quiet_dismissed == 1
    assert all("CVE-2026-48558" not in item.cve_ids for item in brief.items)
    noted = _item(brief, "CVE-2025-68686")
    assert [note.text[:10] for note in noted.notes] == ["Fix window"]


def test_supplier_incident_without_a_cve(built: Built) -> None:
    for client, supplier in (("northgate", "Claimferry"), ("fernwheel", "Pebbletrace Metrics")):
        items = [item for item in built.briefs[client].items if supplier in item.headline]
        assert [item.cve_ids for item in items] == [()]


def test_affected_by_version_and_not_affected(built: Built) -> None:
    assert _item(built.briefs["fernwheel"], "CVE-2026-63077").verdict == "affected"
    with built.open() as places, places.client("northgate") as place, place.read() as unit:
        cleared = {v.match.subject_id for v in unit.verdicts.list() if v.kind == "version-not-affected"}
    assert {"SITE-01", "GW-01", "IMG-02"} <= cleared


def test_component_inside_the_product(built: Built) -> None:
    item = _item(built.briefs["fernwheel"], "CVE-2026-71433")
    assert item.verdict == "affected"
    assert any("Fernwheel API" in line for line in item.why_you)


def test_range_that_changed_overnight(built: Built) -> None:
    assert "range-changed" in _item(built.briefs["kestrel"], "CVE-2026-61892").changes


def test_client_taken_on_after_the_first_morning_gets_its_first_brief(built: Built) -> None:
    assert built.briefs["fernwheel"].since is None
    assert built.briefs["northgate"].since == PLAN.mornings[0].at


def test_acknowledged_item_is_in_hand(built: Built) -> None:
    assert _item(built.briefs["kestrel"], "CVE-2024-23897").standing == "acknowledged"


def test_alert_budget_is_kept_and_the_rest_listed(built: Built) -> None:
    for client in PLAN.clients:
        brief = built.briefs[client.id]
        open_ = [i for i in brief.items if i.label in ("act-now", "check-today") and i.standing == "open"]
        above = [item for item in open_ if not item.below_the_line]
        assert len(above) <= client.alert_budget
    assert any(item.below_the_line for item in built.briefs["kestrel"].items)


def test_portfolio_has_every_client(built: Built) -> None:
    assert {client for client, _ in built.result.portfolio.clients} == {"northgate", "kestrel", "fernwheel"}
    seen = {cell for row in built.result.portfolio.rows for cell in row.cells.values()}
    assert {"affected", "unknown"} <= seen


def test_invented_sources_are_not_asked_later_on(built: Built) -> None:
    with built.open() as places, places.shared().read() as unit:
        enabled = {source.id for source in unit.sources.list() if source.enabled}
    assert enabled == set(PLAN.builtin_sources)


def test_second_run_after_the_sources_were_listed_changes_nothing(built: Built) -> None:
    before = _files(built.home)
    with built.open() as places:
        with places.shared().write() as unit:  # as `vciso source list` and `vciso refresh` do
            for source in new_builtins(unit.sources.list()):
                unit.sources.put(source)
        again = build_demo(places, PLAN, lambda _done, _total, _subject: None)
    assert not again.changed
    assert again.refreshes == ()
    assert _files(built.home) == before


def test_the_command_prints_the_portfolio_and_says_that_nothing_changed(built: Built) -> None:
    app = typer.Typer(cls=Group)

    @app.callback()
    def options(ctx: typer.Context) -> None:
        ctx.obj = Call(home=built.home)

    app.command()(demo)
    shown = CliRunner().invoke(app, ["demo"])
    assert shown.exit_code == 0, shown.output
    assert "Northgate Family Clinic" in shown.output
    assert built.result.portfolio_html.as_uri() in shown.output.replace("\n", "")
    assert "nothing changed" in shown.output


def test_the_command_wants_a_home_of_its_own() -> None:
    app = typer.Typer(cls=Group)

    @app.callback()
    def options(ctx: typer.Context) -> None:
        ctx.obj = Call()

    app.command()(demo)
    shown = CliRunner().invoke(app, ["demo"])
    assert shown.exit_code == 2
    assert "--home" in shown.output


def test_a_home_with_other_clients_is_left_alone(places: Places) -> None:
    profile = PLAN.clients[0].profile("c-000000000000")
    add_client(places, profile.model_copy(update={"id": "somebody"}), PLAN.today)
    with pytest.raises(ConflictError, match="not the demo's"):
        build_demo(places, PLAN, lambda _done, _total, _subject: None)
    assert [client.id for client in places.profiles()] == ["somebody"]


def test_a_home_that_moved_on_is_left_alone(places: Places) -> None:
    source = PLAN.sources[0]
    later = SourceState(source_id=source.id, url=source.url, checked_at=PLAN.today + timedelta(days=1))
    with places.shared().write() as unit:
        unit.sources.put(source)
        unit.sources.put_state(later)
    with pytest.raises(ConflictError, match="7 August 2026"):
        build_demo(places, PLAN, lambda _done, _total, _subject: None)
    assert places.profiles() == ()


@pytest.mark.parametrize("stage", ["_decide", "refresh", "run_morning"])
def test_a_demo_stopped_after_its_first_morning_keeps_the_briefs_of_it(
    built: Built, home: Path, monkeypatch: pytest.MonkeyPatch, stage: str
) -> None:
    """What was decided after a brief, or read after it, does not change that brief when the demo goes on."""
    true, calls = getattr(build, stage), []

    def stop_at_the_second(*args: object, **options: object) -> object:
        calls.append(args)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return true(*args, **options)

    monkeypatch.setattr(build, stage, stop_at_the_second)
    with pytest.raises(KeyboardInterrupt):
        _build(home)
    monkeypatch.setattr(build, stage, true)
    _build(home)
    with _open(built.home) as whole, _open(home) as places:
        assert _shown(places) == _shown(whole)


def test_a_client_removed_from_the_demo_gets_both_its_briefs_again(built: Built, home: Path) -> None:
    _build(home)
    with _open(home) as places:
        remove_client(places, "northgate", PLAN.today)
    _build(home)
    with _open(built.home) as whole, _open(home) as places:
        assert set(_shown(places)) == set(_shown(whole))


def _shown(places: Places) -> dict[tuple[str, date], list[str]]:
    """Per client and day, the headlines of the brief."""
    shown = {}
    for client in PLAN.clients:
        with places.client(client.id) as place, place.read() as unit:
            for day in unit.briefs.days():
                brief = unit.briefs.get(day)
                assert brief is not None
                shown[client.id, day] = [item.headline for item in (*brief.items, *brief.quiet)]
    return shown


def _open(home: Path) -> Places:
    return Places(Settings(home=home, actor="tester", lock_wait_seconds=0.1), now=PLAN.today)


def _build(home: Path) -> DemoResult:
    with _open(home) as places:
        return build_demo(places, PLAN, lambda _done, _total, _subject: None)
