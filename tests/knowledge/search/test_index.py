"""The index folder of a place: what is written holds nothing of the process that asked for it."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from knowledge.errors import StoreError
from knowledge.search.index import ENV_KEPT, Stored, VectorIndex

WORD = "KANARI-OF-ANOTHER-CLIENT"
KEY = "sk-kanari-0123456789abcdef"


def written(folder: Path, count: int = 3) -> tuple[VectorIndex, Stored]:
    index = VectorIndex(folder, "f" * 64, "1")
    ids = [f"doc:d-{number:012x}:{number:016x}" for number in range(count)]
    vectors = np.random.default_rng(1).normal(size=(count, 384)).astype(np.float32)
    return index, index.write(Stored(), ids, vectors, ())


def said(size: int) -> bytes:
    return f"{WORD} ".encode() * (size // (len(WORD) + 1))


def fill_memory() -> None:
    """Leaves the word in freed memory of every arena: who next wants room for vectors is given it as it is."""

    def fill(_: int) -> int:
        # The large ones raise the size from which memory would come fresh from the system; the small ones keep holes.
        for size in (4_000_000, 2_000_000, 1_000_000):
            said(size)
        told = [said(size) for size in [170_000, 600] * 30]
        holes.append(told[1::2])
        del told
        time.sleep(0.2)
        return len(holes)

    holes: list[list[bytes]] = []
    with ThreadPoolExecutor(40) as threads:
        assert max(threads.map(fill, range(40))) > 0


def test_c05_a_written_index_holds_nothing_that_stood_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VCISO_OPENAI_KEY", KEY)
    written(tmp_path / "warm")
    fill_memory()
    written(tmp_path / "index")
    files = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert any(file.name == "data_level0.bin" for file in files)
    for file in files:
        content = file.read_bytes()
        assert WORD.encode() not in content, file.name
        assert KEY.encode() not in content, file.name


def test_only_named_settings_reach_the_process_that_writes() -> None:
    assert not [name for name in ENV_KEPT if "VCISO" in name or "KEY" in name or "TOKEN" in name]


def test_what_is_written_is_read_again_and_may_be_taken_out(tmp_path: Path) -> None:
    index, stored = written(tmp_path, 7)
    health, read = index.read()
    assert (health.state, health.vectors) == ("sound", 7)
    assert dict(zip(read.ids, read.vectors.tolist(), strict=True)) == dict(
        zip(stored.ids, stored.vectors.tolist(), strict=True)
    )
    after = index.write(stored, (), np.zeros((0, 384), np.float32), stored.ids[:2])
    assert set(index.read()[1].ids) == set(after.ids) == set(stored.ids[2:])
    assert [path.name for path in tmp_path.iterdir()] == ["index"], "no room of a child is left"


def test_an_index_that_chroma_refuses_says_why_and_counts_as_damaged(tmp_path: Path) -> None:
    index, _ = written(tmp_path)
    with pytest.raises(StoreError, match="cannot be written") as refused:
        index.write(Stored(), ["news:1"], np.zeros((1, 7), np.float32), ())
    assert "dimension" in refused.value.message
    assert index.read()[0].state == "damaged"
