"""kill -9 at random points of a morning leaves no duplicate, no half item and no failed check."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from knowledge.audit import ChainBreak, verify_chain
from knowledge.places import Places
from knowledge.settings import Settings
from ui.demo.plan import read_plan

KILLS = 20
COMMAND = [sys.executable, "-c", "from ui.cli.main import app; app()"]


def run(home: Path, seconds: float | None = None) -> int:
    """Runs the whole morning of the demo (clients, lists, refresh, briefs); kills it after `seconds`."""
    process = subprocess.Popen(
        [*COMMAND, "--home", str(home), "demo"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        _, errors = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        process.communicate()
        return -signal.SIGKILL
    assert process.returncode == 0, errors.decode()
    return process.returncode


def content(home: Path) -> dict[str, object]:
    """What a home holds, without the times of the run and the random names."""
    plan = read_plan()
    held: dict[str, object] = {}
    with Places(Settings(home=home), now=plan.today) as places:
        shared = places.shared()
        assert shared.database.integrity_problems() == []
        with shared.read() as unit:
            assert not isinstance(verify_chain(unit.audit.rows()), ChainBreak)
            news = unit.news.since(None)
            assert len({(item.source_id, item.identity) for item in news}) == len(news)
            assert all(item.title and item.content_sha256 for item in news)
            held["news"] = sorted(item.id for item in news)
            held["revisions"] = sorted(
                revision.content_sha256 for item in news for revision in unit.news.revisions(item.id)
            )
            held["counts"] = unit.vulnerabilities.counts()
            held["advisories"] = sorted(advisory.id for advisory in unit.advisories.changed_since(None))
            clients = unit.clients.list()
        for client in clients:
            with places.client(client.id) as place:
                assert place.database.integrity_problems() == []
                with place.read() as own:
                    assert not isinstance(verify_chain(own.audit.rows()), ChainBreak)
                    held[client.id] = {
                        "assets": sorted(asset.id for asset in own.assets.list()),
                        "suppliers": sorted(party.id for party in own.third_parties.list()),
                        "verdicts": sorted((v.item.id, v.match.subject_id, v.kind) for v in own.verdicts.list()),
                        "notes": sorted((note.kind, note.text) for note in own.notes.list(closed=True)),
                        "briefs": {
                            day.isoformat(): sorted(item.key for item in brief.items)
                            for day in own.briefs.days()
                            if (brief := own.briefs.get(day)) is not None
                        },
                    }
    for file in home.rglob("*.json"):
        json.loads(file.read_text())
    return held


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_c23_a_morning_killed_anywhere_ends_like_one_that_was_not(tmp_path: Path) -> None:
    begun = time.monotonic()
    run(tmp_path / "whole")
    whole = time.monotonic() - begun
    expected = content(tmp_path / "whole")
    chance = random.Random(20260807)
    home = tmp_path / "killed"
    killed = 0
    while killed < KILLS:
        # From the first imports to past the point where a run has nothing left to do.
        if run(home, chance.uniform(0.02, 1.0) * whole) == -signal.SIGKILL:
            killed += 1
        elif killed < KILLS:
            home = tmp_path / f"killed-{killed}"  # it came through: start another home
            continue
        content(home)
    run(home)
    assert content(home) == expected
