"""Ambiguous or broken JSON is refused with one sentence; every JSON source refuses the hostile files."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingest.sandbox import run_parser
from ingest.strict_json import load_json
from knowledge.errors import BadInputError

CASES = {
    b"": "is empty",
    b" \n": "is empty",
    b'{"a":1,"a":2}': "key 'a' twice",
    b'{"a":[{"b":1,"b":1}]}': "key 'b' twice",
    b'{"a":NaN}': "NaN",
    b'{"a":-Infinity}': "Infinity",
    b'{"a":1e999}': "out of range",
    b'{"a":' + b"9" * 41 + b"}": "41 digits",
    b"[" * 100_000: "nested too deeply",
    b'{"a":[1,2': "cut short",
    b'{"a":"abc': "cut short",
    b'{"a":': "cut short",
    b'{"a":1}}': "is not JSON",
    b"{'a':1}": "is not JSON",
    b"<html>": "web page",
    b'{"a":"\xff"}': "not text in UTF-8",
}


@pytest.mark.parametrize(("data", "words"), CASES.items())
def test_refused(data: bytes, words: str) -> None:
    with pytest.raises(BadInputError, match=words):
        load_json(data)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
def test_encodings(encoding: str) -> None:
    assert load_json('{"ä": [1, 2.5, null, true]}'.encode(encoding)) == {"ä": [1, 2.5, None, True]}


@pytest.mark.parametrize("kind", ["kev", "nvd", "csaf", "cve5", "epss"])
def test_c39_hostile_json_is_refused_by_every_source_in_one_sentence(kind: str, shared_data: Path) -> None:
    files = sorted((shared_data / "hostile/generated/json").iterdir())
    assert len(files) == 10
    for path in files:
        with pytest.raises(BadInputError) as caught:
            run_parser(f"source.{kind}", path.read_bytes(), subject=path.name)
        text = str(caught.value)
        assert text.startswith(path.name)
        assert "Traceback" not in text
        assert "\n" not in text
        assert len(text) < 300
