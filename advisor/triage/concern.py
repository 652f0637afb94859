"""Decides from its mentions whether a text concerns a product: the words, where they stand, what the links name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from advisor.triage import context
from advisor.triage.lexicon import lexicon
from advisor.triage.masks import words
from advisor.triage.names import Level
from advisor.triage.references import NOTHING_NAMED, Named
from advisor.triage.seen import Part, Seen


class Concern(NamedTuple):
    """The answer for one product."""

    concerned: bool
    seen: Seen | None
    """The mention that decided; None where only a link names the product."""
    link_named: bool = False
    others: tuple[Seen, ...] = ()


def _plain_words(seen: Seen) -> bool:
    """A name of several words, written without any capital or digit: reads like ordinary text."""
    if seen.capital:
        return False
    tokens, found = words(seen.mention.form.text), seen.words()
    return len(tokens) > 1 and all(token.isalpha() for token in tokens) and found.islower() and " " in found


class _Beside(NamedTuple):
    """What stands beside a mention elsewhere in the item."""

    vendor_near: bool
    linked: bool = False
    """A link names the product's project."""
    hosted: bool = False
    """A link leads to the vendor's own site or repositories."""
    plugin_story: bool = False
    """The item speaks of a plug-in or theme."""
    long_form: bool = False
    """A longer name of the product stands in the text."""


def _record_says(seen: Seen, beside: _Beside) -> bool:
    """For a vulnerability record's description: one or few products, each sentence about a weakness."""
    level, cue = seen.mention.form.level, seen.cue
    if level == "sure" and _plain_words(seen):
        level = "phrase"
    if level != "sure" and (seen.other_maker if level != "capital" else seen.goes_on):
        return False
    host = seen.part.plugin and seen.mention.form.key in lexicon().lists["plugin_hosts"]
    if host and cue.name not in ("version", "plugin"):
        return False  # "The Acme – WordPress LMS plugin is": where it runs
    if seen.mention.form.key in lexicon().platforms and cue.role == "affected" and not cue.strong:
        return False  # "for Windows and Linux contains a vulnerability"
    if level == "short":
        return _short_in_record(seen, beside)
    if cue.role != "aside":
        if beside.hosted and level in ("sure", "capital") and (seen.capital or level == "sure") and not seen.led:
            return True
        if beside.linked and seen.extras == 0:
            return seen.capital or cue.strong or level == "sure"
    return _ordinary_in_record(seen, beside, level) if level != "sure" else _sure_in_record(seen, beside)


def _short_in_record(seen: Seen, beside: _Beside) -> bool:
    if seen.extras:
        return False
    if seen.cue.name in ("subject", "version", "plugin") and seen.cue.strong and (seen.capital or _named_alone(seen)):
        return True  # "Nix is a package manager", "Nix before 2.24", "the oik plugin for WordPress is"
    return seen.upper and (beside.vendor_near or beside.long_form or beside.linked) and seen.cue.role != "aside"


def _named_alone(seen: Seen) -> bool:
    """Small letters are no doubt about the first word of a text, nor about what a plugin is called."""
    return seen.cue.name == "plugin" or (seen.part.name == "summary" and seen.mention.first == 0)


def _opening(seen: Seen) -> bool:
    """The name stands among the first words of the text."""
    return seen.sentence == 0 and seen.mention.first < 4


def _ordinary_in_record(seen: Seen, beside: _Beside, level: Level) -> bool:
    """A name made of ordinary words, or one that needs its capital."""
    affected = seen.cue.role == "affected"
    if seen.extras:
        return False
    if level == "capital":
        return seen.capital and (affected or (seen.cue.role == "neutral" and _opening(seen)))
    as_name = seen.capital or (seen.cue.name in ("version", "subject", "plugin") and seen.cue.strong)
    if level == "weak":
        protocol = seen.part.reading.gap(seen.mention.last - 1) == "/"  # "HTTP/3", "TCP/443"
        return as_name and affected and not protocol and (seen.cue.strong or beside.vendor_near)
    return as_name and (affected or beside.vendor_near)


def _sure_in_record(seen: Seen, beside: _Beside) -> bool:
    single = len(words(seen.mention.form.text)) == 1
    if seen.cue.role == "aside":
        return False
    if seen.extras and (single or not seen.cue.strong):
        # "in Acme Lathe before 2.4": of one telling word, what stands before it is its maker
        return single and seen.cue.name == "version" and seen.cue.strong and not (seen.followed or seen.other_maker)
    return seen.cue.role == "affected" or _opening(seen) or (seen.sentence == 0 and beside.vendor_near)


def _written_as_name(level: Level, seen: Seen, beside: _Beside) -> bool:
    """Whether a form is written, and stands beside what it needs, as names in news do."""
    title = seen.part.name == "title"
    if level == "short":
        return seen.upper and (beside.vendor_near or beside.long_form)
    if level == "sure":
        return seen.capital or seen.mention.form.key not in lexicon().platforms
    return seen.capital and (level != "weak" or (beside.vendor_near and (title or seen.extras == 0)))


