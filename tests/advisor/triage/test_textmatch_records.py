"""How a record names its product: in which ways, and what only looks like it."""

import pytest

from advisor.triage.subjects import Subject
from advisor.triage.textmatch import TextMatcher
from tests.advisor.triage.test_textmatch import judged


def _named(vendor: str, product: str, text: str, links: tuple[str, ...] = ()) -> bool:
    matcher = TextMatcher.build([("clinic", Subject("asset", "A-1", "A-1", vendor, product, "2.0"))])
    return any(verdict.kind != "not-relevant" for verdict in judged(matcher, "cve", "", text, links).values())


@pytest.mark.parametrize(
    ("vendor", "product", "text"),
    [
        (
            "acme-tools",
            "Photo Wall",
            "The Photo Wall by Acme plugin for WordPress is vulnerable in versions up to 2.1.",
        ),
        ("acme", "tik", "The tik plugin for WordPress is vulnerable in all versions up to, and including, 4.10.0."),
        ("lathe", "Nix", "This affects Nix before 2.24.15."),
        ("lathe", "zot", "zot is a registry of images. Prior to version 2.1.3 a token leaks."),
        ("acme", "Plan Wall", "The Plan Wall – Plans, Parts & More plugin for WordPress is vulnerable up to 2.1."),
        ("acme", "Plan Wall", "Unauthenticated Broken Authentication in Plan Wall - LMS <= 2.1.8 versions."),
        ("lathe", "Lathely", "An issue was discovered in Artisan Lathely before 10.05.0."),
        ("acme", "Plan! Wall", "Unauthenticated SQL Injection in Plan! Wall <= 4.6.5 versions."),
        ("acme", "Plan Wall", 'An injection flaw exists in the plugin "Plan Wall" prior to 6.4.3.'),
        ("acme", "Center Panel", "CP (aka Control Panel or Center Panel) before 0.9.8 allows remote code execution."),
        ("acme", "Lathelog", "Allocation of Resources Without Limits (CWE-770) in Lathelog can lead to a crash."),
        ("Langflow", "Langflow", "Langflow is a tool for agents. Prior to version 1.7.0 a request leaks."),
        ("acme", "plan desk", "Improper access control in some Acme(R) Plan(TM) Desk software before version 2.4."),
        ("acme", "DX-619L", "Acme DX-619L B1 2.02 is vulnerable to Buffer Overflow via a form."),
        (
            "plan desk project",
            "plan desk",
            "A vulnerability was found in Artisan Plan Desk 1.0. It has been rated as critical.",
        ),
        ("acme", "plan viewer", "This allows attackers to run code on affected installations of Acme Plan Viewer."),
        ("acme", "plan desk", "The plan-desk-pro WordPress plugin before 7.1.5 does not escape some of its settings."),
        ("acme", "lathely", "The Lathely LMS – Plans Online plugin for WordPress is vulnerable up to 2.1."),
        ("acme", "koax", "Koax is expressive middleware. In versions 2.16.2 to before 2.16.3 a token leaks."),
        ("WooCommerce", "WooCommerce", "The WooCommerce WordPress plugin from versions 5.4.0 to 10.5.2 leaks."),
        ("PHP", "PHP", "In PHP versions 8.1.* before 8.1.31, a proxy leaks memory."),
        ("org.jenkins-ci.plugins", "script-security", "Jenkins Script Security Plugin 1367.v2 and earlier leaks."),
    ],
)
def test_a_record_names_its_product_in_many_ways(vendor: str, product: str, text: str) -> None:
    assert _named(vendor, product, text)


@pytest.mark.parametrize(
    ("vendor", "product", "text"),
    [
        ("acme", "Photo Gallery", "The Photo Gallery by Borealis plugin for WordPress is vulnerable up to 2.1."),
        ("borealis", "Core", "Vulnerability in the Acme Lathe product of Acme Suite (component: Core)."),
        ("acme", "Acme Addons for Elementor", "The Borealis Addons for Elementor plugin for WordPress is vulnerable."),
        ("acme", "WooCommerce - Social Login", "The WooCommerce WordPress plugin from 5.4.0 to 10.5.2 is vulnerable."),
        ("acme", "acme node", "A flaw in Node.js HMAC verification leaks timing before 24.1."),
        ("WordPress", "WordPress", "The Lathely – WordPress LMS Plugin plugin for WordPress is vulnerable to XSS."),
        (
            "Jenkins",
            "Jenkins",
            "A check is missing in Jenkins Lathely Plugin 3.2.2; credentials stored in Jenkins leak.",
        ),
        ("golang", "http", "The HTTP/3 redirect handler of Lathe contains a vulnerability before 2.4."),
    ],
)
def test_what_is_no_name_of_the_product_in_a_record(vendor: str, product: str, text: str) -> None:
    assert not _named(vendor, product, text)


def test_two_rows_for_one_product_are_both_found_in_its_longer_name() -> None:
    rows = [
        ("A-1", "acme", "planserver"),
        ("A-2", "acme-planserver", "acme planserver"),
        ("A-3", "other", "planserver"),
    ]
    matcher = TextMatcher.build([("c", Subject("asset", key, key, vendor, product)) for key, vendor, product in rows])
    found = judged(matcher, "cve", "", "A script of Acme Planserver 6.0.6 and earlier allows SQL injection.")
    assert {key for key, verdict in found.items() if verdict.kind != "not-relevant"} == {"A-1", "A-2"}


@pytest.mark.parametrize(
    "link",
    [
        "https://plugins.trac.wordpress.org/changeset/3429990/wp-latheplans",
        "https://patchstack.com/database/vulnerability/lathe/wordpress-wp-latheplans-plugin-3-1-20-broken-access",
    ],
)
def test_a_plugins_slug_is_read_out_of_a_link(link: str) -> None:
    assert _named("acme", "WP LathePlans", "Missing authorization allows settings changes.", (link,))


def test_a_page_of_its_own_name_on_its_own_site_names_a_product() -> None:
    text = "A user without rights can read the maintenance periods."
    assert _named("acme", "lathemax", text, ("https://support.lathemax.com/browse/lathemax-27",))
    assert not _named("acme", "lathemax", text, ("https://support.acme.com/browse/plan-27",))


def test_an_abbreviation_counts_beside_the_longer_name_in_a_record() -> None:
    text = "Lathe Plan Manager runs on servers. ZQM fails to check a token."
    rows = [("A-1", Subject("asset", "A-1", "A-1", "Acme", "Lathe Plan Manager (ZQM)", "2.0"))]
    found = judged(TextMatcher.build(rows), "cve", "", text)
    assert [verdict.kind for verdict in found.values()] == ["version-unknown"]


def test_a_slug_of_ordinary_words_names_a_product_unless_many_bear_it() -> None:
    text = "The plugin is vulnerable in all versions up to, and including, 3.11."
    page = "https://plugins.trac.wordpress.org/browser/{}/trunk/settings.php"
    assert _named("acme", "parts builder", text, (page.format("parts-builder"),))
    assert not _named("acme", "parts builder", text, (page.format("parts-builder-x"),))
    assert not _named("acme", "contact form", text, (page.format("contact-form"),))
