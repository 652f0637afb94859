"""OSCAL of our own writing: parameters, parts, withdrawn controls, profile resolution, hostile files."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from ingest.frameworks.oscal import bundle, parse, peek
from ingest.frameworks.oscal_text import Texts
from ingest.frameworks.service import FrameworkImport, read_framework
from knowledge.errors import BadInputError, ConflictError, NotFoundError


def control(number: str, title: str, prose: str = "", **more: Any) -> dict[str, Any]:
    """A control called HR-<number>, `number` as OSCAL ids have it (`1.1` is the first enhancement of HR-1)."""
    base, _, enhancement = number.partition(".")
    props = [{"name": "label", "value": f"HR-{base}({enhancement})" if enhancement else f"HR-{base}"}]
    parts = [{"id": f"hr-{number}_smt", "name": "statement", "prose": prose}] if prose else []
    made = {"id": f"hr-{number}", "title": title, "props": props, "parts": parts}
    return {**made, **more, "props": [*more.get("props", []), *props]}


def item(letter: str, prose: str) -> dict[str, Any]:
    return {
        "id": f"hr-1_smt.{letter}",
        "name": "item",
        "props": [{"name": "label", "value": f"{letter}."}],
        "prose": prose,
    }


GONE = {"name": "status", "value": "withdrawn"}
CHOICES = ["lock after {{ insert: param, p1 }}", "bolt"]
DOORS = control(
    "1",
    "Doors",
    props=[{"name": "label", "value": "HR-01", "class": "zero-padded"}],
    params=[
        {"id": "p1", "label": "time"},
        {"id": "p2", "select": {"how-many": "one-or-more", "choice": CHOICES}},
        {"id": "p3", "label": "x", "props": [{"name": "alt-identifier", "value": "old_p3"}]},
    ],
    links=[{"href": "#hr-2", "rel": "related"}, {"href": "#r1", "rel": "reference"}],
    parts=[
        {
            "id": "hr-1_smt",
            "name": "statement",
            "prose": "Doors:",
            "parts": [item("a", "are {{ insert: param, p2 }};"), item("b", "see [HR-2](#hr-2).")],
        },
        {"id": "hr-1_gdn", "name": "guidance", "prose": "Why doors."},
        {"id": "hr-1_obj", "name": "assessment-objective", "prose": "doors are shut"},
    ],
    controls=[
        control(
            "1.1", "Windows", "Windows too within {{ p1 }} and {{ insert: param, nope }}.", **{"class": "enhancement"}
        )
    ],
)
CATALOG: dict[str, Any] = {
    "uuid": "c",
    "metadata": {"title": "House rules", "version": "2", "parties": [{"name": "The house"}]},
    "groups": [
        {
            "id": "hr",
            "class": "family",
            "title": "House",
            "controls": [
                DOORS,
                control("2", "Keys", "Keys are counted every {{ insert: param, p3 }}."),
                control("3", "Gates", props=[GONE], links=[{"href": "#hr-1_smt.b", "rel": "incorporated-into"}]),
                control("4", "Moats", props=[GONE]),
            ],
        }
    ],
    "back-matter": {"resources": [{"uuid": "r1", "title": "The book of doors"}]},
}

XML = """<catalog xmlns="http://csrc.nist.gov/ns/oscal/1.0" uuid="c"><metadata>
<title>House rules</title><version>2</version><party uuid="x" type="organization"><name>The house</name></party>
</metadata>
<group id="hr" class="family"><title>House</title>
<control id="hr-1"><title>Doors</title>
<param id="p1"><label>time</label></param>
<param id="p2"><select how-many="one-or-more"><choice>lock after <insert type="param" id-ref="p1"/></choice>
<choice>bolt</choice></select></param>
<prop name="label" value="HR-1"/><link href="#hr-2" rel="related"/>
<part id="hr-1_smt" name="statement"><p>Doors:</p><part id="hr-1_smt.a" name="item"><prop name="label" value="a."/>
  <p>are
  <insert type="param" id-ref="p2"/>;</p></part><part id="b" name="item"><prop name="label" value="b."/><p>see
  <a href="#hr-2">HR-2</a>.</p></part></part>
