"""Decides from its mentions whether a text concerns a product: the words, where they stand, what the links name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from advisor.triage import context, incidents, written
from advisor.triage.lexicon import lexicon
from advisor.triage.masks import Reading, compact, words
from advisor.triage.mentions import Mention
from advisor.triage.names import Level
from advisor.triage.references import NOTHING_NAMED, Named

PartName = Literal["title", "summary"]


_VERSION = re.compile(r"v?\d|b\d{6}|[a-c]\d$")
"""Begins a version, a build or a revision of hardware (`2.02`, `V3`, `B20210419`, `B1`), not a word of a name."""


class Spot(NamedTuple):
    """Some tokens, whichever of the names that are written so is asked for."""

    capital: bool
    sentence: int


class Neighbours(NamedTuple):
    """The capitalised words directly before and after some tokens: the name may be part of a longer one."""

    left: tuple[str, ...]
    telling_left: tuple[str, ...]
    telling_right: tuple[str, ...]
    """Those that tell one name from another: no generic noun, edition or number."""


@dataclass(slots=True, eq=False)
class Part:
    """One part of an item, read, with the mentions in it."""

    name: PartName
    reading: Reading
    mentions: tuple[Mention, ...]
    makers: dict[int, frozenset[str]]
    """Vendors, under all their names, whose name ends before a token; by the token's index."""
    harm: bool
    """The part, as far as it is read for that, speaks of a weakness, an attack or a fix."""
    plugin: bool
    """It speaks of a plug-in, theme or extension."""
    product_starts: frozenset[int]
    """The tokens at which a name of a product begins."""
    spots: dict[tuple[int, int], Spot] = field(default_factory=dict)
    """What `spot` has read so far: many names of many clients stand on the same tokens."""
    beside: dict[tuple[int, int], Neighbours] = field(default_factory=dict)
    cues: dict[tuple[int, int], context.Cue] = field(default_factory=dict)
    reporters: dict[tuple[int, int], bool] = field(default_factory=dict)
    harms: dict[tuple[int, int], bool] = field(default_factory=dict)
    harms_at: dict[int, bool] = field(default_factory=dict)
    incidents: dict[int, bool] = field(default_factory=dict)

    def spot(self, first: int, last: int) -> Spot:
        """How the tokens from `first` to before `last` are written, and where they stand."""
        found = self.spots.get((first, last))
        if found is None:
            reading = self.reading
            found = Spot(written.capitalised(reading, first, last), reading.sentence_of(reading.starts[first]))
            self.spots[(first, last)] = found
        return found

    def neighbours(self, first: int, last: int) -> Neighbours:
        """What stands directly beside the tokens; read where it is asked for, as not every rule does."""
        found = self.beside.get((first, last))
        if found is None:
            left, right = written.name_extras(self.reading, first, last)
            found = Neighbours(tuple(left), self._telling(left), self._telling(right))
            self.beside[(first, last)] = found
        return found

    def _telling(self, beside: Sequence[str]) -> tuple[str, ...]:
        if not beside:
            return ()
        lex = lexicon()
        return tuple(
            word
            for word in beside
            if word not in lex.generic_tail
            and word not in lex.lists["editions"]
            and not _VERSION.match(word)
            # in a title every word has a capital, so ordinary ones are no part of a name
            and not (self.name == "title" and lex.is_common(word))
        )

    def cue(self, first: int, last: int) -> context.Cue:
        """What the words around the tokens say of them; read where it is asked for, as it costs the most."""
        found = self.cues.get((first, last))
        if found is None:
            found = self.cues[(first, last)] = context.cue_of(self.reading, first, last)
        return found

    def reported_by(self, first: int, last: int) -> bool:
        """Whether the tokens name who found, says or tracks something."""
        found = self.reporters.get((first, last))
        if found is None:
            found = self.reporters[(first, last)] = context.reported_by(self.reading, first, last)
        return found

    def incident_in(self, sentence: int) -> bool:
        """Whether a sentence speaks of a breach, an attack or an outage."""
        found = self.incidents.get(sentence)
        if found is None:
            low, high = self.reading.sentence(sentence)
            found = self.incidents[sentence] = incidents.speaks_of_incident(self.reading.raw[low:high])
        return found

    def harm_at(self, first: int, sentence: int) -> bool:
        """Whether the sentence around a token speaks of a weakness, an attack or a fix."""
        found = self.harms_at.get(first)
        if found is None:
            low, high = self.reading.sentence(sentence)
            start = self.reading.starts[first]
            around = (max(low, start - _REACH), min(high, start + _REACH))
            found = self.harms.get(around)
            if found is None:
                found = self.harms[around] = context.harm_in(self.reading.raw[slice(*around)])
            self.harms_at[first] = found
        return found


