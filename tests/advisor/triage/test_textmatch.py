"""The text rules end to end on texts written for this test: who is meant, at which version, on what evidence."""

from datetime import UTC, datetime

import pytest

from advisor.triage.subjects import ItemText, Rows, Subject, asset_subject, of_news, third_party_subjects
from advisor.triage.textmatch import TextMatcher
from knowledge.records.asset import Asset, ThirdParty, ToolUsed
from knowledge.records.news import NewsItem
from knowledge.records.triage import Verdict

NOW = datetime(2026, 8, 7, tzinfo=UTC)

ROWS = [
    ("FW-01", "Fortinet", "FortiOS", "7.2.5"),
    ("FW-02", "Fortinet", "FortiManager", "7.4.1"),
    ("WEB-1", "WordPress", "Core", "6.8"),
    ("PL-1", "Acme", "Store Locator", "1.5.1"),
    ("BR-1", "Mozilla", "Firefox", "134.0"),
    ("BR-2", "Mozilla", "Firefox ESR", "128.8"),
    ("OFF-1", "Microsoft", "Office", ""),
    ("WIN-1", "Microsoft", "Windows", ""),
    ("SW-1", "Cisco", "IOS XE", "17.3.1"),
    ("PH-1", "Apple", "iOS", "18.1"),
    ("IDM-1", "VMware", "Workspace ONE Access and Identity Manager", ""),
    ("DB-1", "PostgreSQL", "PostgreSQL", "16.2"),
    ("FL-1", "fleetdm", "fleet", "4.75.0"),
    ("LB-1", "Progress", "LoadMaster", ""),
    ("LOG-1", "Apache", "Log4j2", "2.14.1"),
]


@pytest.fixture(scope="module")
def matcher() -> TextMatcher:
    return TextMatcher.build(
        [("clinic", Subject("asset", key, key, vendor, product, version)) for key, vendor, product, version in ROWS]
    )


def judged(
    matcher: TextMatcher, kind: str, title: str, summary: str = "", links: tuple[str, ...] = ()
) -> dict[str, Verdict]:
    item = ItemText("news" if kind == "news" else "cve", "x", title, summary, links)
    return {one.verdict.match.subject_id: one.verdict for one in matcher.judge(item)}


def kinds(found: dict[str, Verdict]) -> dict[str, str]:
    return {key: verdict.kind for key, verdict in found.items()}


def test_a_record_judges_each_product_by_its_own_versions(matcher: TextMatcher) -> None:
    found = judged(
        matcher, "cve", "", "This vulnerability affects Firefox < 135, Firefox ESR < 128.7, and Thunderbird < 128.7."
    )
    assert kinds(found) == {"BR-1": "affected", "BR-2": "version-not-affected"}
    assert found["BR-1"].match.rule == "text-product-version"
    assert found["BR-1"].fixed_in == ("135",)
    assert any(evidence.text == "< 135" for evidence in found["BR-1"].match.evidence)
    assert any(evidence.locator == "BR-1.product" for evidence in found["BR-1"].match.evidence)


def test_a_version_that_is_missing_makes_a_question(matcher: TextMatcher) -> None:
    found = judged(matcher, "cve", "", "A flaw in Progress LoadMaster before 7.2.62 allows command injection.")
    assert found["LB-1"].kind == "version-unknown"
    assert found["LB-1"].question == "Which version of Progress LoadMaster does LB-1 run: 7.2.62 or later?"


def test_an_ordinary_word_needs_a_product_position(matcher: TextMatcher) -> None:
    assert "FL-1" not in judged(matcher, "cve", "", "A tool to manage a fleet of devices before 2.0 has a flaw.")
    found = judged(
        matcher, "cve", "", "Fleet is open source device management software. Prior to 4.80.1 a token leaks."
    )
    assert found["FL-1"].kind == "affected"