def _news_says(seen: Seen, beside: _Beside, parts: Sequence[Part]) -> bool:
    """For news: the title counts most, elsewhere the sentence must speak of a weakness or an attack."""
    level = seen.mention.form.level
    title = seen.part.name == "title"
    if level == "sure" and _plain_words(seen):
        level = "phrase"
    # What is cheap to see is asked first: reading the words around a name costs the most.
    if not _written_as_name(level, seen, beside):
        return False
    if not _harm_at(seen, parts) or (
        seen.cue.role == "aside" and (not (title and level == "sure") or seen.cue.name == "means")
    ):
        return False
    if beside.plugin_story and seen.mention.form.key in lexicon().lists["plugin_hosts"]:
        return False
    if level == "sure" and seen.mention.form.key not in lexicon().platforms:
        told = seen.cue.role == "affected" and seen.cue.name != "deployed"
        return title or told or (seen.sentence == 0 and seen.mention.first < 4)
    if seen.other_maker and level in ("weak", "phrase", "short"):
        return False
    if level in ("short", "weak"):
        return True
    if level == "phrase":
        return beside.vendor_near or seen.cue.strong
    if seen.mention.form.key in lexicon().platforms:
        return context.tied(seen.part.reading, seen.mention.first, seen.mention.last)
    return seen.cue.role == "affected"


def _harm_at(seen: Seen, parts: Sequence[Part]) -> bool:
    """Whether the mention's sentence speaks of a weakness or an attack; for a title, whether the item does."""
    return seen.harm or (seen.part.name == "title" and any(part.harm for part in parts))


class _Linked(NamedTuple):
    """What an item's links say of one product."""

    project: bool = False
    """They name its project."""
    by_itself: bool = False
    """They name it so that nothing in the text has to."""
    site: bool = False
    """They lead to the vendor's own site or repositories."""
    page: bool = False
    """They lead to a page that bears its name."""


_UNLINKED = _Linked()


def _linked(named: Named, form_keys: frozenset[str], weak_keys: frozenset[str], vendors: frozenset[str]) -> _Linked:
    if named is NOTHING_NAMED:
        return _UNLINKED
    known = named.projects & form_keys
    linked = bool(known and (vendors & (named.owners | named.hosts) or any(len(key) >= 5 for key in known)))
    at_home = named.projects & weak_keys if vendors & named.owners else frozenset()
    shelf = named.slugs & weak_keys
    if shelf:
        at_home |= {key for key in shelf if len(key) >= 10} - lexicon().lists["shared_names"]
    known |= at_home
    linked = linked or bool(at_home) or bool(named.whole_owners & form_keys)
    hosted = bool(vendors & (named.hosts | named.owners))
    by_path = bool(hosted and form_keys & named.path_words) or any(len(key) >= 6 for key in form_keys & named.segments)
    # its own site, and a page there that bears its name
    own_site = any(len(key) >= 5 for key in form_keys & named.hosts & (named.segments | named.path_words))
    return _Linked(linked, linked and bool(known), hosted, by_path or own_site)


def judge_product(
    kind: Literal["record", "news"],
    parts: Sequence[Part],
    seen: Sequence[Seen],
    *,
    vendor_named: bool,
    named: Named,
    form_keys: frozenset[str],
    weak_keys: frozenset[str],
    own_key: str,
    vendors: frozenset[str],
) -> Concern:
    """Whether the text concerns one product.

    `vendor_named`: the item names the product's vendor by other words; `form_keys` holds the product's sure names,
    which a link may bear; `weak_keys` those that a link may bear on the vendor's ground only; `own_key` is its name in
    the inventory, compact.
    """
    linked = _linked(named, form_keys, weak_keys, vendors)
    if kind == "news":
        accepted, rest = _said_in_news(parts, seen, vendor_named)
    else:
        accepted, rest = _said_in_record(seen, vendor_named, named, linked, own_key)
    if accepted:
        best = accepted[0]
        if len(accepted) > 1:
            best = max(accepted, key=lambda one: (one.cue.role == "affected", one.cue.strong, one.mention.size))
        return Concern(True, best, linked.project, tuple(rest))
    if kind == "record" and (linked.by_itself or ((linked.project or linked.page) and not seen)):
        return Concern(True, None, True, tuple(rest))
    return Concern(False, seen[0] if seen else None, linked.project, tuple(rest))


def _long_form(seen: Sequence[Seen]) -> bool:
    for one in seen:  # noqa: SIM110 - asked for every name of every item, and twice as fast as `any` over a generator
        if one.mention.form.level in ("sure", "capital", "phrase"):
            return True
    return False


def _said_in_news(parts: Sequence[Part], seen: Sequence[Seen], vendor_named: bool) -> tuple[list[Seen], list[Seen]]:
    """The mentions that say so, and the rest."""
    if any(part.advice for part in parts):
        return [], list(seen)
    plugin_story = any(part.plugin for part in parts)
    beside = _Beside(vendor_named, plugin_story=plugin_story, long_form=_long_form(seen))
    accepted: list[Seen] = []
    rest: list[Seen] = []
    for one in seen:
        (accepted if _news_says(one, beside, parts) else rest).append(one)
    return accepted, rest


def _said_in_record(
    seen: Sequence[Seen], vendor_named: bool, named: Named, linked: _Linked, own_key: str
) -> tuple[list[Seen], list[Seen]]:
    """The mentions that say so, and the rest."""
    long_form = _long_form(seen)
    families = [one for one in seen if context.is_family(one.part.reading, one.mention.first)]
    longer = [one for one in seen if one.extras and not one.led] if families else []
    accepted: list[Seen] = []
    rest: list[Seen] = []
    for one in seen:
        form = one.mention.form
        if form.origin == "component" and own_key not in form.key:
            good = False  # a record names its product; the host of a component is named in passing
        else:
            named_too = linked.project or form.key in named.projects
            good = _record_says(one, _Beside(vendor_named, named_too, linked.site, long_form=long_form))
        if longer and (one in families or one in longer):
            good = False  # "the Lathe Cluster product of Acme Lathe" is not Lathe itself
        (accepted if good else rest).append(one)
    return accepted, rest
