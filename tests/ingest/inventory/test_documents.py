"""CycloneDX, SPDX and nmap, taken apart; and how a file is recognised."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ingest.inventory import cyclonedx_file, limits, nmap_file, spdx_file
from ingest.inventory.detect import detect_format
from knowledge.errors import BadInputError

LOG4J = {
    "type": "library",
    "group": "org.apache.logging.log4j",
    "name": "log4j-core",
    "version": "2.14.1",
    "purl": "pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1",
    "publisher": "The Apache Software Foundation",
    "licenses": [{"license": {"id": "no such licence, and nobody minds"}}],
}


def bom(*components: Any, **more: Any) -> bytes:
    return json.dumps({"bomFormat": "CycloneDX", "specVersion": "1.5", "components": list(components), **more}).encode()


def cdx(data: bytes, **options: Any) -> dict[str, Any]:
    return cyclonedx_file.parse(data, options)


def test_components_become_rows() -> None:
    [row] = cdx(bom(LOG4J))["rows"]
    assert row["where"] == "components[0] log4j-core"
    assert row["values"] == {
        "name": "log4j-core",
        "kind": "library",
        "vendor": "The Apache Software Foundation",
        "product": "log4j-core",
        "version": "2.14.1",
        "cpe": "",
        "purl": "pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1",
    }


def test_the_described_application_is_an_asset_and_names_its_parts() -> None:
    found = cdx(bom(LOG4J, metadata={"component": {"type": "application", "name": "Portal", "version": "3"}}))
    assert [row["values"]["name"] for row in found["rows"]] == ["Portal", "log4j-core (Portal)"]
    assert cdx(bom(LOG4J), part_of="Shop")["rows"][0]["values"]["name"] == "log4j-core (Shop)"


def test_nested_components_are_read_to_a_depth() -> None:
    node: dict[str, Any] = {"type": "library", "name": "deepest"}
    for level in range(limits.MAX_DEPTH + 2):
        node = {"type": "library", "name": f"n{level}", "components": [node]}
    found = cdx(bom(node))
    assert len(found["rows"]) == limits.MAX_DEPTH
    assert "deeper than 32 levels" in found["skipped"][0][1]
    assert found["incomplete"]


def test_one_bad_component_costs_nothing_else() -> None:
    found = cdx(
        bom(
            {"type": "library", "name": "a", "purl": "not a purl"},
            {"type": "teleporter", "name": "b", "version": 3},
            {"type": "library"},
            "not an object",
            {"type": "file", "name": "readme.txt"},
            LOG4J,
        )
    )
    assert [row["values"]["name"] for row in found["rows"]] == ["a", "b", "log4j-core"]
    assert found["rows"][1]["values"]["kind"] == "unknown"
    assert found["rows"][1]["values"]["version"] == "3"
    assert [reason.split(":")[0] for _, reason in found["notes"]] == ["read without its purl", "read without its type"]
    assert {reason for _, reason in found["skipped"]} == {
        "1 entries are not components",
        "has no name",
        "is a file, not a product",
    }


def test_services_are_saas_and_their_providers_third_parties() -> None:
    service = {
        "name": "Mailer",
        "version": "2",
        "provider": {"name": "Acme Inc", "url": ["https://acme.example/x"]},
        "endpoints": ["https://api.acme.example/v1"],
        "services": [{"name": "Queue", "provider": {"name": "ACME inc"}}, {"name": "Own"}],
    }
    found = cdx(bom(services=[service]))
    assert [(r["values"]["product"], r["values"]["kind"], r["values"]["provided_by"]) for r in found["rows"]] == [
        ("Mailer", "saas", "Acme Inc"),
        ("Queue", "saas", "ACME inc"),
        ("Own", "saas", ""),
    ]
    assert found["rows"][0]["values"]["host"] == "api.acme.example"
    assert [s["values"] for s in found["suppliers"]] == [
        {"name": "Acme Inc", "domain": "acme.example", "service": "Mailer; Queue"}
    ]


XML = """<?xml version="1.0"?><!-- a comment -->
<bom xmlns="http://cyclonedx.org/schema/bom/1.4">
<metadata><component type="application"><name>Portal</name></component></metadata>
<components><component type="operating-system"><supplier><name>Red Hat</name><url>https://redhat.com</url></supplier>
<name>Enterprise Linux</name><version>8.0</version><cpe>cpe:2.3:o:redhat:enterprise_linux:8.0:*:*:*:*:*:*:*</cpe>
<components><component type="library"><name>inner</name><version>1</version></component></components></component>
</components><services><service><provider><name>Acme</name></provider><name>Mailer</name>
<endpoints><endpoint>https://m.example</endpoint></endpoints></service></services></bom>"""