def test_a_longer_name_is_another_product(matcher: TextMatcher) -> None:
    for text in (
        "The Easy Store Locator Pro X plugin for WordPress is vulnerable in versions up to 9.9.",
        "The Cool Forms plugin for WordPress is vulnerable to XSS in all versions up to, and including, 2.1.",
    ):
        assert not [key for key, verdict in judged(matcher, "cve", "", text).items() if verdict.kind != "not-relevant"]
    found = judged(
        matcher, "cve", "", "The Store Locator plugin for WordPress is vulnerable to XSS in versions up to 1.5.2."
    )
    assert kinds(found) == {"PL-1": "affected"}


def test_a_platform_in_passing_is_not_the_story(matcher: TextMatcher) -> None:
    found = judged(matcher, "cve", "", "pgAdmin 4 before 9.15, when connected to PostgreSQL, trusts any text.")
    assert found["DB-1"].kind == "not-relevant"
    assert found["DB-1"].match.rule == "text-aside"
    found = judged(matcher, "news", "New stealer spreads through fake ads", "The malware for Windows steals wallets.")
    assert kinds(found) == {"WIN-1": "not-relevant"}
    assert judged(matcher, "news", "Windows Zero-Day Exploited in Attacks")["WIN-1"].kind == "version-unknown"


def test_a_link_can_name_the_product(matcher: TextMatcher) -> None:
    links = ("https://github.com/fleetdm/fleet/releases/tag/v4.80.1",)
    found = judged(matcher, "cve", "", "An attacker can read service credentials through the configuration API.", links)
    assert found["FL-1"].kind == "affected"
    assert found["FL-1"].match.rule == "text-link"


def test_news_names_products_under_many_names(matcher: TextMatcher) -> None:
    assert "FW-01" in judged(matcher, "news", "Hackers Exploit Critical FortiGate SSL-VPN Flaw")
    assert "LOG-1" in judged(matcher, "news", "Log4Shell Attacks Continue Against Unpatched Servers")
    found = judged(matcher, "news", "Cisco Patches IOS XE Zero-Day")
    assert "SW-1" in found
    assert "PH-1" not in found


def test_another_vendors_product_of_that_name_is_not_meant(matcher: TextMatcher) -> None:
    assert "IDM-1" not in judged(matcher, "news", "Exploit for Oracle Identity Manager Flaw Published", "A zero-day.")


def test_who_reports_is_not_who_is_affected(matcher: TextMatcher) -> None:
    for summary in (
        "Researchers at Microsoft found a flaw in a chat app.",
        "According to Cisco, attackers exploit a bug in a camera.",
    ):
        assert not judged(matcher, "news", "Chat App Bug Exploited", summary)
    quoted = 'A flaw in an SDK is fixed. "The flaw leaks the keys of many apps," the Microsoft Office team adds.'
    found = judged(matcher, "news", "Chat App Bug Exploited", quoted)
    assert not [key for key, verdict in found.items() if verdict.kind != "not-relevant"]


def test_office_needs_its_vendor(matcher: TextMatcher) -> None:
    assert "OFF-1" not in judged(matcher, "news", "Attorney General's Office Hit by Ransomware Attack")
    assert "OFF-1" in judged(matcher, "news", "Microsoft Office Zero-Day Exploited in the Wild")


def test_ids_in_the_text_decide_nothing(matcher: TextMatcher) -> None:
    text = "Hackers exploit a FortiManager flaw"
    with_id = judged(matcher, "news", f"CVE-2024-47575: {text}")
    assert kinds(with_id) == kinds(judged(matcher, "news", text)) == {"FW-02": "version-unknown"}


def test_a_vendor_alone_makes_one_question_a_client() -> None:
    rows = [
        ("clinic", Subject("asset", f"S{i}", f"S{i}", "SonicWall", product, exposure=exposure))
        for i, (product, exposure) in enumerate(
            [("Email Security", "internal"), ("SMA1000", "internet"), ("SonicOS", "internal")]
        )
    ]
    found = TextMatcher.build(rows).judge(ItemText("news", "n", "SonicWall Patches Actively Exploited Flaw", ""))
    assert [(one.verdict.kind, one.verdict.match.subject_id) for one in found] == [("vendor-only", "S1")]
    assert "2 more" in found[0].verdict.reason