<part id="g" name="guidance"><p>Why</p><ul><li>one</li><li><em>two</em></li></ul></part></control></group>
</catalog>"""

STATEMENT = (
    "Doors:\na. are [Selection (one or more): lock after [Assignment: organization-defined time]; bolt];\nb. see HR-2."
)


def encoded(kind: str, document: object) -> bytes:
    return json.dumps({kind: document}).encode()


def rows(document: object) -> dict[str, dict[str, Any]]:
    return {row["id"]: row for row in parse(encoded("catalog", document), {})["rows"]}


def resolved(profile: dict[str, Any], catalog: object = CATALOG) -> dict[str, Any]:
    data, sizes = bundle([encoded("profile", profile), encoded("catalog", catalog)])
    return parse(data, {"sizes": sizes, "links": {"0": {"#src": 1}}})


def test_a_catalog_becomes_rows() -> None:
    found = rows(CATALOG)
    assert list(found) == ["HR", "HR-1", "HR-1(1)", "HR-2", "HR-3", "HR-4"]
    door = found["HR-1"]
    assert door["statement"] == STATEMENT
    assert door["guidance"] == "Why doors."
    assert door["references"] == ["The book of doors"]
    assert door["attributes"]["related"] == ["HR-2"]
    assert [(p["id"], p["name"], p["level"]) for p in door["parts"]][:3] == [
        ("hr-1_smt", "statement", 0),
        ("hr-1_smt.a", "item", 1),
        ("hr-1_smt.b", "item", 1),
    ]
    assert "doors are shut" in {p["text"] for p in door["parts"]}
    assert [row["id"] for row in found.values() if row.get("assessable")] == ["HR-1", "HR-1(1)", "HR-2"]
    assert found["HR-1(1)"]["parent"] == "HR-1"


def test_xml_says_the_same_as_json() -> None:
    found = {row["id"]: row for row in parse(XML.encode(), {})["rows"]}
    assert found["HR-1"]["statement"] == STATEMENT
    assert found["HR-1"]["guidance"] == "Why\n\n- one\n- two"
    assert found["HR-1"]["attributes"]["related"] == ["hr-2"], "a control that is not there keeps its raw id"


def test_a_withdrawn_control_says_where_it_went() -> None:
    found = rows(CATALOG)
    assert found["HR-3"]["attributes"] == {
        "withdrawn": True,
        "incorporated_into": ["HR-1"],
        "withdrawn_note": "Now in HR-1 b",
    }
    assert found["HR-4"]["attributes"]["withdrawn_note"] == "The publisher gives no successor"


def test_an_insert_without_parameter_is_named_and_left_visible() -> None:
    answer = parse(encoded("catalog", CATALOG), {})
    window = next(row for row in answer["rows"] if row["id"] == "HR-1(1)")
    assert window["statement"] == "Windows too within [Assignment: organization-defined time] and [Assignment: nope]."
    assert ["parameters", "1 inserted parameters do not exist: nope"] in answer["notes"]


def test_the_text_of_a_control_that_repeats_the_id_is_joined() -> None:
    nested = {
        "controls": [
            {
                "id": "X_03.01.01",
                "title": "Accounts",
                "props": [{"name": "label", "value": "Accounts (03.01.01)"}],
                "parts": [{"name": "statement"}],
                "controls": [
                    {
                        "id": "X_SR-03.01.01",
                        "title": "SR-03.01.01",
                        "props": [{"name": "label", "value": "SR-03.01.01"}],
                        "parts": [{"name": "statement", "prose": "Know every account."}],
                    }
                ],
            }
        ]
    }
    found = rows(nested)
    assert list(found) == ["03.01.01"]
    assert found["03.01.01"]["statement"] == "Know every account."


def test_parameters_that_name_each_other_end() -> None:
    params = {"a": {"id": "a", "label": "{{ insert: param, b }}"}, "b": {"id": "b", "label": "{{ insert: param, a }}"}}
    assert len(Texts(params).render("{{ insert: param, a }}")) < 500
    doubling = {f"p{n}": {"id": f"p{n}", "label": f"{{{{ p{n + 1} }}}} " * 20} for n in range(30)}
    assert len(Texts(doubling).render("{{ p0 }}")) <= 60_000


@pytest.mark.parametrize(
    ("order", "ids"),
    [
        ({"include-all": {}}, ["HR", "HR-1", "HR-1(1)", "HR-2", "HR-3", "HR-4"]),
        ({"include-controls": [{"with-ids": ["hr-2"]}]}, ["HR", "HR-2"]),
        ({"include-controls": [{"with-ids": ["hr-1.1"]}]}, ["HR", "HR-1(1)"]),
        ({"include-controls": [{"with-ids": ["hr-1"]}]}, ["HR", "HR-1"]),
        ({"include-controls": [{"with-ids": ["hr-1"], "with-child-controls": "yes"}]}, ["HR", "HR-1", "HR-1(1)"]),
        ({"include-controls": [{"matching": [{"pattern": "hr-[12]*"}]}]}, ["HR", "HR-1", "HR-1(1)", "HR-2"]),
        ({"include-all": {}, "exclude-controls": [{"with-ids": ["hr-3", "hr-4"]}]}, ["HR", "HR-1", "HR-1(1)", "HR-2"]),
    ],
)
def test_a_profile_selects(order: dict[str, object], ids: list[str]) -> None:
    found = resolved({"imports": [{"href": "#src", **order}], "merge": {"as-is": True}})
    chosen = [r["id"] for r in found["rows"] if not (r.get("attributes") or {}).get("context")]
    assert chosen == ids


def test_a_child_without_its_parent_brings_it_as_context_only() -> None:
    found = resolved({"imports": [{"href": "#src", "include-controls": [{"with-ids": ["hr-1.1"]}]}]})
    door = next(row for row in found["rows"] if row["id"] == "HR-1")
    assert (door["assessable"], door["attributes"]["context"]) == (False, True)


def test_flat_and_custom_merges() -> None:
    everything = {"imports": [{"href": "#src", "include-all": {}}]}
    flat = resolved({**everything, "merge": {"flat": {}}})
    assert [(r["id"], r["parent"]) for r in flat["rows"]][:2] == [("HR-1", ""), ("HR-1(1)", "HR-1")]
    custom = {
        "groups": [{"id": "mine", "title": "Mine", "insert-controls": [{"include-controls": [{"with-ids": ["hr-2"]}]}]}]
    }
    made = resolved({**everything, "merge": {"custom": custom}})
    assert [(r["id"], r["parent"]) for r in made["rows"]] == [("mine", ""), ("HR-2", "mine")]


def modified(**modify: object) -> dict[str, Any]:
    return resolved({"imports": [{"href": "#src", "include-all": {}}], "merge": {"as-is": True}, "modify": modify})


def text_of(found: dict[str, Any], row_id: str) -> str:
    return str(next(row["statement"] for row in found["rows"] if row["id"] == row_id))


def test_set_parameter_by_value_constraint_and_former_id() -> None:
    found = modified(
        **{
            "set-parameters": [
                {"param-id": "p1", "constraints": [{"description": "at most 5 minutes"}]},
                {"param-id": "old_p3", "values": ["day", "shift"]},
                {"param-id": "ghost", "values": ["x"]},
            ]
        }
    )
    assert "[Assignment: organization-defined time; constraint: at most 5 minutes]" in text_of(found, "HR-1")
    assert text_of(found, "HR-2") == "Keys are counted every day, shift."
    assert ["set-parameters", "1 parameters are not in the catalog: ghost"] in found["notes"]


def test_alter_removes_and_adds_everywhere() -> None:
    part = {"id": "new", "name": "item", "prose": "NEW"}
    found = modified(
        alters=[
            {
                "control-id": "hr-1",
                "removes": [{"by-id": "hr-1_smt.b"}, {"by-name": "assessment-objective"}],
                "adds": [
                    {"by-id": "hr-1_smt.a", "position": "before", "parts": [part]},
                    {"by-id": "hr-1_smt.a", "position": "after", "parts": [{**part, "id": "n2", "prose": "LATER"}]},
                    {
                        "position": "ending",
                        "title": "Gates and doors",
                        "parts": [{"name": "guidance", "prose": "More."}],
                    },
                    {"by-id": "ghost", "parts": [part]},
                ],
            },
            {"control-id": "hr-99", "removes": [{"by-id": "x"}]},
        ]
    )
    lines = text_of(found, "HR-1").splitlines()
    assert [line.split()[0] for line in lines] == ["Doors:", "NEW", "a.", "LATER"]
    door = next(row for row in found["rows"] if row["id"] == "HR-1")
    assert door["title"] == "Gates and doors"
    assert door["guidance"] == "Why doors.\nMore."
    assert "assessment-objective" not in {p["name"] for p in door["parts"]}
    assert {note[1].partition(":")[0] for note in found["notes"]} >= {
        "1 altered controls are not in the selection",
        "1 places to change are not in the catalog",
    }


def test_the_imported_catalog_itself_is_not_changed_by_two_imports() -> None:
    profile = {
        "imports": [
            {"href": "#src", "include-controls": [{"with-ids": ["hr-1"]}]},
            {"href": "#src", "include-controls": [{"with-ids": ["hr-1", "hr-2"]}]},
        ],
        "merge": {"flat": {}},
    }
    found = resolved(profile)
    assert [row["id"] for row in found["rows"]] == ["HR-1", "HR-2"]
    assert ["imports", "1 controls come from two imports; the first one counts"] in found["notes"]


def test_a_profile_of_another_catalog_says_what_it_misses() -> None:
    order = {"href": "#src", "include-controls": [{"with-ids": ["ac-1", "ac-2"]}]}
    with pytest.raises(BadInputError, match=r"selects nothing of what it draws on .*not in the catalog: ac-1, ac-2"):
        resolved({"metadata": {}, "imports": [order]})


def test_profiles_in_a_circle_are_refused() -> None:
    looped = {"imports": [{"href": "#src"}]}
    data, sizes = bundle([encoded("profile", looped), encoded("profile", looped)])
    with pytest.raises(BadInputError, match="circle"):
        parse(data, {"sizes": sizes, "links": {"0": {"#src": 1}, "1": {"#src": 0}}})


def test_peek_finds_what_a_profile_needs_through_the_back_matter() -> None:
    profile = {
        "metadata": {"title": "Mine"},
        "imports": [{"href": "#u"}, {"href": "../x/cat.json#c"}],
        "back-matter": {
            "resources": [{"uuid": "u", "rlinks": [{"href": "https://h.example/a/b.xml?raw"}, {"href": "b.json"}]}]
        },
    }
    assert peek(encoded("profile", profile), {}) == {
        "kind": "profile",
        "title": "Mine",
        "imports": [["#u", ["b.xml", "b.json"]], ["../x/cat.json#c", ["cat.json"]]],
    }


@pytest.fixture
def read(tmp_path: Path, now: datetime) -> Callable[..., FrameworkImport]:
    """Writes a file and reads it through the sandbox."""

    def take(name: str, data: bytes, **options: Any) -> FrameworkImport:
        (tmp_path / name).write_bytes(data)
        return read_framework(tmp_path / name, now, **options)

    return take


def test_a_profile_finds_its_catalog_beside_it_or_is_told(read: Callable[..., FrameworkImport], tmp_path: Path) -> None:
    profile = {
        "metadata": {"title": "Small house"},
        "imports": [{"href": "rules.json", "include-controls": [{"with-ids": ["hr-2"]}]}],
    }
    with pytest.raises(BadInputError, match=r"draws on rules\.json, which is not there") as caught:
        read("p.json", encoded("profile", profile))
    assert "--with" in caught.value.hint
    (tmp_path / "rules.json").write_bytes(encoded("catalog", CATALOG))
    found = read("p.json", encoded("profile", profile))
    assert [row.id for row in found.requirements] == ["HR", "HR-2"]
    assert found.framework.id == "small-house"
    (tmp_path / "rules.json").rename(tmp_path / "other name.json")
    given = read("p.json", encoded("profile", profile), others=[tmp_path / "other name.json"])
    assert given.requirements == found.requirements


def test_the_head_of_a_copy(read: Callable[..., FrameworkImport], now: datetime) -> None:
    head = read("c.json", encoded("catalog", CATALOG)).framework
    assert (head.id, head.version, head.publisher, head.text_depth) == ("house-rules-2", "2", "The house", "full")
    assert (head.imported_at, head.extends, len(head.sha256)) == (now, "", 64)
    with pytest.raises(ConflictError, match="shipped"):
        read("c.json", encoded("catalog", CATALOG), framework_id="nist-csf-2.0")


def test_text_that_would_drive_a_screen_is_cleaned(read: Callable[..., FrameworkImport]) -> None:
    odd = {"id": "x-1", "title": "a\x1b[31m\u202e", "parts": [{"name": "statement", "prose": "b\u200b\x07c"}]}
    found = read("c.json", encoded("catalog", {"metadata": {"title": "t"}, "controls": [odd]}))
    assert (found.requirements[0].title, found.requirements[0].statement) == ("a[31m", "bc")


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("a.json", b"", "is empty"),
        ("a.json", b'{"catalog": {"metadata"', "breaks off"),
        ("a.json", b'{"catalog": {}}', "holds no controls"),
        ("a.json", b'{"component-definition": {}}', "OSCAL component-definition"),
        ("a.json", b'{"x": 1}', "is not an OSCAL"),
        ("a.xml", b"<rss/>", "root 'rss'"),
        ("a.xml", b"<catalog><control", "not well-formed"),
        ("a.xml", b'<!DOCTYPE c [<!ENTITY a "aaaa">]><catalog>&a;</catalog>', "document type"),
        ("a.pdf", b"%PDF-1.7", "is a PDF"),
        ("a.json", b'{"catalog": ' + b'{"groups": [' * 2_000 + b"]}" * 2_000 + b"}", "nested too deeply"),
        ("a.xml", b"<catalog>" + b"<group>" * 3_000 + b"</group>" * 3_000 + b"</catalog>", "nested too deeply"),
        ("a.yaml", b"catalog: &a [*a]\n", "is not an OSCAL|could not be read|not YAML"),
    ],
)
def test_a_bad_file_is_one_sentence(read: Callable[..., FrameworkImport], name: str, data: bytes, words: str) -> None:
    with pytest.raises(BadInputError, match=words) as caught:
        read(name, data)
    assert caught.value.subject == name
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_said(now: datetime, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="no such file"):
        read_framework(tmp_path / "nope.json", now)
