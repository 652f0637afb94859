"""The chain names the first row that does not hold."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import datetime, timedelta

import pytest

from knowledge.audit import ChainBreak, ChainHead, seal, verify_chain
from knowledge.places import Places
from knowledge.records.audit import AuditRow


def chain(now: datetime, length: int = 5) -> list[AuditRow]:
    rows: list[AuditRow] = []
    head = None
    for n in range(length):
        row = seal(head, at=now + timedelta(minutes=n), actor="ana", action="a.b", subject=f"s{n}", detail={"n": n})
        rows.append(row)
        head = ChainHead(seq=row.seq, hash=row.hash)
    return rows


def test_a_sound_chain_gives_its_head(now: datetime) -> None:
    rows = chain(now)
    assert verify_chain(rows) == ChainHead(seq=5, hash=rows[-1].hash)
    assert verify_chain([]) is None


@pytest.mark.parametrize(
    ("field", "value"), [("subject", "x"), ("actor", "eve"), ("detail", {"n": 9}), ("action", "c.d")]
)
def test_c33_an_edited_row_is_named(now: datetime, field: str, value: object) -> None:
    rows = chain(now)
    rows[2] = rows[2].model_copy(update={field: value})
    result = verify_chain(rows)
    assert isinstance(result, ChainBreak)
    assert result.seq == 3


def test_c33_a_removed_row_is_named(now: datetime) -> None:
    rows = chain(now)
    del rows[1]
    result = verify_chain(rows)
    assert isinstance(result, ChainBreak)
    assert result.seq == 2


def test_c33_swapped_rows_are_named(now: datetime) -> None:
    rows = chain(now)
    rows[2], rows[3] = rows[3], rows[2]
    result = verify_chain(rows)
    assert isinstance(result, ChainBreak)
    assert result.seq == 3


def test_a_row_sealed_anew_breaks_the_next(now: datetime) -> None:
    rows = chain(now)
    forged = seal(ChainHead(seq=2, hash=rows[1].hash), at=now, actor="eve", action="a.b", subject="forged", detail={})
    rows[2] = forged
    result = verify_chain(rows)
    assert isinstance(result, ChainBreak)
    assert result.seq == 4


def test_a_cut_end_shows_against_a_head_written_down(now: datetime) -> None:
    rows = chain(now)
    assert isinstance(verify_chain(rows[:3]), ChainHead)
    result = verify_chain(rows[:3], rows[4].hash)
    assert isinstance(result, ChainBreak)
    assert result.seq == 4
    assert isinstance(verify_chain(rows, rows[2].hash), ChainHead)


def test_c33_rows_edited_in_the_database_are_found(places: Places, now: datetime) -> None:
    shared = places.shared()
    for n in range(4):
        with shared.write() as unit:
            unit.audit.append(now, "test.row", f"s{n}", text="naïve ünïcode", number=1.5, none=None)
    with shared.read() as unit:
        assert isinstance(verify_chain(unit.audit.rows()), ChainHead)
        assert [row.seq for row in unit.audit.rows(last=2)] == [3, 4]
        assert [row.seq for row in unit.audit.rows(last=99)] == [1, 2, 3, 4]
    with closing(sqlite3.connect(shared.database.path)) as raw, raw:
        raw.execute("UPDATE audit_rows SET subject = 'other' WHERE seq = 2")
    with shared.read() as unit:
        result = verify_chain(unit.audit.rows())
    assert isinstance(result, ChainBreak)
    assert result.seq == 2