SUPPLIER = ThirdParty(
    id="bright",
    name="Brightline IT",
    criticality="critical",
    tools=(ToolUsed(vendor="N-able", product="N-central", version=""),),
    updated_at=NOW,
)


def test_a_supplier_and_its_tools() -> None:
    matcher = TextMatcher.build([("clinic", subject) for subject in third_party_subjects(SUPPLIER)])
    (tool,) = matcher.judge(ItemText("news", "n", "N-able N-central Flaw Exploited, Hotfix Available", ""))
    assert (tool.verdict.match.rule, tool.verdict.kind) == ("supplier-tool", "version-unknown")
    assert tool.verdict.question.startswith("To Brightline IT: are you on N-able N-central")
    (breach,) = matcher.judge(ItemText("news", "n", "Brightline IT Discloses Data Breach After Ransomware Attack", ""))
    assert breach.verdict.match.rule == "supplier-incident"
    assert not matcher.judge(ItemText("news", "n", "Brightline IT opens an office in Leeds", ""))


def test_clients_are_kept_apart_and_replaced() -> None:
    matcher = TextMatcher()
    flaw = ItemText("news", "n", "WinRAR Flaw Exploited", "")
    matcher.replace([("a", Rows.of([Subject("asset", "A", "A", "RARLAB", "WinRAR", "7.0")]))])
    matcher.replace([("b", Rows.of([Subject("asset", "B", "B", "rarlab", "winrar", "7.1")]))])
    assert {(one.client_id, one.verdict.match.subject_id) for one in matcher.judge(flaw)} == {("a", "A"), ("b", "B")}
    matcher.replace([("a", Rows.of([Subject("asset", "A2", "A2", "Zoom", "Zoom", "")]))])
    assert {one.client_id for one in matcher.judge(flaw)} == {"b"}
    matcher.replace([("b", Rows())])
    assert matcher.judge(flaw) == []
    assert matcher.clients == ("a",)


def test_clients_that_come_together_are_as_one_after_the_other() -> None:
    """Also where a name leaves with one and comes with the other."""
    winrar = Rows.of([Subject("asset", "R", "R", "RARLAB", "WinRAR", "7.0")])
    zoom = Rows.of([Subject("asset", "Z", "Z", "Zoom", "Zoom", "")])
    flaws = [ItemText("news", "n", "WinRAR Flaw Exploited"), ItemText("news", "m", "Zoom Flaw Exploited")]
    matcher = TextMatcher()
    matcher.replace([("a", winrar), ("b", zoom)])
    assert [[one.client_id for one in matcher.judge(flaw)] for flaw in flaws] == [["a"], ["b"]]
    matcher.replace([("a", zoom), ("b", winrar)])
    assert [[one.client_id for one in matcher.judge(flaw)] for flaw in flaws] == [["b"], ["a"]]
    matcher.replace([("a", Rows()), ("b", Rows()), ("a", winrar)])
    assert [[one.client_id for one in matcher.judge(flaw)] for flaw in flaws] == [["a"], []]


def test_clients_with_the_same_names_share_no_more_than_the_names() -> None:
    """What is read once for all clients says nothing of one of them to another, in whatever order they come and go."""
    item = ItemText("news", "n", "WinRAR flaw exploited", "Update WinRAR before 7.13; RARLAB has fixed it.")
    names = ("north", "south", "east")
    alone, together = {}, TextMatcher()
    for number, client_id in enumerate(names):
        version = ("7.0", "", "7.13")[number]
        rows = [Subject("asset", f"{client_id}-1", f"canary-{client_id}", "RARLAB", "WinRAR", version)]
        alone[client_id] = TextMatcher.build([(client_id, row) for row in rows]).judge(item)
        together.replace([(client_id, Rows.of(rows))])
    assert sorted(together.judge(item)) == sorted(one for client_id in names for one in alone[client_id])
    for one in together.judge(item):
        others = [f"canary-{client_id}" for client_id in names if client_id != one.client_id]
        assert not any(canary in one.verdict.model_dump_json() for canary in others)
    together.replace([("south", Rows())])
    assert {one.client_id for one in together.judge(item)} == {"north", "east"}
    together.replace([("north", Rows.of([Subject("asset", "n", "n", "Zoom", "Zoom")]))])
    assert together.judge(item) == alone["east"]