def part_of(name: PartName, reading: Reading, mentions: Sequence[Mention]) -> Part:
    """A part with its look-up of vendor names."""
    makers: dict[int, frozenset[str]] = {}
    for mention in mentions:
        if mention.key[0] == "maker" and reading.gap(mention.last - 1) == " ":
            held = makers.get(mention.last, frozenset())
            makers[mention.last] = held | lexicon().related_vendors(mention.key[1])
    opening = reading.raw[:_REACH]
    harm, plugin = context.harm_in(opening), context.speaks_of_plugin(opening)
    starts = frozenset(one.first for one in mentions if one.key[0] in ("product", "known"))
    return Part(name, reading, tuple(mentions), makers, harm, plugin, starts)


@dataclass(slots=True, eq=False)
class Seen:
    """One mention with what its surroundings say; they are read where a rule asks."""

    part: Part
    mention: Mention
    vendors: frozenset[str]
    """Names of the vendor whose product it may be."""
    capital: bool
    sentence: int
    _beside: tuple[int, int] | None = None

    @property
    def extras(self) -> int:
        """Capitalised words beside the name that are neither its vendor nor a generic noun."""
        return sum(self._beside or self._read_beside())

    @property
    def led(self) -> bool:
        """One of them stands before the name."""
        return bool((self._beside or self._read_beside())[0])

    @property
    def followed(self) -> bool:
        """One of them stands after it."""
        return bool((self._beside or self._read_beside())[1])

    @property
    def other_maker(self) -> bool:
        """Another vendor's name stands directly before it (`Oracle Identity Manager` beside VMware's)."""
        makers = self.part.makers.get(self.mention.first)
        return makers is not None and makers.isdisjoint(self.vendors)

    @property
    def goes_on(self) -> bool:
        """A dot joins it to what follows, as in a file's name or a domain: `Node.js` is not Node."""
        reading, last = self.part.reading, self.mention.last
        return reading.gap(last - 1) == "." and reading.original(last)[:1].islower()

    def _read_beside(self) -> tuple[int, int]:
        """How many of those words stand before the name, and how many after it."""
        vendors = self.vendors
        left, before, right = self.part.neighbours(self.mention.first, self.mention.last)
        if before and vendors:
            if any("".join(left[-size:]) in vendors for size in (*range(1, 4), len(left))):
                before = ()
            elif compact(self.mention.key[1]) == f"{self.mention.form.key}project":
                before = ()  # CPE's placeholder for a vendor it does not know: what stands before the name is its maker
            else:
                before = tuple(word for word in before if word not in vendors)
        after = 0
        if right and not written.by_maker(self.part.reading, self.mention.last, right, vendors):
            after = sum(word not in vendors for word in right)
        self._beside = (len(before), after)
        return self._beside

    @property
    def cue(self) -> context.Cue:
        """What the words around it say."""
        return self.part.cue(self.mention.first, self.mention.last)

    @property
    def upper(self) -> bool:
        """It is written in capitals, as abbreviations are."""
        return written.upper_case(self.part.reading, self.mention.first, self.mention.last)

    @property
    def harm(self) -> bool:
        """The sentence speaks of a weakness, an attack or a fix."""
        return self.part.harm_at(self.mention.first, self.sentence)

    def words(self) -> str:
        """The mention as written."""
        reading = self.part.reading
        return reading.source[reading.starts[self.mention.first] : reading.ends[self.mention.last - 1]]


class Concern(NamedTuple):
    """The answer for one product."""

    concerned: bool
    seen: Seen | None
    """The mention that decided; None where only a link names the product."""
    link_named: bool = False
    others: tuple[Seen, ...] = ()


def look(part: Part, mention: Mention, vendors: frozenset[str]) -> Seen:
    """One mention of what one of the vendors may make."""
    spot = part.spot(mention.first, mention.last)
    return Seen(part, mention, vendors, spot.capital, spot.sentence)


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


_REACH = 1_500
"""Characters around a name that are read for what is said of it; no real sentence is longer."""


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
            good = _record_says(one, _Beside(vendor_named, named_too, linked.site, long_form))
        if longer and (one in families or one in longer):
            good = False  # "the Lathe Cluster product of Acme Lathe" is not Lathe itself
        (accepted if good else rest).append(one)
    return accepted, rest
