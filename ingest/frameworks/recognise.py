"""Recognises an imported framework as the text of a shipped pack, by its ids and what it calls itself (pure)."""

from __future__ import annotations

import re
from collections.abc import Sequence

from knowledge.frameworks.catalogue import key, shipped
from knowledge.frameworks.loader import Pack, framework_ids, load_pack
from knowledge.frameworks.schemes import SCHEMES, name_pattern
from knowledge.records.framework import FrozenMap, Requirement

SHARE = 0.8
"""Of the imported assessable ids, those that the pack has, itself or as their base control."""
MIN_IDS = 5

# What an edition is written behind. Revision 2 of SP 800-171 numbers as revision 3 does, and says other things.
_EDITED: dict[str, str] = {
    "nist-sp-800-53-r5": r"800[-‑–]53",
    "nist-sp-800-171-r3": r"800[-‑–]171",
    "iso-27001-2022": r"2700[12]",
    "nist-csf-2.0": r"\b(?:csf|framework)",
    "cis-controls-8.1": r"\b(?:controls|cis|csc)",
    "pci-dss-4.0.1": r"\b(?:dss|pci)",
}
_EDITION = re.compile(
    r"[\s,:(]{0,3}(?:r|rev\.?|revision|v|version|ed\.?|edition)?[\s.-]{0,2}(\d{1,4})(?!\d)", re.IGNORECASE
)


def recognise(title: str, rows: Sequence[Requirement]) -> Pack | None:
    """The shipped pack whose requirements these are; None where nothing says so.

    Numbers alone prove little (1.1, 1.2 ... stand in many tables), so titles have to agree as well, or the framework
    has to call itself by the pack's name.
    """
    ids = [row for row in rows if row.assessable]
    if len(ids) < MIN_IDS:
        return None
    best: tuple[float, Pack] | None = None
    for i in framework_ids():
        if i in SCHEMES and SCHEMES[i].borrows:
            continue
        pack = load_pack(i)
        if _other_edition(title, pack):
            continue
        share = max(_share(ids, pack), coverage(ids, pack))
        if share >= SHARE and (_named(title, i) or _titles_agree(ids, pack)) and (best is None or share > best[0]):
            best = (share, pack)
    return best[1] if best else None


def _other_edition(title: str, pack: Pack) -> bool:
    """Whether a title names the pack's framework in another edition."""
    own = re.match(r"\d+", pack.framework.version)
    if own is None or pack.id not in _EDITED:
        return False
    said = (_EDITION.match(title, hit.end()) for hit in re.finditer(_EDITED[pack.id], title, re.IGNORECASE))
    return any(one is not None and one[1] != own[0] for one in said)


def coverage(rows: Sequence[Requirement], pack: Pack) -> float:
    """The part of the pack's assessable rows that the imported ones hold."""
    have = {key(row.id) for row in rows}
    return sum(key(row.id) in have for row in pack.assessable) / len(pack.assessable)


def mark_beyond(pack: Pack, rows: Sequence[Requirement]) -> tuple[Requirement, ...]:
    """Marks rows that a complete pack does not have: NIST's file of CSF 2.0 still lists rows of CSF 1.1 as if in force.

    They are kept, not assessed against, and never make an id known. A pack that is a selection says nothing about them.
    """
    if pack.id in SCHEMES and SCHEMES[pack.id].partial:
        return tuple(rows)
    return tuple(
        row
        if pack.get(row.id) is not None
        else row.model_copy(
            update={"assessable": False, "attributes": FrozenMap({**row.attributes, "beyond_pack": True})}
        )
        for row in rows
    )


def in_the_packs_words(pack: Pack, rows: Sequence[Requirement]) -> tuple[Requirement, ...]:
    """The rows with ids written as the pack writes them (`ac-2` becomes `AC-2`)."""
    known = shipped().rows(pack.id)
    new = {row.id: found.id for row in rows if (found := known.get(key(row.id))) is not None}
    # Two spellings of one id in a file stay apart.
    if len(set(new.values())) < len(new):
        return tuple(rows)
    taken = {row.id for row in rows if row.id not in new}
    new = {old: name for old, name in new.items() if name not in taken}
    return tuple(
        row.model_copy(update={"id": new.get(row.id, row.id), "parent": new.get(row.parent, row.parent)})
        for row in rows
    )


def _share(rows: Sequence[Requirement], pack: Pack) -> float:
    known = shipped().rows(pack.id)
    hits = 0
    for row in rows:
        steps = key(row.id)
        hits += steps in known or any(_is_base(known.get(steps[:cut])) for cut in range(len(steps) - 1, 1, -1))
    return hits / len(rows)


def _is_base(row: Requirement | None) -> bool:
    return row is not None and row.assessable and row.kind == "control"


def _named(title: str, framework_id: str) -> bool:
    if framework_id in SCHEMES and name_pattern(framework_id).search(title):
        return True
    wanted = load_pack(framework_id).framework.title.casefold()
    return wanted in title.casefold() or (len(title) > 12 and title.casefold() in wanted)


def _titles_agree(rows: Sequence[Requirement], pack: Pack) -> bool:
    known = shipped().rows(pack.id)
    pairs = [(row.title, found) for row in rows if row.title and (found := known.get(key(row.id))) is not None]
    same = sum(_plain(title).endswith(_plain(found.title)) for title, found in pairs if not found.title_ours)
    return len(pairs) >= MIN_IDS and same >= 0.6 * len(pairs)


def _plain(title: str) -> str:
    return " ".join("".join(c if c.isalnum() else " " for c in title.casefold()).split())
