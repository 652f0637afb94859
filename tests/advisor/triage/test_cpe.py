"""CPE names in both bindings, and the name matching of NISTIR 7696."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.triage.cpe import Cpe, compare, has_wildcard, parse, unescape


def test_a_formatted_string_is_read_with_its_escapes() -> None:
    name = parse(r"cpe:2.3:a:veeam:veeam_backup_\&_replication:13.0.1:*:*:*:*:*:*:*")
    assert name is not None
    assert (name.part, name.vendor, name.version) == ("a", "veeam", "13.0.1")
    assert unescape(name.product) == "veeam_backup_&_replication"


def test_an_escaped_colon_does_not_split() -> None:
    name = parse(r"cpe:2.3:a:erlang:erlang\/otp\:core:27.3:*:*:*:*:*:*:*")
    assert name is not None and unescape(name.product) == "erlang/otp:core"


@pytest.mark.parametrize(
    ("uri", "formatted"),
    [
        ("cpe:/a:apache:http_server:2.4.7", "cpe:2.3:a:apache:http_server:2.4.7:*:*:*:*:*:*:*"),
        ("cpe:/o:linux:linux_kernel", "cpe:2.3:o:linux:linux_kernel:*:*:*:*:*:*:*:*"),
        ("cpe:/a:microsoft:ie:8.0:beta", "cpe:2.3:a:microsoft:ie:8.0:beta:*:*:*:*:*:*"),
        ("cpe:/a:foo%5cbar:big%24money:2010", r"cpe:2.3:a:foo\\bar:big\$money:2010:*:*:*:*:*:*:*"),
        (
            "cpe:/a:hp:insight:7.4.0.1570:-:~~online~win2003~x64~",
            "cpe:2.3:a:hp:insight:7.4.0.1570:-:*:*:online:win2003:x64:*",
        ),
        ("CPE:/A:Acme:Tool:1.%02", "cpe:2.3:a:acme:tool:1.*:*:*:*:*:*:*:*"),
    ],
)
def test_a_uri_becomes_the_formatted_string(uri: str, formatted: str) -> None:
    name = parse(uri)
    assert name is not None and name.formatted() == formatted


@pytest.mark.parametrize(
    "text",
    ["", "cpe", "cpe:2.3:a:x", "cpe:/z:x:y", "cpe:2.3:a::p:1:*:*:*:*:*:*:*", "cpe:/a:b:c:d:e:~x~y:g", "x" * 3000],
)
def test_what_is_no_cpe_is_none(text: str) -> None:
    assert parse(text) is None


@pytest.mark.parametrize(
    ("source", "target", "relation"),
    [
        ("*", "*", "equal"),
        ("*", "-", "superset"),
        ("*", "x", "superset"),
        ("-", "*", "subset"),
        ("-", "-", "equal"),
        ("-", "x", "disjoint"),
        ("x", "x", "equal"),
        ("x", "y", "disjoint"),
        ("x", "*", "subset"),
        ("x", "-", "disjoint"),
        ("x", "y*", "undefined"),
        ("12.2*", "12.2.1", "superset"),
        ("12.2*", "12.3", "disjoint"),
        ("1?", "12", "superset"),
        ("1?", "123", "disjoint"),
        (r"a\*b", "axb", "disjoint"),
        (r"a\.b", "a.b", "equal"),
    ],
)
def test_the_relation_table(source: str, target: str, relation: str) -> None:
    assert compare(source, target) == relation


def test_an_escaped_star_is_no_wildcard() -> None:
    assert has_wildcard("a*") and has_wildcard("?")
    assert not has_wildcard(r"a\*") and not has_wildcard("a")


_value = st.text(alphabet="abc123_.-*?!&/: \\é", min_size=1, max_size=8)


@given(st.lists(_value, min_size=1, max_size=13))
def test_any_text_is_read_or_refused(values: list[str]) -> None:
    text = "cpe:2.3:" + ":".join(values)
    name = parse(text)
    assert name is None or parse(name.formatted()) == name
    assert parse("cpe:/" + ":".join(values)) is None or isinstance(parse("cpe:/" + ":".join(values)), Cpe)
