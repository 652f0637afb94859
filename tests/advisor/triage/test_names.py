"""Names: spellings of an inventory's name, what each needs beside it, and the catalogue's pick-list."""

import pytest

from advisor.triage.lexicon import lexicon
from advisor.triage.masks import compact, fold, mask_identifiers, read
from advisor.triage.names import Form, product_forms, vendor_forms
from advisor.triage.resolve import Catalogue, resolve


def keys(vendor: str, product: str) -> dict[str, Form]:
    return {form.key: form for form in product_forms(vendor, product)}


@pytest.mark.parametrize(
    ("vendor", "product", "wanted"),
    [
        ("Cisco", "Adaptive Security Appliance (ASA) and Firepower Threat Defense (FTD)", "firepowerthreatdefense"),
        ("Trihedral", "VTScada (formerly VTS)", "vtscada"),
        ("Citrix", "NetScaler ADC and Gateway", "netscalergateway"),
        ("VMware", "ESXi, Workstation, and Fusion", "esxi"),
        ("WordPress", "Social Warfare Plugin", "socialwarfare"),
        ("acme", "acme\\:frobnicator_firmware", "acmefrobnicator"),
        ("TP-Link", "Multiple Routers", "tplinkrouter"),
        ("Elastic", "Endpoint Security", "elasticdefend"),
        ("Intel", "Extreme Tuning Utility", "intelxtu"),
        ("Langflow", "Langflow", "langflow"),
        ("Cisco", "Catalyst SD-WAN Manger", "vmanage"),  # one typing error away from a known name
    ],
)
def test_a_name_is_found_under_its_other_spellings(vendor: str, product: str, wanted: str) -> None:
    assert wanted in keys(vendor, product)


def test_levels_say_what_a_form_needs() -> None:
    assert keys("Microsoft", "Office")["office"].level == "weak"
    assert keys("Microsoft", "Office")["microsoftoffice"].level == "sure"
    assert keys("Cisco", "Identity Services Engine")["ise"].level == "short"
    assert keys("Rarlab", "WinRAR")["winrar"].level == "sure"
    assert keys("Apple", "iOS")["ios"].exact == "iOS"
    assert keys("Cisco", "IOS")["ios"].exact == "IOS"


def test_a_vendor_of_many_products_is_no_product() -> None:
    assert product_forms("Microsoft", "Microsoft") == ()
    assert keys("CrushFTP", "CrushFTP")


def test_renames_and_acquisitions_relate_vendors() -> None:
    lex = lexicon()
    assert lex.same_vendor("Bomgar", "BeyondTrust")
    assert lex.same_vendor("Pulse Secure", "Ivanti")
    assert lex.same_vendor("VMware", "Broadcom")
    assert lex.same_vendor("SAP SE", "SAP")
    assert lex.same_vendor("Open-Xchange", "Dovecot")
    assert lex.same_vendor("org.jenkins-ci.plugins", "Jenkins")
    assert not lex.same_vendor("Cisco", "Juniper")
    assert "bomgar" in {form.key for form in vendor_forms("BeyondTrust")}


def test_nicknames_and_components_are_one_way() -> None:
    assert keys("Apache", "Log4j")["log4shell"].origin == "nickname"
    assert keys("Google", "Chrome")["v8javascriptengine"].origin == "component"
    assert "chrome" not in keys("Google", "Skia")


@pytest.mark.parametrize("text", ["İstanbul CVE-2024-1 – naïve ﬁle ½", "ß" * 50, "日本語 WinRAR", "a\u0301"])
def test_folding_keeps_every_offset(text: str) -> None:
    assert len(fold(text)) == len(text)
    assert len(mask_identifiers(text)) == len(text)
    reading = read(text)
    assert len(reading.raw) == len(reading.source) == len(text)
    assert "".join(reading.token(i) for i in range(len(reading.starts))) == reading.compacted


def test_ids_and_links_never_name_a_product() -> None:
    reading = read("See https://winrar.example/winrar and CVE-2025-8088 or GHSA-aaaa-bbbb-cccc.")
    assert "winrar" not in reading.compacted
    assert "2025" not in reading.compacted


CATALOGUE = [
    "beyondtrust:remote_support",
    "elementor:elementor",
    "fortinet:fortios",
    "microsoft:office",
    "microsoft:office_web_apps",
    "moveaddons:move_addons_for_elementor",
    "simple_forum_project:simple_forum",
    "sourcecodester:forum_discussion_system",
    "veeam:backup_\\&_replication",
    "veeam:one",
]


@pytest.mark.parametrize(
    ("vendor", "product", "wanted"),
    [
        ("moveaddons", "Move Addons for Elementor", "moveaddons:move_addons_for_elementor"),
        ("Bomgar", "Remote Support", "beyondtrust:remote_support"),
        ("Fortinet, Inc.", "FortiGate", "fortinet:fortios"),
        ("SourceCodester", "Simple Forum", "simple_forum_project:simple_forum"),
        ("Veeam", "Veeam Backup and Replication", "veeam:backup_\\&_replication"),
        ("Unknown", "Simple Forum", "simple_forum_project:simple_forum"),
    ],
)
def test_the_right_entry_comes_first(vendor: str, product: str, wanted: str) -> None:
    ranked = resolve(vendor, product, Catalogue(CATALOGUE))
    assert ranked[0].name == wanted
    assert ranked[0].why
    assert ranked == sorted(ranked, key=lambda candidate: -candidate.score)


@pytest.mark.parametrize(
    ("vendor", "product", "names", "wanted"),
    [
        ("Acme", "LPM", ["acme:lathe", "acme:lathe_plan_manager", "other:lpm_tool"], "acme:lathe_plan_manager"),
        ("Acme", "Lathe Plan Manager", ["acme:lathe_core", "acme:lpm"], "acme:lpm"),
        ("Acme", "Lathe C# Driver", ["acme:lathe_c_driver", "acme:lathe_c\\#_driver"], "acme:lathe_c\\#_driver"),
        ("Acme", "Lathe for Linux", ["acme:lathe", "acme:lathe_for_linux"], "acme:lathe_for_linux"),
    ],
)
def test_initials_marks_and_the_whole_name_tell_entries_apart(
    vendor: str, product: str, names: list[str], wanted: str
) -> None:
    assert resolve(vendor, product, Catalogue(names))[0].name == wanted


def test_nothing_in_common_gives_no_pick_list() -> None:
    assert resolve("Zebra", "Quagga", CATALOGUE) == []
    assert resolve("", "", CATALOGUE) == []


def test_every_nickname_leads_to_a_known_product() -> None:
    lex = lexicon()
    known = {compact(f"{row.vendor} {name}") for row in lex.products for name in row.names}
    missing = [(nick, name) for nick, names in lex.nicknames.items() for name in names if compact(name) not in known]
    assert not missing
    assert all(lex.nicknames.values())


def test_the_data_has_no_row_twice_and_no_name_of_one_letter() -> None:
    lex = lexicon()
    vendors = [compact(vendor.name) for vendor in lex.vendors]
    assert len(vendors) == len(set(vendors))
    assert not [name for row in lex.products for name in row.names if len(compact(name)) < 2]
