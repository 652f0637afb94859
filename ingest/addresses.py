"""Which URLs may be asked and which network addresses may be connected to: pure rules, one plain reason each."""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from dataclasses import dataclass
from urllib.parse import quote

import idna

MAX_URL = 2_000
ALLOWED_PORTS = frozenset({80, 443})
"""Public feeds live on the two web ports; any other port in a feed list is a probe of something else."""

_URL = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*):(?P<slashes>//)?(?P<authority>[^/?#]*)(?P<rest>.*)", re.DOTALL)
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMERIC_LABEL = re.compile(r"[0-9]+|0x[0-9a-f]*")
_ENCODED_CONTROL = re.compile(r"%(?:[01][0-9a-f]|7f)", re.IGNORECASE)

_LOCAL_SUFFIXES = (
    *("localhost", "localdomain", "local", "internal", "intranet", "private", "corp", "home", "lan"),
    *("home.arpa", "in-addr.arpa", "ip6.arpa", "onion"),
)
# Public names whose answer is whatever address stands in the question.
_ECHOING_SUFFIXES = ("nip.io", "sslip.io", "xip.io", "localtest.me", "lvh.me", "vcap.me", "lacolhost.com")

_V4_REFUSED = tuple(
    (ipaddress.IPv4Network(network), reason)
    for network, reason in (
        ("0.0.0.0/8", "this host"),
        ("10.0.0.0/8", "a private network"),
        ("100.64.0.0/10", "a carrier's private network"),
        ("127.0.0.0/8", "this machine (loopback)"),
        ("168.63.129.16/32", "a cloud platform's metadata service"),
        ("169.254.0.0/16", "a link-local or metadata address"),
        ("172.16.0.0/12", "a private network"),
        ("192.0.0.0/24", "reserved for protocols"),
        ("192.0.2.0/24", "reserved for documentation"),
        ("192.88.99.0/24", "a retired 6to4 relay"),
        ("192.168.0.0/16", "a private network"),
        ("198.18.0.0/15", "reserved for benchmarks"),
        ("198.51.100.0/24", "reserved for documentation"),
        ("203.0.113.0/24", "reserved for documentation"),
        ("224.0.0.0/4", "a multicast address"),
        ("240.0.0.0/4", "reserved"),
    )
)
_V6_UNICAST = ipaddress.IPv6Network("2000::/3")
_V6_REFUSED = tuple(
    (ipaddress.IPv6Network(network), reason)
    for network, reason in (
        ("::/128", "this host"),
        ("::1/128", "this machine (loopback)"),
        ("64:ff9b:1::/48", "a private translation network"),
        ("2001::/32", "a Teredo tunnel"),
        ("2001::/23", "reserved for protocols"),
        ("2001:db8::/32", "reserved for documentation"),
        ("2002::/16", "a 6to4 tunnel"),
        ("3fff::/20", "reserved for documentation"),
        ("fc00::/7", "a private network"),
        ("fe80::/10", "a link-local address"),
        ("fec0::/10", "a private network"),
        ("ff00::/8", "a multicast address"),
    )
)
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_ISATAP = frozenset({0x0000_5EFE, 0x0200_5EFE})


class RefusedUrlError(ValueError):
    """A URL that is never asked; the text is the reason, without a full stop."""


@dataclass(frozen=True, slots=True)
class VettedUrl:
    """The parts of a URL that passed, normalised; nothing else of the text is used afterwards."""

    scheme: str
    """`http` or `https`."""
    host: str
    """Lower-case ASCII name without a final dot, or an address (IPv6 without brackets)."""
    port: int
    target: str
    """Path and query in ASCII, starting with `/`."""

    @property
    def origin(self) -> tuple[str, str, int]:
        """Scheme, host and port: what may share a header that is not for everyone."""
        return self.scheme, self.host, self.port

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == {"http": 80, "https": 443}[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{host}{port}{self.target}"


def vet_url(url: str) -> VettedUrl:
    """Check a URL without asking anyone and return its normalised parts.

    `http` and `https` on ports 80 and 443 only, no credentials, no name of the local network, no odd spelling of an
    address. A name that passes is still resolved, and its addresses checked, at the moment of connecting.

    Raises:
        RefusedUrlError: with the one reason.
    """
    _check_characters(url)
    match = _URL.fullmatch(url)
    if match is None:
        raise RefusedUrlError("is not a full http or https address")
    scheme = match["scheme"].lower()
    if scheme not in ("http", "https"):
        raise RefusedUrlError(f"uses {scheme[:20]}:, only http and https are asked")
    authority = match["authority"]
    if not match["slashes"] or not authority:
        raise RefusedUrlError("names no host")
    if "@" in authority:
        raise RefusedUrlError("carries credentials")
    host, port_text = _split_port(authority)
    port = {"http": 80, "https": 443}[scheme]
    if port_text is not None:
        if not (port_text.isascii() and port_text.isdigit() and len(port_text) <= 5):
            raise RefusedUrlError("has a malformed port")
        port = int(port_text)
    if port not in ALLOWED_PORTS:
        raise RefusedUrlError(f"uses port {port}, only 80 and 443 are asked")
    target = match["rest"].partition("#")[0]
    if not target.startswith("/"):
        target = "/" + target
    return VettedUrl(scheme, _vet_host(host), port, quote(target, safe="%/:=&?~+!$,;'@()*[]"))


def refuse_address(address: str) -> str | None:
    """Say why an IP address may not be connected to ("127.0.0.1 is this machine (loopback)"); None where it may.

    `ipaddress.is_global` is not enough: it accepts multicast and the NAT64 and 6to4 forms of private addresses. Here
    IPv6 has to lie in 2000::/3 (RFC 4291) outside its reserved parts, and an IPv4 address inside an IPv6 one
    (mapped, NAT64 RFC 6052, ISATAP) is checked as such.
    """
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return f"{address[:60]} is not an address"
    reason = _refuse_v4(ip) if isinstance(ip, ipaddress.IPv4Address) else _refuse_v6(ip)
    return f"{address} is {reason}" if reason else None


def _refuse_v4(ip: ipaddress.IPv4Address) -> str | None:
    for network, reason in _V4_REFUSED:
        if ip in network:
            return reason
    return None if ip.is_global else "not a public address"


def _refuse_v6(ip: ipaddress.IPv6Address) -> str | None:
    if ip.scope_id:
        return "a link-local address"
    if ip.ipv4_mapped is not None:
        return _refuse_v4(ip.ipv4_mapped)
    embedded = ipaddress.IPv4Address(int(ip) & 0xFFFF_FFFF)
    if ip in _NAT64:
        return _refuse_v4(embedded)
    for network, reason in _V6_REFUSED:
        if ip in network:
            return reason
    if (int(ip) >> 32) & 0xFFFF_FFFF in _ISATAP and (inner := _refuse_v4(embedded)):
        return inner
    return None if ip in _V6_UNICAST else "not a public address"


def _check_characters(url: str) -> None:
    if len(url) > MAX_URL:
        raise RefusedUrlError(f"is longer than {MAX_URL} characters")
    if any(unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zs", "Zl", "Zp") for c in url):
        raise RefusedUrlError("contains a blank, control or invisible character")
    if "\\" in url:
        raise RefusedUrlError("contains a backslash")
    if _ENCODED_CONTROL.search(url):
        raise RefusedUrlError("contains an encoded control character")


def _split_port(authority: str) -> tuple[str, str | None]:
    if authority.startswith("["):
        host, bracket, rest = authority.partition("]")
        if not bracket or (rest and not rest.startswith(":")):
            raise RefusedUrlError("has a malformed address in brackets")
        return host + "]", rest[1:] if rest else None
    if authority.count(":") > 1:
        raise RefusedUrlError("has a malformed host")
    host, colon, port = authority.partition(":")
    return host, port if colon else None


def _vet_host(host: str) -> str:
    if host.startswith("["):
        if "%" in host:
            raise RefusedUrlError("names a network interface")
        try:
            v6 = ipaddress.IPv6Address(host[1:-1])
        except ValueError:
            raise RefusedUrlError("has a malformed address in brackets") from None
        if reason := refuse_address(str(v6)):
            raise RefusedUrlError(f"leads inside: {reason}")
        return str(v6)
    if "%" in host:
        raise RefusedUrlError("has an encoded character in its host")
    name = _to_ascii(host).removesuffix(".").lower()
    labels = name.split(".")
    if len(name) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise RefusedUrlError("has a malformed host")
    if _NUMERIC_LABEL.fullmatch(labels[-1]):
        return _vet_numeric(name)
    if _ends_with(name, _LOCAL_SUFFIXES) or len(labels) == 1:
        raise RefusedUrlError(f"names a host of the local network ({name[:60]})")
    if _ends_with(name, _ECHOING_SUFFIXES):
        raise RefusedUrlError(f"names a service that answers with any address ({name[:60]})")
    for label in labels:
        if label.startswith("xn--"):
            _check_punycode(label)
    return name


def _vet_numeric(name: str) -> str:
    """Take a dotted quad; refuse `127.1`, `0177.0.0.1`, `2130706433`, which resolvers read as an address too."""
    try:
        address = str(ipaddress.IPv4Address(name))
    except ValueError:
        raise RefusedUrlError(f"spells an address in an odd way ({name[:60]})") from None
    if reason := refuse_address(address):
        raise RefusedUrlError(f"leads inside: {reason}")
    return address


def _ends_with(name: str, suffixes: tuple[str, ...]) -> bool:
    return any(name == suffix or name.endswith("." + suffix) for suffix in suffixes)


def _to_ascii(host: str) -> str:
    if host.isascii():
        return host
    try:
        name = idna.encode(host, uts46=True, std3_rules=True).decode("ascii")
    except idna.IDNAError:
        raise RefusedUrlError("has a host that is not a valid international name") from None
    if "xn--" not in name:
        # Circled letters, full-width digits and ideographic dots map to plain ASCII: a disguise, never a real name.
        raise RefusedUrlError(f"disguises its host ({name[:60]}) with look-alike characters")
    return name


def _check_punycode(label: str) -> None:
    try:
        idna.ulabel(label)
    except idna.IDNAError:
        raise RefusedUrlError("has a host that is not a valid international name") from None