def test_a_batch_says_what_each_item_says_alone(matcher: TextMatcher) -> None:
    items = [
        ItemText("news", str(number), title)
        for number, title in enumerate(["WinRAR Flaw", "FortiManager Flaw Exploited", "Rain", "Cisco Patches IOS XE"])
    ]
    assert list(matcher.judge_all(items * 200)) == [matcher.judge(item) for item in items] * 200


def test_rows_become_subjects() -> None:
    asset = Asset(id="x", name="Shop", cpe="cpe:2.3:a:apache:http_server:2.4.58:*:*:*:*:*:*:*", updated_at=NOW)
    subject = asset_subject(asset)
    assert (subject.vendor, subject.product, subject.version) == ("apache", "http server", "2.4.58")
    rows = Rows([asset], [SUPPLIER])
    assert [rows[position].subject for position in range(len(rows))] == [subject, *third_party_subjects(SUPPLIER)]
    assert rows.names == [("apache", "http server"), ("Brightline IT", ""), ("N-able", "N-central")]
    assert rows.suppliers == {1}


def test_evidence_is_verbatim() -> None:
    item = NewsItem(
        id="n-1",
        source_id="s",
        identity="guid:1",
        title="WinRAR flaw exploited (CVE-2025-8088)",
        summary="",
        first_seen_at=NOW,
        last_changed_at=NOW,
        content_sha256="0",
    )
    matcher = TextMatcher.build([("c", Subject("asset", "A", "A", "RARLAB", "WinRAR", ""))])
    (one,) = matcher.judge(of_news(item))
    words = [evidence.text for evidence in one.verdict.match.evidence if evidence.kind == "words"]
    assert words[0] in item.title
    assert "CVE-2025-8088" in words[0]


def _at(version: str, text: str, vendor: str = "Acme", product: str = "Lathe Studio") -> str:
    one = TextMatcher.build([("clinic", Subject("asset", "A-1", "A-1", vendor, product, version))])
    return kinds(judged(one, "cve", "", text)).get("A-1", "none")


def test_the_version_that_ends_an_open_range_is_not_affected_by_a_later_sentence_about_it() -> None:
    text = "Lathe Studio draws plans. Prior to version 2.9.4, a crafted plan runs code. Version 2.9.4 checks the plan."
    assert [_at(version, text) for version in ("2.9.3", "2.9.4")] == ["affected", "version-not-affected"]


def test_a_name_before_each_of_several_ranges_keeps_all_of_them() -> None:
    text = "A flaw in Lathe Studio 8.6.0 through 8.6.5 and 8.5.0 through 8.5.4 allows attackers to run code."
    assert [_at(version, text) for version in ("8.6.3", "8.5.1", "8.6.6")] == [
        "affected",
        "affected",
        "version-not-affected",
    ]


def test_a_version_beside_the_name_is_affected_and_clears_no_other() -> None:
    text = "Lathe Studio 1.6 is vulnerable to script injection by a crafted plan."
    assert [_at(version, text) for version in ("1.6", "1.5", "1.7")] == [
        "affected",
        "version-unknown",
        "version-unknown",
    ]
    assert _at("1.8", "Lathe Studio before 1.7 leaks keys. The report was made with Lathe Studio 1.8.") == (
        "version-not-affected"
    )


def test_a_supported_version_clears_the_later_ones_of_its_branch_only() -> None:
    text = "Lathe Studio leaks keys. Supported versions that are affected are 8.3.1, 11.0.27 and 21.0.7."
    assert [_at(version, text) for version in ("11.0.28", "21.0.7", "11.0.3", "17.0.1", "22.0.1")] == [
        "version-not-affected",
        "affected",
        "version-unknown",
        "version-unknown",
        "version-not-affected",
    ]


