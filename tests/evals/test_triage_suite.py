"""The triage suite over a small folder written here, and over the real bench where it is there."""

import json
from pathlib import Path
from typing import Any

import pytest

from evals.__main__ import main
from evals.suites import triage
from evals.suites.triage_data import load
from knowledge.errors import BadInputError, NotFoundError

NAMES = (
    "T1a.f1",
    "T1b.f1",
    "T2.single.precision",
    "T2.single.recall",
    "T2.single.f1",
    "T2.all.f1",
    "T3.rank1",
    "T3.rank5",
    "T4.f1",
    "BG.alerts",
)


def lines(path: Path, rows: list[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    asset = {"client": "c", "exposure": "internal", "criticality": "low"}
    lines(
        tmp_path / "cve_inventories.jsonl",
        [
            asset | {"asset_id": "A1", "vendor": "quagga", "product": "frobnicator", "version": "1.2", "cpe": ""},
            asset | {"asset_id": "A2", "vendor": "zebra", "product": "mailer", "version": "9.0", "cpe": ""},
        ],
    )
    lines(
        tmp_path / "cve_items.jsonl",
        [
            {"item_id": "CVE-2026-1", "text": "Frobnicator before 2.0 has a flaw.", "references": []},
            {"item_id": "CVE-2026-2", "text": "Zebra Mailer 8.1 and earlier has a flaw.", "references": []},
            {"item_id": "CVE-2026-3", "text": "A hole in something nobody has, CVE-2026-3.", "references": []},
        ],
    )
    lines(
        tmp_path / "cve_labels.jsonl",
        [
            {"item_id": "CVE-2026-1", "asset_id": "A1", "client": "c", "product_match": True, "affected": True},
            {"item_id": "CVE-2026-2", "asset_id": "A2", "client": "c", "product_match": True, "affected": False},
        ],
    )
    lines(
        tmp_path / "news_inventories.jsonl", [asset | {"asset_id": "K1", "vendor": "Quagga", "product": "Frobnicator"}]
    )
    news = {"link": "https://example.org/", "date": "2026-08-01", "summary": "", "cves": [], "truth": []}
    lines(
        tmp_path / "news_items.jsonl",
        [
            news | {"item_id": "N1", "title": "Quagga Frobnicator flaw exploited", "roundup": False},
            news | {"item_id": "N2", "title": "Weekly roundup: Frobnicator flaw, and more", "roundup": True},
        ],
    )
    lines(
        tmp_path / "news_labels.jsonl",
        [
            {"item_id": "N1", "asset_id": "K1", "client": "c", "relevant": "yes"},
            {"item_id": "N2", "asset_id": "K1", "client": "c", "relevant": "maybe"},
        ],
    )
    lines(
        tmp_path / "news_background.jsonl",
        [news | {"item_id": "B1", "title": "A calm day"}, news | {"item_id": "B2", "title": "Frobnicator bug"}],
    )
    lines(
        tmp_path / "alias_items.jsonl",
        [{"item_id": "L1", "vendor": "Quagga Inc", "product": "Frobnicator", "cpe": ["quagga:frobnicator"]}],
    )
    (tmp_path / "alias_catalogue.txt").write_text("quagga:frobnicator\nzebra:mailer\n", encoding="utf-8")
    told = [
        {
            "link": f"https://example.org/{n}",
            "title": f"Quagga Frobnicator zero-day {n}",
            "date": "2026-08-01",
            "summary": "",
        }
        for n in "ab"
    ]
    other = [
        {"link": f"https://example.org/{n}", "title": f"Zebra Mailer outage {n}", "date": "2026-08-02", "summary": ""}
        for n in "cd"
    ]
    lines(
        tmp_path / "story_clusters.jsonl", [{"cluster_id": "S1", "items": told}, {"cluster_id": "S2", "items": other}]
    )
    return tmp_path


def test_the_command_writes_every_metric_with_its_interval(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = folder / "deep" / "out.json"
    assert main(["triage", "--data", str(folder), "--json", str(out)]) == 0
    result = json.loads(out.read_text(encoding="utf-8"))
    assert set(result) == {"suite", "data", "metrics", "cases"}
    assert result["suite"] == "triage"
    for name in NAMES:
        for prefix in ("", "baseline.substring.", "baseline.word.", "baseline.tokenset."):
            value = result["metrics"][f"{prefix}{name}"]
            assert result["metrics"][f"{prefix}{name}.low"] <= value <= result["metrics"][f"{prefix}{name}.high"]
    assert "T1a.f1" in capsys.readouterr().out


def test_the_figures_of_the_small_folder(folder: Path) -> None:
    metrics = triage.run(folder)["metrics"]
    assert (
        metrics["T1a.f1"]
        == metrics["T1b.f1"]
        == metrics["T2.single.f1"]
        == metrics["T3.rank1"]
        == metrics["T4.f1"]
        == 1.0
    )
    assert metrics["BG.alerts"] == 1.0
    assert metrics["baseline.word.T1b.f1"] < 1.0  # it reads no versions


def test_ids_do_not_help(folder: Path) -> None:
    before = triage.run(folder)["metrics"]
    path = folder / "news_items.jsonl"
    path.write_text(
        path.read_text(encoding="utf-8").replace("flaw exploited", "flaw exploited CVE-2026-1"), encoding="utf-8"
    )
    after = triage.run(folder)["metrics"]
    assert {n: v for n, v in before.items() if n.startswith("T2")} == {
        n: v for n, v in after.items() if n.startswith("T2")
    }


def test_a_wrong_cluster_and_a_missed_product_show(folder: Path) -> None:
    labels = folder / "cve_labels.jsonl"
    row = {"item_id": "CVE-2026-3", "asset_id": "A2", "client": "c", "product_match": True, "affected": True}
    labels.write_text(labels.read_text(encoding="utf-8") + json.dumps(row) + "\n", encoding="utf-8")
    result = triage.run(folder)
    assert result["metrics"]["T1a.recall"] == pytest.approx(2 / 3)
    missed = {"task": "T1a", "item": "CVE-2026-3", "asset": "A2", "kind": "false-negative", "why": "not named"}
    assert {"id": "T1a CVE-2026-3 A2", **missed} in result["cases"]


def test_a_folder_that_cannot_be_read_says_why(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(NotFoundError):
        load(tmp_path / "nowhere")
    with pytest.raises(NotFoundError):
        load(tmp_path)
    (tmp_path / "cve_items.jsonl").write_text("{broken\n", encoding="utf-8")
    with pytest.raises(BadInputError, match="line 1"):
        load(tmp_path)
    (tmp_path / "cve_items.jsonl").write_text('{"item_id": "x"}\n', encoding="utf-8")
    assert main(["triage", "--data", str(tmp_path)]) == 5
    assert "missing" in capsys.readouterr().err


@pytest.mark.slow
def test_the_real_bench_reaches_its_floor(shared_data: Path) -> None:
    data = shared_data / "bench" / "triage"
    if not data.is_dir():
        pytest.skip("the triage bench is not there")
    metrics = triage._measure("", triage.Product, load(data), [])
    floors = {
        "T1a.f1": 0.94,
        "T1b.f1": 0.89,
        "T2.single.recall": 0.85,
        "T2.single.precision": 0.87,
        "T2.all.f1": 0.80,
        "T3.rank1": 0.93,
        "T4.f1": 0.85,
    }
    assert {name: metrics[name] for name, floor in floors.items() if metrics[name] < floor} == {}
    assert metrics["BG.alerts"] <= 60


def test_a_models_second_look_is_reported_beside_the_rules(folder: Path) -> None:
    metrics = triage.run(folder, model="fake:", quick=True)["metrics"]
    rules = triage.run(folder, quick=True)["metrics"]
    assert metrics["model.T2.all.f1"] == rules["T2.all.f1"], "the fake model proves nothing, so it raises nothing"
    assert metrics["model.BG.alerts"] == rules["BG.alerts"]
    assert metrics["model.raised"] == 0
    assert {name: value for name, value in metrics.items() if not name.startswith("model.")} == rules