def test_the_xml_form_says_the_same() -> None:
    found = cdx(XML.encode())
    assert [(r["values"]["name"], r["values"]["kind"], r["values"]["vendor"]) for r in found["rows"]] == [
        ("Portal", "application", ""),
        ("Enterprise Linux (Portal)", "operating-system", "Red Hat"),
        ("inner (Portal)", "library", ""),
        ("Mailer (Portal)", "saas", "Acme"),
    ]
    assert found["suppliers"][0]["values"]["name"] == "Acme"
    assert detect_format(XML.encode(), "x") == "cyclonedx"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b'<!DOCTYPE b [<!ENTITY a "x">]><bom><components/></bom>', "XML entities"),
        (b"<bom><components>", "not well-formed XML"),
        (b"<root/>", "its root is 'root'"),
        (b'{"bomFormat": "CycloneDX", "components": [', "not complete JSON"),
        (b'{"a": 1}', "neither components nor services"),
        (b"[]", "not one object"),
        (b'{"a":' * 5000, "nested too deeply"),
    ],
)
def test_what_is_no_cyclonedx_gets_a_sentence(data: bytes, words: str) -> None:
    with pytest.raises(BadInputError, match=words):
        cdx(data)


@pytest.mark.parametrize("value", [None, 5, "x", {}, [None, 5]])
@pytest.mark.parametrize("key", ["components", "services", "metadata"])
def test_wrong_types_never_break_it(key: str, value: Any) -> None:
    found = cdx(json.dumps({"bomFormat": "CycloneDX", key: value}).encode())
    assert found["rows"] == []


def test_too_many_components_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cyclonedx_file, "MAX_COMPONENTS", 3)
    with pytest.raises(BadInputError, match="more than 3 components"):
        cdx(bom(*[LOG4J] * 4))


def test_spdx_packages_become_rows() -> None:
    package = {
        "SPDXID": "SPDXRef-1",
        "name": "openssl",
        "versionInfo": "3.0.8",
        "supplier": "Organization: OpenSSL Foundation (security@example.org)",
        "primaryPackagePurpose": "LIBRARY",
        "externalRefs": [
            {"referenceType": "cpe23Type", "referenceLocator": "cpe:2.3:a:openssl:openssl:3.0.8:*:*:*:*:*:*:*"},
            {"referenceType": "purl", "referenceLocator": "pkg:generic/openssl@3.0.8"},
        ],
    }
    other = {"name": "x", "versionInfo": "NOASSERTION", "supplier": "Person: Jo"}
    document = {
        "spdxVersion": "SPDX-2.3",
        "packages": [package, other, {"name": "NONE"}, {"name": "f", "primaryPackagePurpose": "FILE"}],
    }
    for data in (document, {"sbom": document}):
        found = spdx_file.parse(json.dumps(data).encode(), {})
        assert [row["values"] for row in found["rows"]] == [
            {
                "name": "openssl",
                "kind": "library",
                "vendor": "OpenSSL Foundation",
                "product": "openssl",
                "version": "3.0.8",
                "cpe": "cpe:2.3:a:openssl:openssl:3.0.8:*:*:*:*:*:*:*",
                "purl": "pkg:generic/openssl@3.0.8",
            },
            {"name": "x", "kind": "unknown", "vendor": "", "product": "x", "version": "", "cpe": "", "purl": ""},
        ]
        assert [reason for _, reason in found["skipped"]] == ["has no name", "is a file, not a product"]
    with pytest.raises(BadInputError, match="SPDX 3"):
        spdx_file.parse(b'{"@context": "https://spdx.org/rdf/3.0.1", "@graph": []}', {})
    with pytest.raises(BadInputError, match="not SPDX 2"):
        spdx_file.parse(b"{}", {})


def nmap(hosts: str) -> dict[str, Any]:
    return nmap_file.parse(f"<?xml version='1.0'?><!DOCTYPE nmaprun><nmaprun>{hosts}</nmaprun>".encode(), {})


def host(state: str, ports: str, os: str = "") -> str:
    return (
        f'<host><status state="{state}"/><address addr="192.0.2.7" addrtype="ipv4"/>'
        f'<hostnames><hostname name="web.example"/></hostnames>'
        f"<ports>{ports}</ports>{os}</host>"
    )


def port(number: int, state: str, service: str) -> str:
    return f'<port protocol="tcp" portid="{number}"><state state="{state}"/>{service}</port>'


