"""Decides whether a file is a new document, a new version of one, or nothing new (pure)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from ingest.documents.interface import Action
from knowledge.errors import ConflictError, NotFoundError, UsageError
from knowledge.records.document import Document


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do with a file."""

    action: Action
    document: Document | None
    """The current version that it equals or replaces."""
    reason: str


def find_document(documents: Sequence[Document], which: str) -> Document:
    """The document of an id, file name or title among current versions; a piece of a title will do where one has it.

    Raises:
        NotFoundError: none.
        UsageError: several have that title or file name.
    """
    wanted = which.strip().casefold()
    by_id = [one for one in documents if one.id == wanted]
    found = by_id or [one for one in documents if wanted in (one.file_name.casefold(), one.title.casefold())]
    if not found and len(wanted) > 2:
        found = [one for one in documents if wanted in one.title.casefold()]
    if not found:
        raise NotFoundError(
            "there is no document of that id, title or file name",
            subject=which,
            hint="See them all: vciso docs list CLIENT",
        )
    if len(found) > 1:
        ids = ", ".join(one.id for one in found[:5])
        raise UsageError(f"{len(found)} documents have that name", subject=which, hint=f"Use an id: {ids}")
    return found[0]


def decide(
    documents: Sequence[Document],
    *,
    sha256: str,
    file_name: str,
    title: str,
    titled: bool = True,
    replace: str = "",
    new: bool = False,
    together: Collection[str] = (),
) -> Decision:
    """What a file is to the documents that are there.

    The same bytes as a current version are nothing new. Otherwise the document that `replace` names gets a new
    version; else the one with the same file name; else the one with the same title, if the file names one itself.

    Args:
        documents: current versions.
        titled: the title was read from the document or given by a person, not made from the file name.
        replace: id, title or file name of the document that gets a new version.
        new: never a new version of another.
        together: ids of the documents that came in the same call; two files that a person hands over together are two
            documents, whatever name or title both bear.

    Raises:
        NotFoundError, UsageError: `replace` names none, or several.
        ConflictError: several documents have that title, so that it cannot be told which one is meant.
    """
    same = next((one for one in documents if one.sha256 == sha256), None)
    if replace:
        if new:
            raise UsageError("--replace and --new exclude each other")
        target = find_document(documents, replace)
        if same is not None and same.id == target.id:
            return Decision("unchanged", same, "the same bytes as its current version")
        if same is not None:
            raise ConflictError(
                f"is already there as {same.id} ({same.title})", subject=file_name, hint="Remove that one first."
            )
        return Decision("replaced", target, "you said so")
    if same is not None:
        return Decision("unchanged", same, "the same bytes as its current version")
    if new:
        return Decision("added", None, "you said that it is new")
    before = [one for one in documents if one.id not in together]
    by_name = [one for one in before if one.file_name.casefold() == file_name.casefold()]
    by_title = [one for one in before if titled and one.title.casefold() == title.casefold()]
    found, why = (by_name, "the same file name") if by_name else (by_title, "the same title")
    if len(found) > 1:
        ids = ", ".join(one.id for one in found[:5])
        raise ConflictError(
            f"{len(found)} documents have {why} ({ids})",
            subject=file_name,
            hint="Say which one with --replace ID, or that it is another with --new.",
        )
    return Decision("replaced", found[0], why) if found else Decision("added", None, "a new document")
