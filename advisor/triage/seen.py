"""Reads the parts of an item once: which names stand where, and what is written around each of them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from advisor.triage import context, incidents, written
from advisor.triage.lexicon import lexicon
from advisor.triage.masks import Reading, compact
from advisor.triage.mentions import Mention

PartName = Literal["title", "summary"]

_REACH = 1_500
"""Characters around a name that are read for what is said of it; no real sentence is longer."""


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
    advice: bool
    """It is a title that announces advice."""
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
    advice = name == "title" and context.is_advice(reading.raw)
    return Part(name, reading, tuple(mentions), makers, harm, plugin, advice, starts)


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


def look(part: Part, mention: Mention, vendors: frozenset[str]) -> Seen:
    """One mention of what one of the vendors may make."""
    spot = part.spot(mention.first, mention.last)
    return Seen(part, mention, vendors, spot.capital, spot.sentence)
