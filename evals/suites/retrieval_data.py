"""Reads a retrieval bench: one corpus, and any number of folders with queries and relevance pairs."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from knowledge.errors import BadInputError
from knowledge.frameworks.ids import Known, Withdrawn, lookup
from knowledge.frameworks.loader import framework_ids, load_pack
from knowledge.frameworks.schemes import named_frameworks

FOLDER_WORDS = {
    "csf": "nist-csf-2.0",
    "171": "nist-sp-800-171-r3",
    "iso": "iso-27001-2022",
    "27001": "iso-27001-2022",
    "cis": "cis-controls-8.1",
    "soc": "soc2-tsc-2017-rev2022",
    "hipaa": "hipaa-security-rule",
    "pci": "pci-dss-4.0.1",
    "gdpr": "gdpr-security",
    "nis2": "nis2-directive",
    "dora": "dora",
    "attack": "attack-16.1",
}
"""How the word of a folder's name starts that says where its queries come from."""

OWN = Path(__file__).resolve().parents[1] / "cases" / "retrieval"
_ENHANCEMENT = re.compile(r"\s*\(\d+\)\s*$")


@dataclass(frozen=True)
class Query:
    """One question and the ids that answer it."""

    id: str
    text: str
    relevant: dict[str, int]


@dataclass(frozen=True)
class QuerySet:
    """One folder of queries."""

    name: str
    queries: tuple[Query, ...]
    own: frozenset[str]
    """Frameworks that the queries come from: their published pairs must not be used for them."""


@dataclass(frozen=True)
class Bench:
    """A corpus and its query sets."""

    rows: tuple[dict[str, Any], ...]
    framework: str
    """The shipped pack whose ids the corpus has; empty when it is none of them."""
    sets: tuple[QuerySet, ...]


def base_of(doc_id: str) -> str:
    """The base control of an enhancement: `AC-2(1)` gives `AC-2`."""
    return _ENHANCEMENT.sub("", doc_id)


def _lines(file: Path) -> list[dict[str, Any]]:
    found = []
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInputError(f"cannot be read ({error})", subject=str(file)) from None
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError:
            row = None
        if not isinstance(row, dict):
            raise BadInputError(f"line {number} is not a JSON object", subject=str(file))
        found.append(row)
    return found


def load(folder: Path, own: Path = OWN) -> Bench:
    """Reads `corpus*.jsonl` and every folder below that has `queries.jsonl` and `qrels.jsonl`.

    Args:
        folder: the bench.
        own: folders of questions of ours, which have no corpus; those that fit this one are added.

    Raises:
        BadInputError: no corpus, no query folder, or a file that is not what it should be.
    """
    corpora = sorted(folder.glob("corpus*.jsonl"))
    if not corpora:
        raise BadInputError("has no corpus*.jsonl", subject=str(folder))
    rows = tuple(row for file in corpora for row in _lines(file))
    if any(not isinstance(row.get("id"), str) or not isinstance(row.get("text"), str) for row in rows):
        raise BadInputError("has a row without id or text", subject=str(corpora[0]))
    framework = _framework_of({str(row["id"]) for row in rows})
    folders = sorted({file.parent for file in folder.rglob("queries.jsonl")})
    sets = tuple(_query_set(place, framework) for place in folders)
    if not sets:
        raise BadInputError("has no folder with queries.jsonl", subject=str(folder))
    return Bench(rows, framework, (*sets, *_ours(own, framework, {str(row["id"]) for row in rows})))


def _ours(own: Path, framework: str, ids: set[str]) -> tuple[QuerySet, ...]:
    """The sets of ours whose `meta.json` names the corpus's framework and whose answers are all in the corpus."""
    found = []
    for meta in sorted(own.glob("*/meta.json")):
        if json.loads(meta.read_text(encoding="utf-8")).get("corpus") == framework:
            read = _query_set(meta.parent, framework)
            if all(one in ids for query in read.queries for one in query.relevant):
                found.append(read)
    return tuple(found)


def _query_set(folder: Path, corpus_framework: str) -> QuerySet:
    relevant: dict[str, dict[str, int]] = {}
    for row in _lines(folder / "qrels.jsonl"):
        if int(row.get("relevance", 1)) > 0:
            relevant.setdefault(str(row["query_id"]), {})[str(row["doc_id"])] = int(row.get("relevance", 1))
    rows = [row for row in _lines(folder / "queries.jsonl") if str(row["id"]) in relevant]
    queries = tuple(Query(str(row["id"]), str(row["text"]), relevant[str(row["id"])]) for row in rows)
    if not queries:
        raise BadInputError("has no query with a relevant document", subject=str(folder))
    meta = folder / "meta.json"
    told = meta.read_text(encoding="utf-8") if meta.is_file() else ""
    own = _own(folder.name, told, [query.id for query in queries]) - {corpus_framework}
    return QuerySet(folder.name, queries, frozenset(own))


def _own(name: str, told: str, ids: list[str]) -> set[str]:
    """Where the queries come from: what the folder's name and meta.json say, and whose ids they bear."""
    found = set(named_frameworks(name.replace("_", " "))) | set(named_frameworks(told.replace("_", " ")))
    words = re.split(r"[_\W]+", name.casefold())
    found |= {framework for start, framework in FOLDER_WORDS.items() if any(word.startswith(start) for word in words)}
    for framework in framework_ids():
        bearing = sum(isinstance(lookup(one, framework), Known | Withdrawn) for one in ids)
        if bearing * 2 > len(ids):
            found.add(framework)
    return found


def _framework_of(ids: set[str]) -> str:
    """The pack that has the most of these ids, if it has at least a third of them and borrows none."""
    best, share = "", 0.33
    for framework in framework_ids():
        pack = load_pack(framework)
        own = sum(pack.get(one) is not None for one in ids) / len(ids)
        if own > share:
            best, share = framework, own
    return best
