"""Loads the shipped packs and crosswalks lazily, once each, and refuses a pack whose structure does not hold."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from pydantic import TypeAdapter, ValidationError

from knowledge.errors import IntegrityError, NotFoundError
from knowledge.frameworks.prepared import document as prepared
from knowledge.frameworks.prepared import file_sha256
from knowledge.frameworks.prepared import head as prepared_head
from knowledge.records.framework import Crosswalk, CrosswalkMapping, Framework, Requirement

_ROWS = TypeAdapter(tuple[Requirement, ...])


@dataclass(frozen=True)
class Pack:
    """A framework with its requirements in document order, and ways to walk them.

    Raises:
        IntegrityError: an id twice, a parent that is missing or comes later, a withdrawn row without explanation.
    """

    framework: Framework
    requirements: tuple[Requirement, ...]
    _by_id: dict[str, Requirement] = field(init=False, repr=False, compare=False)
    _children: dict[str, tuple[Requirement, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        by_id: dict[str, Requirement] = {}
        children: dict[str, list[Requirement]] = {}
        for row in self.requirements:
            if row.id in by_id:
                raise _broken(self.framework.id, f"has the id {row.id} twice")
            if row.parent and row.parent not in by_id:
                raise _broken(self.framework.id, f"{row.id} stands under {row.parent}, which is not above it")
            if row.withdrawn and not (row.successors or row.summary or row.attributes.get("withdrawn_note")):
                raise _broken(self.framework.id, f"{row.id} is withdrawn and nothing says why or to where")
            by_id[row.id] = row
            children.setdefault(row.parent, []).append(row)
        object.__setattr__(self, "_by_id", by_id)
        object.__setattr__(self, "_children", {parent: tuple(rows) for parent, rows in children.items()})

    @property
    def id(self) -> str:
        """The framework's id."""
        return self.framework.id

    @property
    def assessable(self) -> tuple[Requirement, ...]:
        """Rows that one is assessed against, withdrawn ones left out."""
        return tuple(row for row in self.requirements if row.assessable and not row.withdrawn)

    def get(self, requirement_id: str) -> Requirement | None:
        """The row of exactly that id."""
        return self._by_id.get(requirement_id)

    def children(self, requirement_id: str = "") -> tuple[Requirement, ...]:
        """Rows directly under one, or the top rows."""
        return self._children.get(requirement_id, ())

    def descendants(self, requirement_id: str) -> tuple[Requirement, ...]:
        """All rows under one, in document order."""
        found: list[Requirement] = []
        for row in self.children(requirement_id):
            found.append(row)
            found.extend(self.descendants(row.id))
        return tuple(found)

    def path(self, requirement_id: str) -> tuple[Requirement, ...]:
        """The rows above one, top first, and the row itself last; empty for an id that is not here."""
        found: list[Requirement] = []
        row = self.get(requirement_id)
        while row is not None:
            found.append(row)
            row = self.get(row.parent) if row.parent else None
        return tuple(reversed(found))


@dataclass(frozen=True)
class Table:
    """A crosswalk with its pairs, each in the direction of the file, in its order."""

    crosswalk: Crosswalk
    mappings: tuple[CrosswalkMapping, ...]


@cache
def frameworks() -> tuple[Framework, ...]:
    """Heads of the shipped packs by id; reads the top of each file only."""
    return tuple(_framework(_head(file, "requirements:")) for file in _files())


def framework_ids() -> tuple[str, ...]:
    """Ids of the shipped packs, sorted."""
    return tuple(file.name.removesuffix(".yaml") for file in _files())


@cache
def load_pack(framework_id: str) -> Pack:
    """A shipped pack.

    Raises:
        NotFoundError: no such pack.
        IntegrityError: its file is damaged or its structure does not hold.
    """
    file = next((file for file in _files() if file.name == f"{framework_id}.yaml"), None)
    if file is None:
        raise NotFoundError("no such framework", subject=framework_id[:60], hint="`vciso framework list` shows them.")
    document = read_document(file)
    framework = _framework(document)
    if framework.id != framework_id:
        raise _broken(framework_id, f"calls itself {framework.id}")
    try:
        rows = _ROWS.validate_python([_tuples(row) for row in document.get("requirements") or ()])
    except ValidationError as error:
        raise _broken(framework_id, str(error.errors(include_url=False)[0]["loc"])) from error
    return Pack(framework, rows)


@cache
def crosswalks() -> tuple[Crosswalk, ...]:
    """Heads of the shipped crosswalks by file name; reads the top of each file only."""
    return tuple(_crosswalk(_head(file, "mappings:")) for file in _files("crosswalks"))


@cache
def load_crosswalk(crosswalk_id: str) -> Table:
    """A shipped crosswalk by `<from>__<to>`.

    Raises:
        NotFoundError: no such table.
        IntegrityError: its file is damaged.
    """
    document = _table(crosswalk_id)
    head = _crosswalk(document)
    try:
        return Table(head, tuple(_pairs(head, document.get("mappings") or ())))
    except (ValidationError, KeyError) as error:
        raise _broken(crosswalk_id, f"has a pair that cannot be read ({error})") from error


