"""Mentions: one pass, word boundaries, longest name, casing, and names that come and go."""

import string

from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.triage.masks import read
from advisor.triage.mentions import Automaton
from advisor.triage.names import product_forms


def automaton(*names: tuple[str, str]) -> Automaton:
    made = Automaton()
    for vendor, product in names:
        made.add(("product", vendor, product), product_forms(vendor, product))
    return made


def found(made: Automaton, text: str) -> set[str]:
    return {mention.key[2] for mention in made.scan(read(text)) if mention.key[0] == "product"}


def test_spaces_hyphens_and_case_do_not_matter() -> None:
    made = automaton(("F5", "BIG-IP"), ("filebrowser", "filebrowser"))
    for text in ("F5 BIG-IP flaw", "the big ip box", "File Browser before 2.1", "FileBrowser's"):
        assert found(made, text)


def test_a_name_inside_a_word_is_no_mention() -> None:
    made = automaton(("SonicWall", "SMA100"), ("Rack", "rack"))
    assert not found(made, "SonicWall SMA1000 and the tracker")


def test_the_longest_name_wins() -> None:
    made = automaton(("Mozilla", "Firefox"), ("Mozilla", "Firefox ESR"), ("WordPress", "Core"))
    assert found(made, "fixed in Firefox ESR 128.7") == {"Firefox ESR"}
    assert found(made, "fixed in Firefox 135") == {"Firefox"}
    assert not found(made, "a plugin for WordPress sites")


def test_a_list_of_products_hides_none_of_them() -> None:
    made = automaton(("Adobe", "Commerce"), ("Adobe", "Commerce and Magento Open Source"))
    assert "Commerce" in found(made, "Adobe Commerce and Magento Open Source are affected")


def test_capitals_tell_ios_apart() -> None:
    made = automaton(("Apple", "iOS"), ("Cisco", "IOS"))
    assert found(made, "a flaw in iOS 26") == {"iOS"}
    assert found(made, "a flaw in IOS Software") == {"IOS"}


def test_the_headline_of_another_story_is_no_mention() -> None:
    made = automaton(("Citrix", "NetScaler"), ("Veeam", "Backup & Replication"))
    more = "Also today: [Critical vulnerability patched in Citrix NetScaler](https://news.example/netscaler)."
    assert not found(made, f"Default passwords are still with us. {more}")
    assert found(made, f"Veeam Backup & Replication has a flaw. {more}") == {"Backup & Replication"}
    assert found(made, "Update [Citrix NetScaler](https://citrix.example/advisory) to 14.1-66.59") == {"NetScaler"}
    assert found(made, "[Critical vulnerability patched in Citrix NetScaler] is the title") == {"NetScaler"}
    text = f"Default passwords. {more} The rest keeps its place."
    assert read(text).raw.index("The rest") == text.index("The rest")


def test_a_name_leaves_with_its_last_user() -> None:
    made = automaton(("Acme", "Frobnicator"))
    size = len(made)
    key, forms = ("product", "Acme", "Frobnicator"), product_forms("Acme", "Frobnicator")
    made.add(key, forms)
    made.remove(key)
    assert found(made, "Frobnicator flaw")
    made.remove(key)
    assert not found(made, "Frobnicator flaw")
    assert len(made) < size
    made.add(key, forms)
    assert found(made, "Frobnicator flaw")


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet=string.printable + "éßİ–’日", max_size=300))
def test_any_text_is_scanned_and_mentions_are_the_name_itself(text: str) -> None:
    made = automaton(("RARLAB", "WinRAR"), ("Microsoft", "Office"))
    reading = read(text + " WinRAR " + text)
    for mention in made.scan(reading):
        tokens = "".join(reading.token(index) for index in range(mention.first, mention.last))
        assert tokens == mention.form.key
