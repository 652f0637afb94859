"""Packs load lazily and fast, whole and sound, and a broken one is refused."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys
from datetime import date

import pytest

from knowledge.errors import IntegrityError, NotFoundError
from knowledge.frameworks import loader
from knowledge.frameworks.loader import Pack, crosswalks, framework_ids, frameworks, load_crosswalk, load_pack
from knowledge.records.framework import Framework, Requirement

HEAD = Framework(
    id="house", urn="urn:x", title="House rules", short="House", licence="ours", text_depth="full",
    retrieved=date(2026, 11, 1),
)  # fmt: skip

TIMED = """
import time
import knowledge.frameworks.loader as loader
best = {}
for attempt in range(3):
    loader.load_pack.cache_clear(); loader.load_crosswalk.cache_clear()
    start = time.process_time()
    for i in loader.framework_ids():
        one = time.process_time(); loader.load_pack(i)
        best[i] = min(best.get(i, 9), time.process_time() - one)
    for head in loader.crosswalks():
        loader.load_crosswalk(head.id)
    best["all"] = min(best.get("all", 9), time.process_time() - start)
print(max(seconds for name, seconds in best.items() if name != "all"), best["all"])
"""


def pack(*rows: Requirement) -> Pack:
    return Pack(HEAD, rows)


def test_the_heads_are_those_of_the_packs() -> None:
    heads = {head.id: head for head in frameworks()}
    assert tuple(heads) == framework_ids()
    for i, head in heads.items():
        assert load_pack(i).framework == head
        assert head.text_depth == "summary", "what is shipped is in our own words"


def test_heads_are_read_without_the_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []
    real = loader._read

    def reading(text: str, name: str) -> dict[str, object]:
        seen.append(len(text))
        return real(text, name)

    monkeypatch.setattr(loader, "_read", reading)
    frameworks.__wrapped__()
    assert not seen, "the prepared copy has the heads"
    monkeypatch.setattr(loader, "prepared_head", lambda file: None)
    frameworks.__wrapped__()
    assert max(seen) < 3_000


def test_loading_keeps_its_time() -> None:
    done = subprocess.run([sys.executable, "-c", TIMED], capture_output=True, text=True, check=True)
    one, everything = map(float, done.stdout.split())
    assert one < 0.5
    assert everything < 4


def test_the_pack_walks_its_tree() -> None:
    nist = load_pack("nist-sp-800-53-r5")
    assert [row.id for row in nist.path("AC-2(1)")] == ["AC", "AC-2", "AC-2(1)"]
    assert [row.id for row in nist.children()][:3] == ["AC", "AT", "AU"]
    assert "AC-2(1)" in {row.id for row in nist.descendants("AC")}
    assert nist.path("AC-99") == ()
    assert len(nist.assessable) == 410
    assert nist.assessable[0].listed("baselines") == ("privacy", "low", "moderate", "high")


def test_a_withdrawn_row_says_where_it_went() -> None:
    for i in framework_ids():
        for row in load_pack(i).requirements:
            assert bool(row.withdrawn_sentence) == row.withdrawn
            assert not (row.withdrawn and row.assessable)
    nist = load_pack("nist-sp-800-53-r5")
    gone = nist.get("AC-13")
    assert gone is not None
    assert gone.successors == ("AC-2", "AU-6")
    assert gone.withdrawn_sentence == "Withdrawn: see AC-2, AU-6."


def test_what_is_loaded_is_shared_and_cannot_be_changed() -> None:
    row = load_pack("nist-csf-2.0").get("GV.OC-01")
    assert row is load_pack("nist-csf-2.0").get("GV.OC-01")
    assert row is not None
    with pytest.raises(TypeError):
        row.attributes["risk_party"] = "x"  # type: ignore[index]
    assert pickle.loads(pickle.dumps(row)) == copy.deepcopy(row) == row
    assert Requirement.model_validate_json(row.model_dump_json()) == row


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ((Requirement(id="1", kind="x"), Requirement(id="1", kind="x")), "the id 1 twice"),
        ((Requirement(id="1.1", kind="x", parent="1"), Requirement(id="1", kind="x")), "not above it"),
        ((Requirement(id="1", kind="x", attributes={"withdrawn": True}),), "withdrawn"),
    ],
)
def test_a_pack_that_does_not_hold_is_refused(rows: tuple[Requirement, ...], words: str) -> None:
    with pytest.raises(IntegrityError, match=words):
        pack(*rows)


def test_an_unknown_pack_or_table_is_named() -> None:
    with pytest.raises(NotFoundError, match="no such framework"):
        load_pack("../secrets")
    with pytest.raises(NotFoundError):
        load_crosswalk("a__b")


def test_every_table_joins_frameworks_and_spreads_compact_rows() -> None:
    for head in crosswalks():
        table = load_crosswalk(head.id)
        assert table.crosswalk == head
        assert all(pair.rationale and pair.source for pair in table.mappings)
    attack = load_crosswalk("attack-16.1__nist-sp-800-53-r5").mappings
    assert ("T1001", "AC-4") in {(pair.from_id, pair.to_id) for pair in attack}
