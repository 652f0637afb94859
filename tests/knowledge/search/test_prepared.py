"""What is shipped derived from the packs is of the packs as they are: else run scripts/make_prepared.py."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import fields, is_dataclass
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
import yaml

from advisor.grounding.words import RARITY, _phrases, made_phrases
from advisor.grounding.words import prepared as prepared_words
from knowledge.frameworks import loader, prepared
from knowledge.search import lexical
from knowledge.search.acronyms import ACRONYMS
from knowledge.search.layout import shipped_rows
from knowledge.search.lexical import Lexical, make
from knowledge.search.partition import build, build_shipped, shipped_packs
from knowledge.search.shipped import shipped
from knowledge.search.words import Words

TEXTS = ["Accounts are reviewed by managers.", "Multi-factor authentication.", "Managers review fire doors."]


def test_the_prepared_packs_say_what_the_yaml_says() -> None:
    for file in loader.data_files():
        known = prepared.document(file)
        assert known is not None, f"{file.name} changed: run scripts/make_prepared.py"
        shown = json.loads(json.dumps(loader.from_yaml(file), default=lambda day: day.isoformat()))
        assert known == shown, file.name
        assert prepared.head(file) == {name: value for name, value in shown.items() if name not in prepared.ROWS}


@pytest.mark.parametrize("damage", ["empty", "no index", "another index", "cut"])
def test_a_damaged_prepared_file_is_as_good_as_none(damage: str, monkeypatch: pytest.MonkeyPatch) -> None:
    file = next(file for file in loader.data_files() if file.name == "nis2-directive.yaml")
    whole = (files("knowledge.frameworks") / "data" / prepared.FILE).read_bytes()
    first, _, rest = whole.partition(b"\n")
    content = {
        "empty": b"",
        "no index": rest,
        "another index": b"[]\n" + rest,
        "cut": first + b"\n" + rest[: prepared.split(whole)[0][file.name]["at"][1] - 9],
    }[damage]
    monkeypatch.setattr(prepared, "_prepared", lambda: prepared.split(content))
    assert prepared.document(file) is None
    assert loader.read_document(file) == loader.from_yaml(file)


def test_a_changed_pack_is_read_from_its_yaml(tmp_path: Path) -> None:
    file = next(file for file in loader.data_files() if file.name == "nis2-directive.yaml")
    changed = tmp_path / file.name
    changed.write_text(file.read_text(encoding="utf-8").replace("Early warning", "First warning"), encoding="utf-8")
    assert prepared.document(changed) is None
    assert "First warning" in json.dumps(loader.read_document(changed), default=str)


def test_the_rarity_of_words_is_of_these_packs() -> None:
    shipped = (files("advisor.grounding") / "data" / RARITY).read_text(encoding="utf-8")
    assert shipped == prepared_words(), "run scripts/make_prepared.py"


def test_the_prepared_phrases_and_acronyms_are_those_of_the_tables() -> None:
    assert _phrases() == made_phrases()
    file = files("knowledge.search") / "data" / ACRONYMS
    assert prepared.document(file) == yaml.safe_load(file.read_text(encoding="utf-8")), "run scripts/make_prepared.py"


def test_the_counted_words_are_of_these_packs() -> None:
    texts = [entry.words for entry in build("shared", shipped_packs(), {}).collection.entries]
    with (files("knowledge.search") / "data" / lexical.SHIPPED).open("rb") as file:
        assert Words.load(Path(file.name), lexical.texts_digest(texts)) is not None, "run scripts/make_prepared.py"


def test_the_shipped_rows_are_of_these_packs() -> None:
    """Searching begins from them without reading a requirement; they say what building from the packs says."""
    made, ready = build("shared", shipped_packs(), {}), build_shipped()
    assert ready.prepared is not None, "run scripts/make_prepared.py"
    for one, other in (
        (made.collection.layout, ready.collection.layout),
        (made.links, ready.links),
        (made.open, ready.open),
    ):
        assert _plain(one) == _plain(other), "run scripts/make_prepared.py"
    assert (made.owners, made.frameworks, made.kinds) == (ready.owners, ready.frameworks, ready.kinds)
    for row in (0, len(made.owners) // 2, len(made.owners) - 1):
        assert ready.passages[row] == made.passages[row]
        assert ready.collection.entries[row] == made.collection.entries[row]
    assert np.array_equal(ready.prepared.vectors, shipped().places(made.collection.texts))
    assert (ready.prepared.vectors >= 0).all(), "run scripts/make_search_vectors.py, then scripts/make_prepared.py"


def _plain(value: object) -> object:
    if isinstance(value, np.ndarray):
        return value.tolist()
    if is_dataclass(value):
        return {one.name: _plain(getattr(value, one.name)) for one in fields(value)}
    return value


def test_rows_of_other_packs_are_made_anew() -> None:
    assert shipped_rows("of other packs") is None
    assert Lexical.shipped("of other texts") is None


def test_a_search_reads_no_requirement_before_it_shows_one() -> None:
    ready = build_shipped()
    assert not ready.collection.entries._made  # type: ignore[attr-defined]
    assert not ready.passages._made  # type: ignore[attr-defined]


def test_kept_words_give_the_scores_of_counted_ones(tmp_path: Path) -> None:
    keep = tmp_path / "words.npz"
    first, again = Lexical(TEXTS, keep), Lexical(TEXTS, keep)
    assert keep.is_file()
    assert keep.stat().st_mode & 0o077 == 0
    for question in ("who reviews an account", "MFA", "fire doors"):
        assert np.array_equal(first.scores(question), again.scores(question))
        assert np.array_equal(first.scores(question), Lexical(TEXTS).scores(question))


def test_other_texts_and_damaged_files_are_counted_anew(tmp_path: Path) -> None:
    keep = tmp_path / "words.npz"
    Lexical(TEXTS, keep)
    assert Lexical(TEXTS[:2], keep).scores("fire doors").shape == (2,)
    whole = keep.read_bytes()
    for harmed in (b"", b"PK\x03\x04 nothing", whole[: len(whole) // 2]):
        keep.write_bytes(harmed)
        assert Lexical(TEXTS[:2], keep).scores("accounts")[0] > 0
    assert Words.load(tmp_path / "none.npz", "x") is None


def test_neighbours_are_of_one_text() -> None:
    words = make(["fire doors", "doors account fire doors", "fire"])
    assert words.together("fire", "door").tolist() == [0, 1]
    assert words.together("door", "fire").tolist() == []
    assert words.together("door", "account").tolist() == [1]
    assert words.together("quantum", "fire").tolist() == []
    assert words.of_row(2) == {"fire"}


def test_an_answer_begins_without_torch_chroma_and_bm25(tmp_path: Path) -> None:
    """The set of modules is tested, not the time: with them the first answer took three seconds and more."""
    code = (
        "import sys\nfrom ui.cli.main import app\n"
        "for words in (['client', 'add', 'Acme'], ['ask', 'acme', 'Which controls cover multi-factor sign-in?']):\n"
        "    try:\n        app(['--home', sys.argv[1], *words])\n    except SystemExit as end:\n"
        "        assert not end.code, end.code\n"
        "print('\\nMODULES', *sorted({name.split('.')[0] for name in sys.modules}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "home")], check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    told, modules = done.stdout.rsplit("MODULES", 1)
    assert "by words and by meaning" in told
    found = set(modules.split())
    assert "numpy" in found
    assert not found & {"torch", "chromadb", "sentence_transformers", "bm25s", "numba", "scipy", "langchain_core"}
