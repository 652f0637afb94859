"""Parses an nmap XML report: hosts that are up, and their open ports where nmap recognised a product."""

from __future__ import annotations

from typing import Any
from xml.etree.ElementTree import ParseError

import defusedxml.ElementTree as SafeXml
from defusedxml.common import DefusedXmlException
from libnmap.parser import NmapParser, NmapParserException

from ingest.inventory.cpe import parse_cpe
from ingest.inventory.csv_file import decode
from ingest.inventory.limits import MAX_HOSTS
from knowledge.errors import BadInputError

MIN_OS_ACCURACY = 95
"""Percent from which nmap's guess of an operating system is taken."""


def parse(data: bytes, options: dict[str, Any]) -> dict[str, Any]:
    """Read an nmap report (`nmap -oX`). Exposure stays unknown: a scan does not say where it stood.

    Args:
        data: the file.
        options: none.

    Returns:
        `rows`: list of {where, values}; `suppliers` (empty); `skipped` and `notes`: lists of [where, reason];
        `incomplete`.

    Raises:
        BadInputError: not an nmap report, cut off, XML entities, or more hosts than the limit.
    """
    del options
    text = _checked(data)
    try:
        report = NmapParser.parse_fromstring(text)
    except NmapParserException as error:
        raise BadInputError(f"is not a readable nmap report ({error})") from error
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise BadInputError(
            "is an nmap report with missing parts", hint="Let nmap finish and write it again."
        ) from error
    hosts = list(report.hosts)
    rows: list[dict[str, Any]] = []
    skipped: list[list[str]] = []
    down = 0
    for host in hosts:
        if host.status != "up":
            down += 1
            continue
        _host(host, rows, skipped)
    if down:
        skipped.append(["hosts", f"{down:,} did not answer (down)"])
    return {"rows": rows, "suppliers": [], "skipped": skipped, "notes": [], "incomplete": False}


def _checked(data: bytes) -> str:
    """Let defusedxml judge the bytes first (entities, root, number of hosts); then the library gets the text."""
    try:
        root = SafeXml.fromstring(data)
    except DefusedXmlException as error:
        raise BadInputError("declares XML entities, which an nmap report does not need; refused unread") from error
    except (ParseError, ValueError, LookupError) as error:
        raise BadInputError(
            f"is not complete XML ({error})", hint="Let nmap finish; a scan that was stopped leaves half a report."
        ) from error
    if root.tag != "nmaprun":
        raise BadInputError(f"is XML but not an nmap report: its root is {str(root.tag)[:60]!r}")
    hosts = sum(1 for _ in root.iter("host"))
    if hosts > MAX_HOSTS:
        raise BadInputError(f"has {hosts:,} hosts; the limit is {MAX_HOSTS:,}", hint="Scan one network at a time.")
    return decode(data)[0].lstrip("\ufeff")


def _host(host: Any, rows: list[dict[str, Any]], skipped: list[list[str]]) -> None:
    address = str(host.address or host.ipv6 or host.mac)
    names = [str(name) for name in host.hostnames if name]
    label = names[0] if names else address
    values = {"name": label, "kind": "unknown", "host": address}
    values |= _operating_system(host)
    rows.append({"where": f"host {address}", "values": values})
    unnamed = []
    for service in host.services:
        port = f"{service.port}/{service.protocol}"
        if service.state != "open":
            continue
        found = _service(service)
        if not found["product"]:
            unnamed.append(f"{port} ({service.service or 'unknown'})")
            continue
        found |= {"name": f"{found['product']} on {label} {port}", "kind": "service", "host": address}
        rows.append({"where": f"host {address}, {port}", "values": found})
    if unnamed:
        shown = ", ".join(unnamed[:12]) + (", ..." if len(unnamed) > 12 else "")
        skipped.append([f"host {address}", f"{len(unnamed)} open ports without a product (scan with -sV): {shown}"])


def _service(service: Any) -> dict[str, str]:
    """Take product, version and CPE of a service; a CPE of its operating system tells no more than the vendor."""
    names = [name for entry in service.cpelist if (name := parse_cpe(str(entry.cpestring)))]
    own = next((name for name in names if name.part != "o"), None)
    words = dict(service.service_dict)
    product = str(words.get("product") or "") or (own.product.replace("_", " ") if own else "")
    vendors = [name.vendor.replace("_", " ") for name in names]
    vendor = vendors[names.index(own)] if own else next((v for v in vendors if product.lower().startswith(v)), "")
    return {
        "vendor": vendor,
        "product": product,
        "version": str(words.get("version") or "") or (own.version if own else ""),
        "cpe": own.formatted if own else "",
        "notes": str(words.get("extrainfo") or ""),
    }


def _operating_system(host: Any) -> dict[str, str]:
    """Take the surest guess of the system. Its version is a range of guesses, so none is recorded."""
    if not host.os_fingerprinted:
        return {}
    matches = [match for match in host.os.osmatches if int(match.accuracy) >= MIN_OS_ACCURACY]
    if not matches:
        return {}
    best = max(matches, key=lambda match: int(match.accuracy))
    kinds = [kind for kind in best.osclasses if kind.vendor and kind.osfamily]
    if not kinds:
        return {}
    return {
        "kind": "operating-system",
        "vendor": str(kinds[0].vendor),
        "product": str(kinds[0].osfamily),
        "notes": f"nmap takes it for {best.name} ({best.accuracy} % sure)",
    }
