"""Finds addresses and machine names that no inventory lists, by their form."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from typing import NamedTuple

from advisor.redaction.names import Kind
from advisor.redaction.words import word_list


class Span(NamedTuple):
    """A piece of a text, `text[start:end]`."""

    start: int
    end: int
    kind: Kind


# Bounded repetitions throughout: the texts are foreign, and a pattern that backtracks is a way to stop the product.
_MAIL = re.compile(r"[^\s@<>()\[\],;:\"']{1,64}@(?:[^\W_](?:[\w-]{0,62})\.){1,8}[^\W\d_]{2,24}")
_V4 = re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?:/\d{1,2})?(?!\.?\w)")
_V6 = re.compile(
    r"(?<![\w:.])[0-9A-Fa-f:]{2,39}(?:(?:\d{1,3}\.){3}\d{1,3})?(?:%[A-Za-z0-9]{1,15})?(?:/\d{1,3})?(?![\w:])"
)
_MAC = re.compile(r"(?<![\w:-])[0-9A-Fa-f]{2}(?:[:-][0-9A-Fa-f]{2}){5}(?![\w:-])")
_SHARE = re.compile(r"\\\\([^\W_][\w.-]{0,62})")
_HOST = re.compile(r"(?<![\w.-])(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.){1,8}[a-z]{2,24}(?![\w-]|\.\w)")


def private_spans(text: str) -> Iterator[Span]:
    """Every e-mail address, IP and MAC address, machine and domain name, in no order; they may overlap."""
    if "@" in text:
        yield from (Span(*found.span(), "MAIL") for found in _MAIL.finditer(text))
    for pattern in (_V4, _V6):
        yield from (Span(*found.span(), "ADDRESS") for found in pattern.finditer(text) if _is_address(found.group()))
    yield from (Span(*found.span(), "ADDRESS") for found in _MAC.finditer(text))
    yield from (Span(*found.span(1), "HOST") for found in _SHARE.finditer(text))
    yield from (Span(*found.span(), "HOST") for found in _HOST.finditer(text) if _is_host(found.group()))


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_interface(text)
    except ValueError:
        return False
    return text.strip(":") != ""


def _is_host(text: str) -> bool:
    """Whether a dotted word is a host: neither a file, nor an abbreviation, nor a category id such as PR.AA."""
    labels = text.casefold().split(".")
    zone = labels[-1]
    if text.casefold() in word_list("products") or zone in word_list("file_endings") or max(map(len, labels[:-1])) < 3:
        return False
    if len(labels) > 2:
        return any(len(label) > 2 or not label.isalpha() for label in labels[:-1])
    return zone in word_list("zones") or (len(zone) == 2 and zone not in word_list("short_endings"))
