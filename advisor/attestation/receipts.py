"""Receipts of sign-offs: how one is hashed, told in words, and held against the audit chain."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from knowledge.audit import ChainBreak, verify_chain
from knowledge.errors import BadInputError, NotFoundError, StoreError
from knowledge.records.attestation import Attestation, ChainPlace, Receipt
from knowledge.store.units import ClientUnit

FOLDER: Final = "receipts"
MAX_BYTES: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that a receipt was held against."""

    passed: bool
    what: str
    """In words: what was compared, and where it fails what differs."""


def attestation_sha256(attestation: Attestation) -> str:
    """SHA-256 (64 hex digits) over the canonical JSON of a sign-off: sorted keys, no spaces, UTF-8."""
    content = json.dumps(attestation.model_dump(mode="json"), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(content.encode()).hexdigest()


def make_receipt(client_name: str, attestation: Attestation, chain: ChainPlace) -> Receipt:
    """The receipt of a sign-off that is kept."""
    return Receipt(
        client=client_name, attestation=attestation, attestation_sha256=attestation_sha256(attestation), chain=chain
    )


def receipt_text(receipt: Receipt) -> str:
    """The receipt for a person to read and keep."""
    signed = receipt.attestation
    how = "through a signed link" if signed.method == "link" else f"recorded by {signed.recorded_by}"
    lines = [
        f"Receipt of a sign-off: {receipt.client}",
        "",
        f'"{signed.statement}"',
        "",
        f"Signed by    {signed.signed_name} ({signed.name}, {signed.email})",
        f"At           {signed.signed_at:%Y-%m-%d %H:%M:%S} UTC, {how}",
        f"Policy       {signed.policy_title}, version {signed.version}",
        f"SHA-256      {signed.sha256}",
        f"Receipt      {signed.id}, {receipt.attestation_sha256}",
        f"Audit chain  row {receipt.chain.seq}, {receipt.chain.hash}",
    ]
    if signed.method == "recorded":
        lines.insert(6, f"Entered      {signed.recorded_at:%Y-%m-%d %H:%M:%S} UTC")
    if signed.evidence_sha256:
        lines.append(f"Evidence     {signed.evidence_name}, SHA-256 {signed.evidence_sha256}")
    lines += ["", "Whoever keeps the records can hold this receipt against them: vciso attest verify RECEIPT"]
    return "\n".join(lines) + "\n"


def write_receipt(folder: Path, receipt: Receipt) -> tuple[Path, Path]:
    """Writes a receipt as JSON and as text.

    Args:
        folder: where to; made if it is missing.
        receipt: what to write.

    Returns:
        The two files.

    Raises:
        StoreError: the disk refused.
    """
    made = []
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for suffix, text in (("json", receipt.model_dump_json(indent=1) + "\n"), ("txt", receipt_text(receipt))):
            target = folder / f"{receipt.attestation.id}.{suffix}"
            part = target.with_name(target.name + ".part")
            part.write_text(text, encoding="utf-8")
            part.replace(target)
            made.append(target)
    except OSError as error:
        raise StoreError(f"the receipt cannot be written ({error.strerror})", subject=str(folder)) from None
    return made[0], made[1]


def read_receipt(file: Path) -> Receipt:
    """A receipt file.

    Raises:
        NotFoundError: no such file.
        BadInputError: not a receipt.
    """
    try:
        data = file.read_bytes()
    except FileNotFoundError:
        raise NotFoundError("there is no such file", subject=str(file)) from None
    except OSError as error:
        raise BadInputError(f"cannot be opened ({error.strerror})", subject=file.name) from None
    hint = "Give the JSON file of a receipt."
    if len(data) > MAX_BYTES:
        raise BadInputError("is too large to be a receipt", subject=file.name, hint=hint)
    try:
        return Receipt.model_validate_json(data)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise BadInputError(f"is not a receipt ({where}: {first['msg']})"[:200], subject=file.name, hint=hint) from None


def verify(unit: ClientUnit, receipt: Receipt) -> tuple[Check, ...]:
    """Holds a receipt against the client's records: every check with its outcome; all must pass."""
    signed = receipt.attestation
    checks = [
        Check(attestation_sha256(signed) == receipt.attestation_sha256, "the receipt's hash is that of what it says"),
        _kept(unit, receipt),
    ]
    row = next((row for row in unit.audit.rows() if row.seq == receipt.chain.seq), None)
    anchored = (
        row is not None
        and row.hash == receipt.chain.hash
        and row.action in ("attestation.sign", "attestation.record")
        and row.detail.get("receipt_sha256") == receipt.attestation_sha256
    )
    checks.append(Check(anchored, f"row {receipt.chain.seq} of the audit chain names this receipt"))
    broken = verify_chain(unit.audit.rows())
    sound = not isinstance(broken, ChainBreak)
    why = f": row {broken.seq} {broken.reason}" if isinstance(broken, ChainBreak) else ""
    checks.append(Check(sound, f"the audit chain is whole{why}"))
    versions = {one.number: one for one in unit.policies.versions(signed.policy_id)}
    version = versions.get(signed.version)
    same = version is not None and version.sha256 == signed.sha256 == version.text.sha256
    checks.append(Check(same, f"{signed.policy_title}, version {signed.version}, still reads as it was signed"))
    return tuple(checks)


def _kept(unit: ClientUnit, receipt: Receipt) -> Check:
    what = "the client's records hold the same sign-off"
    try:
        kept, chain = unit.attestations.get(receipt.attestation.id)
    except NotFoundError:
        return Check(False, f"{what}: there is none of that id")
    return Check(kept == receipt.attestation and chain == receipt.chain, what)
