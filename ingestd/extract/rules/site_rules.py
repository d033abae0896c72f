"""Site rules: which elements of a site's pages are the article. `config/sites.toml` holds the shipped pack.

[[site]]
hosts = ["zaobao.com", "zaobao.com.sg"]   # the host itself and everything below it
url = "https://www.zaobao.com/news/"      # optional: only addresses that begin so (scheme and www. do not matter)
detect = "meta[name=generator][content^=WordPress]"   # instead of hosts: a platform, by the markup of the page
select = "article .content"               # the article; several matches are joined in document order
remove = [".ads", ".related"]             # what goes out of it
title = "h1"
author = ".author"
date = "time[datetime]"                   # its datetime or content attribute, else its text
next_page = "a.next"
evidence = "https://…"                    # the public source that shows this structure
evidence_date = "2024-05-01"
"""

import pickle
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ingestd.model.errors import ConfigError
from ingestd.model.source import SiteRule

if TYPE_CHECKING:
    from ingestd.extract.html.tree import Element

_TEXT_KEYS = ("select", "title", "author", "date", "next_page")
_KEYS = frozenset({"hosts", "url", "detect", "remove", "evidence", "evidence_date", "name", *_TEXT_KEYS})


@dataclass(frozen=True, slots=True)
class SiteRuleEntry:
    """One rule of a pack and the pages that it applies to: by host and URL prefix, or by a selector (`detect`)."""

    rule: SiteRule
    hosts: tuple[str, ...] = ()
    url: str | None = None
    detect: str | None = None
    evidence: str | None = None
    evidence_date: str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class SiteRules:
    """A pack of rules. Of rules of the same specificity the later one applies, so users' packs are added last."""

    sites: tuple[SiteRuleEntry, ...] = ()
    _packed: bytes = field(default=b"", init=False, repr=False, compare=False)
    # Indexes of the entries by host; under "" those without hosts.
    _by_host: dict[str, list[int]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        for number, site in enumerate(self.sites):
            for host in site.hosts or ("",):
                self._by_host.setdefault(host, []).append(number)

    def __reduce__(self) -> tuple[Callable[[bytes], "SiteRules"], tuple[bytes]]:
        """Pickle to bytes that are made once and unpickled once in each worker: the pack is sent with every page."""
        if not self._packed:
            object.__setattr__(self, "_packed", pickle.dumps(self.sites))
        return _unpickle, (self._packed,)

    def __add__(self, other: "SiteRules") -> "SiteRules":
        return SiteRules(self.sites + other.sites)

    def for_url(self, url: str) -> SiteRuleEntry | None:
        """The most specific rule for a URL, by host and prefix alone."""
        host, path = _host_and_path(url)
        numbers = {number for name in _parent_domains(host) for number in self._by_host.get(name, ())}
        fitting = [site for number in sorted(numbers) if _matches(site := self.sites[number], host, path)]
        return max(reversed(fitting), key=lambda site: _specificity(site, host), default=None)

    def for_page(self, url: str, root: "Element") -> SiteRuleEntry | None:
        """The rule for a page: by its URL, else by the platform that its markup shows."""
        found = self.for_url(url)
        if found is not None:
            return found
        from ingestd.extract.rules.selectors import select

        platforms = (site for site in reversed(self.sites) if site.detect and not site.hosts and not site.url)
        return next((site for site in platforms if select(root, site.detect or "")), None)


@lru_cache(maxsize=4)
def _unpickle(packed: bytes) -> SiteRules:
    return SiteRules(pickle.loads(packed))  # noqa: S301 - our own bytes, from the process that started this one


def _parent_domains(host: str) -> Iterator[str]:
    """A host, its parent domains, and last the empty string."""
    while host:
        yield host
        host = host.partition(".")[2]
    yield ""


def _matches(site: SiteRuleEntry, host: str, path: str) -> bool:
    if not site.hosts and not site.url:
        return False
    by_host = not site.hosts or any(host == name or host.endswith("." + name) for name in site.hosts)
    return by_host and (not site.url or (host + path).startswith(_without_scheme(site.url)))


def _specificity(site: SiteRuleEntry, host: str) -> tuple[int, int]:
    longest = max((len(name) for name in site.hosts if host == name or host.endswith("." + name)), default=0)
    return (len(_without_scheme(site.url)) if site.url else 0, longest)


def _host_and_path(url: str) -> tuple[str, str]:
    try:
        parts = urlsplit(url)
    except ValueError:
        return "", ""
    host = (parts.hostname or "").removeprefix("www.")
    return host, parts.path + (f"?{parts.query}" if parts.query else "")


def _without_scheme(url: str) -> str:
    return re.sub(r"^https?://", "", url).removeprefix("www.")


def load_rules(text: str, where: str = "sites.toml", *, check: bool = True) -> SiteRules:
    """Rules from TOML. Raises ConfigError naming `where` and the rule for whatever is wrong.

    Without `check` selectors are not validated: for the shipped pack, which the tests check.
    """
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{where}: {error}") from error
    except RecursionError as error:
        raise ConfigError(f"{where}: nested too deeply") from error
    unknown = set(data) - {"site"}
    if unknown:
        raise ConfigError(f"{where}: unknown key {min(unknown)!r}; rules are [[site]] tables")
    tables = data.get("site", [])
    if not isinstance(tables, list):
        raise ConfigError(f"{where}: rules are written as [[site]], with two brackets")
    return SiteRules(
        tuple(_parse_entry(table, f"{where}: site {number}", check) for number, table in enumerate(tables, 1))
    )


def _parse_entry(table: Mapping[str, object], where: str, check: bool) -> SiteRuleEntry:
    unknown = set(table) - _KEYS
    if unknown:
        raise ConfigError(f"{where}: unknown key {min(unknown)!r}")
    text = _text_reader(table, where)
    hosts = _string_list(table, "hosts", where)
    rule = SiteRule(
        select=text("select"),
        remove=_string_list(table, "remove", where),
        title=text("title"),
        author=text("author"),
        date=text("date"),
        next_page=text("next_page"),
    )
    if check:
        _check_selectors(rule, text("detect"), where)
    if not hosts and not table.get("detect") and not table.get("url"):
        raise ConfigError(f"{where}: needs hosts, url or detect")
    names = tuple(host.strip().lower().removeprefix("www.").strip(".") for host in hosts)
    date = table.get("evidence_date")
    return SiteRuleEntry(
        rule, names, text("url"), text("detect"), text("evidence"), str(date) if date else None, text("name")
    )


def _check_selectors(rule: SiteRule, detect: str | None, where: str) -> None:
    from ingestd.extract.rules.selectors import is_valid_selector  # slow to import, and the shipped rules do without

    for selector in (rule.select, *rule.remove, rule.title, rule.author, rule.date, rule.next_page, detect):
        if selector and not is_valid_selector(selector):
            raise ConfigError(f"{where}: {selector!r} is not a CSS selector")


def _text_reader(table: Mapping[str, object], where: str) -> Callable[[str], str | None]:
    def read(key: str) -> str | None:
        value = table.get(key)
        if value is not None and not isinstance(value, str):
            raise ConfigError(f"{where}: {key} must be text")
        return value or None

    return read


def _string_list(table: Mapping[str, object], key: str, where: str) -> tuple[str, ...]:
    value = table.get(key, [])
    if isinstance(value, str):
        return (value,)
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ConfigError(f"{where}: {key} must be a list of texts")
    return tuple(value)