def test_open_ports_with_a_product_become_rows_with_cpe_23() -> None:
    found = nmap(
        host(
            "up",
            port(22, "open", '<service name="ssh" product="OpenSSH" version="7.4"><cpe>cpe:/o:linux:linux_kernel</cpe>'
                             "<cpe>cpe:/a:openbsd:openssh:7.4</cpe></service>")
            + port(80, "closed", '<service name="http" product="nginx"/>')
            + port(443, "open", '<service name="https"/>')
            + port(3389, "open", '<service name="ms-wbt-server" product="Microsoft Terminal Services">'
                                 "<cpe>cpe:/o:microsoft:windows</cpe></service>"),
        )
    )  # fmt: skip
    assert [row["values"]["name"] for row in found["rows"]] == [
        "web.example",
        "OpenSSH on web.example 22/tcp",
        "Microsoft Terminal Services on web.example 3389/tcp",
    ]
    assert found["rows"][1]["values"] == {
        "vendor": "openbsd",
        "product": "OpenSSH",
        "version": "7.4",
        "cpe": "cpe:2.3:a:openbsd:openssh:7.4:*:*:*:*:*:*:*",
        "notes": "",
        "name": "OpenSSH on web.example 22/tcp",
        "kind": "service",
        "host": "192.0.2.7",
    }
    assert (found["rows"][2]["values"]["vendor"], found["rows"][2]["values"]["cpe"]) == ("microsoft", "")
    assert "443/tcp (https)" in found["skipped"][0][1]
    assert not any("exposure" in row["values"] for row in found["rows"])


def test_hosts_that_are_down_are_counted_not_taken() -> None:
    found = nmap(host("down", "") + host("down", ""))
    assert found["rows"] == []
    assert found["skipped"] == [["hosts", "2 did not answer (down)"]]


def test_a_sure_guess_of_the_system_is_taken_without_a_version() -> None:
    guess = (
        '<os><osmatch name="Linux 3.7 - 3.15" accuracy="{0}" line="1"><osclass type="general purpose" vendor="Linux" '
        'osfamily="Linux" osgen="3.X" accuracy="{0}"/></osmatch></os>'
    )
    sure = nmap(host("up", "", guess.format(98)))["rows"][0]["values"]
    assert (sure["kind"], sure["product"], "version" in sure) == ("operating-system", "Linux", False)
    assert "98 % sure" in sure["notes"]
    assert nmap(host("up", "", guess.format(90)))["rows"][0]["values"]["kind"] == "unknown"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b'<!DOCTYPE n [<!ENTITY e SYSTEM "file:///etc/passwd">]><nmaprun>&e;</nmaprun>', "XML entities"),
        (b"<nmaprun><host>", "not complete XML"),
        (b"<root/>", "its root is 'root'"),
        (b"<nmaprun><host><ports><port/></ports></host></nmaprun>", "nmap report"),
    ],
)
def test_what_is_no_report_gets_a_sentence(data: bytes, words: str) -> None:
    with pytest.raises(BadInputError, match=words):
        nmap_file.parse(data, {})


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"name,owner\na,b\n", "csv"),
        (b"\xff\xfe" + "name,owner\n".encode("utf-16-le"), "csv"),
        (b"PK\x03\x04....", "xlsx"),
        (b'\xef\xbb\xbf{"bomFormat" : "CycloneDX"}', "cyclonedx"),
        (b'{"spdxVersion":"SPDX-2.3"}', "spdx"),
        (
            b"<?xml version='1.0'?>\n<!DOCTYPE nmaprun [<!ATTLIST a b CDATA 'c'>]>\n<!-- <bom> -->\n<nmaprun>",
            "nmap",
        ),
        (b'<cdx:bom xmlns:cdx="http://cyclonedx.org/schema/bom/1.4">', "cyclonedx"),
    ],
)
def test_a_file_is_known_by_its_content(data: bytes, found: str) -> None:
    assert detect_format(data, "whatever.bin") == found


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is empty"),
        (b"\xef\xbb\xbf \n", "is empty"),
        (b"%PDF-1.7", "is a PDF"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old Excel format"),
        (b"\x1f\x8b\x08", "gzip"),
        (b"<html><body>", "root 'html'"),
        (b"<!-- never closed", "root 'nothing'"),
        (b'{"a": 1}', "neither CycloneDX nor SPDX"),
        (b"[1]", "JSON list"),
    ],
)
def test_other_files_are_named_for_what_they_are(data: bytes, words: str) -> None:
    with pytest.raises(BadInputError, match=words) as caught:
        detect_format(data, "list.dat")
    assert caught.value.subject == "list.dat"