@cache
def id_pairs(crosswalk_id: str) -> tuple[tuple[str, str], ...]:
    """The pairs of a shipped crosswalk by their ids alone.

    Raises: as `load_crosswalk`.
    """
    rows = _table(crosswalk_id).get("mappings") or ()
    try:
        return tuple((row["from"], to) for row in rows for to in _targets(row))
    except KeyError as error:
        raise _broken(crosswalk_id, f"has a pair that cannot be read ({error})") from error


def _table(crosswalk_id: str) -> dict[str, Any]:
    file = next((file for file in _files("crosswalks") if file.name == f"{crosswalk_id}.yaml"), None)
    if file is None:
        raise NotFoundError("no such crosswalk", subject=crosswalk_id[:120])
    return read_document(file)


def _targets(row: Mapping[str, Any]) -> list[str]:
    """A compact row names several targets of one source."""
    to = row["to"]
    return to if isinstance(to, list) else [to]


def _pairs(head: Crosswalk, rows: Iterable[Mapping[str, Any]]) -> Iterable[CrosswalkMapping]:
    for row in rows:
        for target in _targets(row):
            yield CrosswalkMapping(
                from_framework=head.from_framework,
                from_id=row["from"],
                to_framework=head.to_framework,
                to_id=target,
                relationship=row["relationship"],
                rationale=row.get("rationale", "") or head.rationale,
                source=head.source,
                authority=head.authority,
            )


def read_document(file: Traversable) -> dict[str, Any]:
    """What a pack or a table says: from the prepared copy where that is of this very text, else from the YAML.

    Raises:
        IntegrityError: the file is damaged.
    """
    known = prepared(file)
    return known if isinstance(known, dict) else from_yaml(file)


def from_yaml(file: Traversable) -> dict[str, Any]:
    """What a YAML file of ours says.

    Raises:
        IntegrityError: the file is damaged.
    """
    return _read(file.read_text(encoding="utf-8"), file.name)


@cache
def packs_digest() -> str:
    """SHA-256 over the shipped packs: what is derived from them is of these or is made anew."""
    total = hashlib.sha256()
    for file in _files():
        total.update(f"{file.name}\0{file_sha256(file)}".encode())
    return total.hexdigest()


@cache
def data_digest() -> str:
    """The same over the packs and the tables between them."""
    total = hashlib.sha256()
    for file in data_files():
        total.update(f"{file.name}\0{file_sha256(file)}".encode())
    return total.hexdigest()


@cache
def data_files() -> tuple[Traversable, ...]:
    """Every shipped pack and table."""
    return (*_files(), *_files("crosswalks"))


@cache
def _files(folder: str = "") -> tuple[Traversable, ...]:
    place = files("knowledge.frameworks") / "data"
    place = place / folder if folder else place
    found = [file for file in place.iterdir() if file.name.endswith(".yaml")]
    return tuple(sorted(found, key=lambda file: file.name))


def _head(file: Traversable, until: str) -> dict[str, Any]:
    """The part of a file before its rows: a pack is read in a millisecond when only its head is wanted."""
    known = prepared_head(file)
    if isinstance(known, dict):
        return known
    lines: list[str] = []
    with file.open(encoding="utf-8") as text:
        for line in text:
            if line.startswith(until):
                break
            lines.append(line)
    return _read("".join(lines), file.name)


def yaml_rows(text: str, name: str) -> Any:
    """What YAML of ours says; libyaml, which every wheel of PyYAML has, reads it some twelve times faster.

    Raises:
        IntegrityError: it is not YAML.
    """
    import yaml  # noqa: PLC0415 - the prepared copy is nearly always there

    try:
        return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - both are safe
    except yaml.YAMLError as error:
        raise _broken(name, f"is not YAML ({' '.join(str(error).split())[:160]})") from error


def _read(text: str, name: str) -> dict[str, Any]:
    document = yaml_rows(text, name)
    if not isinstance(document, dict):
        raise _broken(name, "is not a pack")
    return document


def _framework(document: Mapping[str, Any]) -> Framework:
    try:
        return Framework.model_validate(document["framework"])
    except (KeyError, ValidationError) as error:
        raise _broken("framework pack", f"has no sound head ({error})") from error


def _crosswalk(document: Mapping[str, Any]) -> Crosswalk:
    try:
        head = dict(document["crosswalk"])
        sides = {"from_framework": head.pop("from"), "to_framework": head.pop("to")}
        return Crosswalk.model_validate(head | sides)
    except (KeyError, ValidationError) as error:
        raise _broken("crosswalk", f"has no sound head ({error})") from error


def _tuples(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row as YAML gives it, its attribute lists made tuples of texts and its dates ISO 8601 text."""
    attributes: Mapping[str, Any] = row.get("attributes") or {}
    return {**row, "attributes": {name: _attribute(value) for name, value in attributes.items()}}


def _attribute(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(map(str, value))
    return value.isoformat() if isinstance(value, date) else value


def _broken(subject: str, message: str) -> IntegrityError:
    return IntegrityError(message, subject=subject, hint="Install the product again; its data files were changed.")