def test_what_a_text_clears_is_not_affected() -> None:
    text = "Lathe Studio 1.8 and earlier, except 1.6.4 and 1.7.2, leaks keys."
    assert [_at(version, text) for version in ("1.6.4", "1.6.3")] == ["version-not-affected", "affected"]
    text = "Lathe Studio leaks keys in versions before 18.4, 17.10 and 16.14. Versions before 16 are unaffected."
    assert [_at(version, text) for version in ("15.19", "16.2")] == ["version-not-affected", "affected"]


def test_a_version_at_the_fix_of_its_branch_is_not_affected() -> None:
    text = "Lathe Studio 7.5.2 and earlier leaks keys. This is fixed in versions 7.2.10, 7.3.15 and 7.5.3."
    versions = ("7.2.10", "7.2.11", "7.2.9", "7.3.2", "7.5.1")
    assert [_at(version, text) for version in versions] == ["version-not-affected"] * 2 + ["affected"] * 3
    matcher = TextMatcher.build([("clinic", Subject("asset", "A-1", "A-1", "Acme", "Lathe Studio", "7.2.11"))])
    (verdict,) = judged(matcher, "cve", "", text).values()
    assert (
        verdict.reason
        == "A-1 is Acme Lathe Studio at version 7.2.11; the item names 7.2.10, 7.3.15 and 7.5.3 as fixed."
    )
    other = "Lathe Studio from 2.3.0 before 2.13.14 leaks keys. Upgrade Lathe Helper to at least v1.13.4 or v1.11.2."
    assert _at("2.3.0", other) == "affected"


def test_a_longer_name_of_the_family_is_not_the_product_that_it_begins_with() -> None:
    longer = "Vulnerability in the Borealis Cluster product of Acme Borealis. Versions 8.0.0-8.0.42 are affected."
    itself = "Vulnerability in the Borealis Server product of Acme Borealis. Versions 8.0.0-8.0.42 are affected."
    part = "Vulnerability in the Acme Ledger product of Acme Borealis. Versions 8.0.0-8.0.42 are affected."
    assert _at("8.0.40", longer, product="Borealis") == "not-relevant"
    hosted = judged(
        TextMatcher.build([("clinic", Subject("asset", "A-1", "A-1", "Acme", "Borealis", "8.0.40"))]),
        "cve",
        "",
        longer,
        ("https://www.acme.com/security/2026-07",),
    )
    assert kinds(hosted) == {"A-1": "not-relevant"}
    assert _at("8.0.40", itself, product="Borealis") == "affected"
    assert _at("8.0.40", part, product="Borealis") == "affected"


def test_what_an_attack_makes_use_of_is_not_what_is_weak(matcher: TextMatcher) -> None:
    for title in (
        "New Implant Abuses FortiManager and Firefox to Steal Credentials in Attacks",
        "Botnet Uses Firefox Fingerprints to Hide DDoS Attacks",
    ):
        assert not [key for key, verdict in judged(matcher, "news", title).items() if verdict.kind != "not-relevant"]
    found = judged(matcher, "news", "Botnet Uses FortiManager Zero-Day to Spread")
    assert kinds(found) == {"FW-02": "version-unknown"}


def test_where_a_product_runs_is_no_weakness_of_it(matcher: TextMatcher) -> None:
    told = "A stealer took tokens that the FortiManager appliances of one company keep, says who saw the attack."
    found = judged(matcher, "news", "Stealer Sold to Criminals", told)
    assert not [key for key, verdict in found.items() if verdict.kind != "not-relevant"]
    found = judged(
        matcher, "news", "Stealer Sold to Criminals", "A group is exploiting a flaw in FortiManager appliances."
    )
    assert kinds(found) == {"FW-02": "version-unknown"}


def test_advice_and_contests_are_no_news_of_a_product(matcher: TextMatcher) -> None:
    summary = "FortiManager is named among the targets of attacks. A zero-day in FortiManager was shown."
    for title in ("Agencies Issue Guidance to Secure FortiManager Servers", "Hackers Win $260,000 on Pwn2Own Day One"):
        found = judged(matcher, "news", title, summary)
        assert not [key for key, verdict in found.items() if verdict.kind != "not-relevant"]
    found = judged(matcher, "news", "Vendor Guidance for FortiManager Flaw", summary)
    assert kinds(found) == {"FW-02": "version-unknown"}
