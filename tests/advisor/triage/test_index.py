"""The index hands out the same verdicts as comparing everything with everything, and forgets a client whole."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from advisor.triage.identity import identify
from advisor.triage.index import AssetIndex
from advisor.triage.structured import judge_vulnerability, vulnerability_keys
from knowledge.records.advisory import Advisory, AdvisoryProduct, AdvisoryVulnerability
from knowledge.records.asset import Asset
from knowledge.records.vulnerability import ConfigNode, Configuration, CpeMatch, Vulnerability

NOW = datetime(2026, 8, 7, tzinfo=UTC)


def asset(key: str, product: str, version: str = "1.0", host: str = "") -> Asset:
    return Asset(id=key, name=key, vendor="acme", product=product, version=version, host=host, updated_at=NOW)


def cve(product: str, end: str = "2.0") -> Vulnerability:
    match = CpeMatch(criteria=f"cpe:2.3:a:acme:{product}:*:*:*:*:*:*:*:*", version_end_excluding=end)
    return Vulnerability(
        cve_id="CVE-2026-10003", configurations=(Configuration(nodes=(ConfigNode(matches=(match,)),)),)
    )


def found(index: AssetIndex, item: Vulnerability | Advisory) -> list[tuple[str, str, str]]:
    return [(client, v.match.subject_id, v.kind) for client, v in index.judge(item)]


def test_each_client_gets_its_own_assets() -> None:
    index = AssetIndex()
    index.put("north", [asset("a", "agent"), asset("b", "relay")])
    index.put("south", [asset("a", "agent", "3.0")])
    assert found(index, cve("agent")) == [("north", "a", "affected"), ("south", "a", "version-not-affected")]
    assert [v.match.subject_id for _, v in index.judge(cve("agent"), "south")] == ["a"]
    assert list(index.judge(cve("agent"), "nobody")) == []


def test_putting_a_client_again_replaces_it() -> None:
    index = AssetIndex()
    index.put("north", [asset("a", "agent"), asset("b", "relay")])
    index.put("south", [asset("c", "agent")])
    index.put("north", [asset("a", "relay")])
    assert found(index, cve("agent")) == [("south", "c", "affected")]
    assert found(index, cve("relay")) == [("north", "a", "affected")]


def test_a_dropped_client_leaves_no_key() -> None:
    index = AssetIndex()
    index.put("north", [asset("a", "secretproduct")])
    index.drop("north")
    index.drop("north")
    assert index.clients() == ()
    assert "secretproduct" not in repr(vars(index))


def test_confirmed_names_are_found() -> None:
    index = AssetIndex()
    index.put("north", [asset("a", "our gateway")], {"a": [("acme", "agent")]})
    assert found(index, cve("agent")) == [("north", "a", "affected")]


def test_the_host_is_the_clients_own() -> None:
    index = AssetIndex()
    index.put("north", [asset("a", "agent", host="SRV-1"), asset("os", "system", host="srv-1"), asset("x", "y")])
    index.put("south", [asset("z", "system", host="srv-1")])
    candidate = next(index.candidates(vulnerability_keys(cve("agent"))))
    assert [i.asset.id for i in index.same_host(candidate)] == ["os"]


def test_advisories_go_the_same_way() -> None:
    index = AssetIndex()
    index.put("north", [asset("a", "agent", "1.0")])
    item = Advisory(
        id="acme/1",
        tracking_id="1",
        publisher="Acme",
        title="t",
        published_at=NOW,
        updated_at=NOW,
        products=(AdvisoryProduct(product_id="A", name="Acme Agent", vendor="Acme", product="Agent", version="1.0"),),
        vulnerabilities=(AdvisoryVulnerability(cve_id="CVE-2026-1", status={"known_affected": ("A",)}),),
    )
    assert found(index, item) == [("north", "a", "affected")]


_products = st.sampled_from(["agent", "relay", "valve", "pump"])
_inventories = st.dictionaries(
    st.sampled_from(["north", "south", "east"]),
    st.lists(st.tuples(_products, st.sampled_from(["", "1.0", "2.0", "3.1"])), max_size=6),
)


@given(_inventories, _products, st.sampled_from(["1.5", "3.0"]))
def test_nothing_is_found_or_lost_against_the_plain_loop(
    inventories: dict[str, list[tuple[str, str]]], product: str, end: str
) -> None:
    index = AssetIndex()
    rows = {c: [asset(f"{i}", p, v) for i, (p, v) in enumerate(pairs)] for c, pairs in inventories.items()}
    for client, assets in rows.items():
        index.put(client, assets)
    item = cve(product, end)

    def loop() -> Iterator[tuple[str, str, str]]:
        for client in sorted(rows):
            for row in rows[client]:
                if verdict := judge_vulnerability(item, identify(row)):
                    yield client, row.id, verdict.kind

    assert found(index, item) == list(loop())
