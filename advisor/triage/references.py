"""Reads product names out of an item's links: repositories, packages and plug-in pages."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from advisor.triage.lexicon import lexicon
from advisor.triage.masks import IDENTIFIERS, compact, words

_CODE_HOSTS = frozenset(
    {"github.com", "gitlab.com", "codeberg.org", "bitbucket.org", "gitee.com", "raw.githubusercontent.com"}
)
_NOT_OWNERS = frozenset(
    {"advisories", "security", "orgs", "marketplace", "about", "features", "topics", "search", "explore"}
)
_SLUG = re.compile(
    r"/(?:plugins?|themes?|browser|package|packages|project|gems|crates|extensions|wordpress-plugins|wordpress-themes)"
    r"/([a-z0-9][a-z0-9_.-]*)|/changeset/\d+/([a-z0-9][a-z0-9_.-]*)|/vulnerability/(?:[^/]+/)?wordpress-([a-z0-9-]+?)-(?:plugin|theme)-",
    re.IGNORECASE,
)
_RELEASE = re.compile(r"/(?:releases/tag|releases|tags?)/(?:[a-z._-]*?)v?(\d+(?:\.\d+)+[a-z0-9.-]*)/?$", re.IGNORECASE)
_UPDATE = re.compile(r"-(\d+(?:-\d+)+)((?:-(?:and-)?\d+(?:-\d+)+)*)-security-update")
_SLUG_VERSION = re.compile(r"/vulnerability/(?:[^/]+/)?wordpress-[a-z0-9-]*?-(?:plugin|theme)-(\d+(?:-\d+)+)-[a-z]")
_SECOND_LEVEL = frozenset({"co", "com", "org", "net", "gov", "ac", "edu"})
_NOT_SLUGS = frozenset(
    map(compact, ["wordpress", "trunk", "tags", "plugin", "plugins", "vulnerability", "theme", "id", "detail"])
)


@dataclass(frozen=True, slots=True)
class Named:
    """What the links name, compact."""

    projects: frozenset[str]
    """Repository names, package names, plug-in slugs."""
    owners: frozenset[str]
    """Owners of repositories."""
    whole_owners: frozenset[str]
    """Owners whose repository bears a name that says nothing (`cms`, `server`): the owner's name is the product's."""
    hosts: frozenset[str]
    """Second-level host names."""
    path_words: frozenset[str]
    """Words of the paths on hosts that are no code hosts."""
    segments: frozenset[str]
    """Whole path segments on those hosts."""
    fixed: tuple[str, ...] = ()
    """Versions that a link names as the fixed release (`releases/tag/v2.1.4`, `kibana-8-19-20-security-update`)."""
    affected: tuple[str, ...] = ()
    """Versions that an advisory's address names as the last affected one (`plugin-1-3-3-8-cross-site-scripting`)."""
    slugs: frozenset[str] = frozenset()
    """Those of `projects` that are names in a registry of packages or plug-ins, where each name is one project's."""


NOTHING_NAMED = Named(*(frozenset[str](),) * 6)
"""What no link names."""


def _triples(numbers: list[str]) -> list[str]:
    """The versions in a run of numbers: one of up to four numbers, else several of three each."""
    if len(numbers) <= 4:
        return [".".join(numbers)]
    return [".".join(numbers[at : at + 3]) for at in range(0, len(numbers), 3)] if len(numbers) % 3 == 0 else []


def named_in(links: tuple[str, ...]) -> Named:
    """The projects and owners that a list of links names; a link that cannot be read names nothing."""
    if not links:
        return NOTHING_NAMED
    projects: set[str] = set()
    slugs: set[str] = set()
    owners: set[str] = set()
    whole_owners: set[str] = set()
    hosts: set[str] = set()
    path_words: set[str] = set()
    segments: set[str] = set()
    fixed: list[str] = []
    affected: list[str] = []
    for link in links:
        for found in _RELEASE.findall(link):
            fixed.append(found)
        for found in _SLUG_VERSION.findall(link):
            affected.append(found.replace("-", "."))
        for first, rest in _UPDATE.findall(link):
            for run in (first, *(piece for piece in rest.split("-and-") if piece)):
                fixed += _triples(run.strip("-").split("-"))
        try:
            parts = urlsplit(IDENTIFIERS.sub("", link))
            host = (parts.hostname or "").removeprefix("www.")
        except ValueError:
            continue
        path = [piece for piece in parts.path.split("/") if piece]
        if host in _CODE_HOSTS:
            if len(path) >= 2 and path[0].lower() not in _NOT_OWNERS:
                owners.add(compact(path[0]))
                projects.add(compact(path[1].removesuffix(".git")))
                if compact(path[1]) in lexicon().lists["plain_repositories"]:
                    whole_owners.add(compact(path[0]))
            elif len(path) == 1:
                owners.add(compact(path[0]))
            continue
        labels = host.split(".")
        site = labels[-3] if len(labels) >= 3 and labels[-2] in _SECOND_LEVEL else labels[max(0, len(labels) - 2)]
        if compact(site) not in lexicon().lists["shared_hosts"]:
            hosts.add(compact(site))
            segments |= {compact(piece) for piece in path}
            path_words |= {word for piece in path for word in words(piece)}
        for slug in map("".join, _SLUG.findall(parts.path)):
            if compact(slug) not in _NOT_SLUGS:
                slugs.add(compact(slug))
    return Named(
        projects=frozenset((projects | slugs) - {""}),
        owners=frozenset(owners - {""}),
        whole_owners=frozenset(whole_owners - {""}),
        hosts=frozenset(hosts - {""}),
        path_words=frozenset(path_words),
        segments=frozenset(segments - {""}),
        fixed=tuple(dict.fromkeys(fixed)),
        affected=tuple(dict.fromkeys(affected)),
        slugs=frozenset(slugs - {""}),
    )
