"""A KEV entry without a record: the vendor and product that its fields name are meant, whatever its words say."""

from datetime import UTC, date, datetime

from advisor.triage.judge import Judge, World
from knowledge.records.asset import Asset
from knowledge.records.client import Client
from knowledge.records.vulnerability import KevEntry

NOW = datetime(2021, 12, 20, tzinfo=UTC)
CLIENT = Client(id="clinic", ref="01", name="Clinic", created_at=NOW)


def _asset(key: str, vendor: str, product: str, version: str, purl: str = "") -> Asset:
    return Asset(
        id=key, name=product or key, kind="library", vendor=vendor, product=product, version=version, purl=purl,
        updated_at=NOW,
    )  # fmt: skip


def _kinds(entry: KevEntry, *assets: Asset) -> dict[str, str]:
    judge = Judge()
    judge.put(CLIENT, assets, ())
    world = World(news=(), vulnerabilities=(), kev=(entry,), advisories=(), now=NOW)
    return {one.match.subject_id: one.kind for one in judge.judge(world).get(CLIENT.id, [])}


def test_a_maven_package_is_named_by_its_group() -> None:
    entry = KevEntry(
        cve_id="CVE-2021-44228",
        vendor="Apache",
        product="Log4j2",
        name="Apache Log4j2 Remote Code Execution Vulnerability",
        description="Lookups in logged text reach a directory server that an attacker chooses.",
        date_added=date(2021, 12, 10),
    )
    purl = "pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1"
    found = _kinds(
        entry,
        _asset("log4j-core", "", "", "2.14.1", purl),
        _asset("by-group", "org.apache.logging.log4j", "log4j-core", "2.14.1", purl),
        _asset("other", "Apache", "Tomcat", "9.0.1"),
    )
    assert found == {"log4j-core": "version-unknown", "by-group": "version-unknown"}


def test_the_fields_decide_where_the_title_names_a_part_of_the_product() -> None:
    entry = KevEntry(
        cve_id="CVE-2012-1823",
        vendor="PHP",
        product="PHP",
        name="PHP-CGI Query String Parameter Vulnerability",
        description="A query string without an equals sign is read as options by the CGI entry program.",
        date_added=date(2021, 12, 10),
    )
    found = _kinds(entry, _asset("php", "PHP Group", "PHP", "5.3.2"), _asset("php-cgi", "PHP", "php-cgi", "5.3.2"))
    assert found == {"php": "version-unknown", "php-cgi": "version-unknown"}
