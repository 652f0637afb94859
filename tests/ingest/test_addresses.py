"""No URL of the hostile list is ever asked, and the honest ones pass."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingest.addresses import RefusedUrlError, refuse_address, vet_url

OWN_BLOCKED = {
    "http://127.0.0.1/": "loopback",
    "http://LOCALHOST:80/": "local network",
    "http://printer/": "local network",
    "http://metadata.google.internal/": "local network",
    "http://0x7f000001/": "odd way",
    "http://017700000001/": "odd way",
    "http://127.1/": "odd way",
    "http://127.0.0.1.nip.io/": "answers with any address",
    "http://[::ffff:a9fe:a9fe]/": "metadata",
    "http://[64:ff9b::7f00:1]/": "loopback",
    "http://[2002:7f00:1::]/": "6to4",
    "http://[fe80::1%25eth0]/": "interface",
    "http://168.63.129.16/": "metadata",
    "http://user:pass@example.com/": "credentials",
    "http://example.com:8080/": "port 8080",
    "http://example.com:/": "malformed port",
    "http://example.com:²/": "malformed port",
    "https://example.com/a b": "blank",
    "https://example.com/\x00": "control",
    "https://exa\u200bmple.com/": "invisible",
    "https://example.com/%0d%0aX: 1": "blank",
    "https://example.com/%0D%0AX:1": "encoded control",
    "http://example.com\\@127.0.0.1/": "backslash",
    "http://127。0。0。1/": "disguises",
    "http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ/": "disguises",
    "http://①②⑦.⓪.⓪.①/": "disguises",
    "http://xn--\u0131/": "not a valid international",
    "http://xn--0.example/": "international",
    "http://-bad.example/": "malformed host",
    "http://a..example/": "malformed host",
    "file:///etc/passwd": "only http and https",
    "javascript:alert(1)": "only http and https",
    "//example.com/": "not a full",
    "https:/example.com": "names no host",
    "https://" + "a" * 2_000 + ".example/": "longer than",
    "": "not a full",
}


@pytest.mark.parametrize(("url", "words"), OWN_BLOCKED.items())
def test_blocked_with_its_reason(url: str, words: str) -> None:
    with pytest.raises(RefusedUrlError, match=words):
        vet_url(url)


@pytest.mark.parametrize(
    ("url", "normal"),
    [
        ("https://Example.COM./a?b=1#c", "https://example.com/a?b=1"),
        ("http://example.com:80", "http://example.com/"),
        ("https://example.com?x=/", "https://example.com/?x=/"),
        ("http://example.com:443/x", "http://example.com:443/x"),
        ("https://bücher.example/ü", "https://xn--bcher-kva.example/%C3%BC"),
        ("https://8.8.8.8/", "https://8.8.8.8/"),
        ("https://[2606:4700:4700:0::1111]/", "https://[2606:4700:4700::1111]/"),
        ("https://example.com/a%20b", "https://example.com/a%20b"),
    ],
)
def test_allowed_and_normalised(url: str, normal: str) -> None:
    assert str(vet_url(url)) == normal
    assert str(vet_url(normal)) == normal


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.1.2.3", "172.31.0.1", "192.168.0.1", "169.254.169.254", "100.64.0.1", "100.100.100.200"),
        *("0.0.0.0", "198.18.0.1", "192.0.2.1", "198.51.100.7", "203.0.113.9", "224.0.0.1", "240.0.0.1"),
        *("255.255.255.255", "192.0.0.192", "192.88.99.1", "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1"),
        *("::ffff:10.0.0.1", "64:ff9b::10.0.0.1", "64:ff9b:1::8.8.8.8", "2001:0:7f00:1::", "2001:db8::1"),
        *("2002:a00:1::", "3fff::1", "fc00::1", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1", "5f00::1", "100::1"),
        *("2606:4700::5efe:10.0.0.1", "nonsense", ""),
    ],
)
def test_address_refused(address: str) -> None:
    assert refuse_address(address)


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "2606:4700:4700::1111", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8", "2a00:1450:4001:81c::200e"]
)
def test_public_address_allowed(address: str) -> None:
    assert refuse_address(address) is None


def test_c15_whole_block_list_is_refused_and_allow_list_passes(shared_data: Path) -> None:
    lists = shared_data / "hostile/generated/ssrf"
    blocked = [url for url in (lists / "urls_must_block.txt").read_text("utf-8").split("\n") if url]
    assert len(blocked) > 60
    for url in blocked:
        with pytest.raises(RefusedUrlError):
            vet_url(url)
    for url in (lists / "urls_must_allow.txt").read_text("utf-8").split():
        assert vet_url(url).host


def test_c15_cloud_metadata_list_is_refused(shared_data: Path) -> None:
    passed = []
    for line in (shared_data / "hostile/ssrf/patt_cloud_metadata.txt").read_text("utf-8").splitlines():
        try:
            passed.append(str(vet_url(line.split(" ")[0])))
        except RefusedUrlError:
            continue
    assert passed == []
