"""What makes people sign again: figures, duties, roles and clauses; not typing, format or mappings."""

from __future__ import annotations

import pytest

from advisor.attestation.materiality import suggest
from knowledge.records.policy import PolicyClause, PolicySection, PolicyText

BASE = "The service desk must disable the account within 24 hours and tells the security officer."


def text(said: str = BASE, *more: PolicyClause, heading: str = "Leavers", refs: tuple[str, ...] = ()) -> PolicyText:
    first = PolicyClause(id="leavers", number="4.6", heading=heading, text=said, requirements=refs)
    return PolicyText(title="P", sections=(PolicySection(id="s", heading="S", clauses=(first, *more)),))


@pytest.mark.parametrize(
    ("changed", "kind"),
    [
        (BASE.replace("24 hours", "4 hours"), "figure"),
        (BASE.replace("24 hours", "24 days"), "figure"),
        (BASE.replace("within 24 hours", "immediately"), "figure"),
        (BASE.replace("must disable", "should disable"), "duty"),
        (BASE.replace("must disable", "must not disable"), "duty"),
        (BASE.replace("security officer", "practice manager"), "role"),
        (BASE.replace("disable", "delete"), "wording"),
    ],
)
def test_what_people_must_do_otherwise_is_material(changed: str, kind: str) -> None:
    found = suggest(text(), text(changed))
    assert found.material
    assert [one.kind for one in found.reasons] == [kind]
    assert found.reasons[0].clause == "4.6 Leavers"


@pytest.mark.parametrize(
    ("changed", "kind"),
    [
        (BASE.replace("disable", "dissable"), "typo"),
        (BASE.replace("account ", "account\n"), "format"),
        (BASE.rstrip(".") + ";", "format"),
        (BASE.replace("The service", "A service"), "format"),
    ],
)
def test_typing_and_format_are_not(changed: str, kind: str) -> None:
    found = suggest(text(), text(changed))
    assert not found.material
    assert [one.kind for one in found.reasons] == [kind]


def test_a_renumbered_figure_is_never_a_typo() -> None:
    assert suggest(text("Keep logs as in table A12345."), text("Keep logs as in table A12346.")).material


def test_new_and_removed_clauses_are_material_and_a_mapping_is_not() -> None:
    more = PolicyClause(id="more", number="4.7", heading="More", text="Managers review it.")
    assert [one.kind for one in suggest(text(), text(BASE, more)).reasons] == ["new clause"]
    assert [one.kind for one in suggest(text(BASE, more), text()).reasons] == ["clause gone"]
    mapped = suggest(text(), text(refs=("iso-27001-2022:A.5.18",)))
    assert (mapped.material, [one.kind for one in mapped.reasons]) == (False, ["mapping"])


def test_the_first_version_is_material_and_the_same_text_is_not() -> None:
    assert suggest(None, text()).material
    same = suggest(text(), text())
    assert (same.material, same.reasons, same.sentence) == (False, (), "Not material: the text is the same.")


def test_the_reason_quotes_what_was_and_what_is() -> None:
    found = suggest(text(), text(BASE.replace("24 hours", "4 hours")))
    assert found.reasons[0].text == "was “24 hour”, is “4 hour”"
