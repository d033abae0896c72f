"""Normalise a URL to the key of its article: all spellings of one address have one key."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import SplitResult, urlsplit

from ingestd.identity.urls.url_rules import DEFAULT_RULES, ParameterNames, UrlRules
from ingestd.identity.urls.whatwg import MAX_URL_CHARS, serialise


@lru_cache(maxsize=8192)  # a poll normalises each link three times
def normalise(url: str, rules: UrlRules = DEFAULT_RULES) -> str | None:
    """The key of the article at `url`: an https URL; None where `url` is not http(s) or has over MAX_URL_CHARS.

    Two URLs with the same key are the same article. The key does not depend on: http or https, the case of scheme and
    host, Unicode or punycode hosts, a default port, a user name, percent-encoding of unreserved characters, the order
    of parameters with different names, tracking parameters, and any fragment that is no route. Idempotent.
    """
    href = _unwrapped(serialise(url))
    if href is None:
        return None
    # What is serialised has a host and a slash behind it: this takes a third of what `urlsplit` does.
    before, _, fragment = href.partition("#")
    before, _, query = before.partition("?")
    netloc, slash, path = before.partition("://")[2].partition("/")
    host, drop, keep = _host(netloc, rules)
    query = _query(query, rules, drop, keep) if query else ""
    fragment = _route(fragment) if fragment else ""
    key = f"https://{host}{_without_session(_percent(slash + path))}{query}{fragment}"
    return key if len(key) <= MAX_URL_CHARS else None


@dataclass(frozen=True, slots=True)
class Step:
    """One rule that changed a URL on its way to the key: the rule's name, and the URL afterwards."""

    rule: str
    url: str


def steps(url: str, rules: UrlRules = DEFAULT_RULES) -> tuple[Step, ...]:
    """The rules that lead from `url` to its key, in order; the last URL is the key. Empty where nothing changed."""
    taken: list[Step] = []
    if normalise(url, rules) is None:
        return ()
    before = url
    for rule, after in _stages(url, rules):
        if after != before:
            taken.append(Step(rule, after))
            before = after
    return tuple(taken)


def _stages(url: str, rules: UrlRules) -> Iterator[tuple[str, str]]:
    href = serialise(url) or ""
    yield "written as the WHATWG URL standard does", href
    href = _unwrapped(href) or ""
    yield "taken out of an AMP cache", href
    parts = urlsplit(href)
    host, drop, keep = _host(parts.netloc, rules)
    parts = parts._replace(scheme="https")
    yield "http and https are one", parts.geturl()
    parts = parts._replace(netloc=host)
    yield "one host: no user name, no default port, no alias", parts.geturl()
    parts = parts._replace(path=_percent(parts.path))
    yield "percent-encoding in one form (path)", parts.geturl()
    parts = parts._replace(path=_without_session(parts.path))
    yield "without the session in the path", parts.geturl()
    pairs = _pairs(parts.query)
    parts = parts._replace(query="&".join(pair for _, pair in pairs))
    yield "percent-encoding in one form (query)", parts.geturl()
    dropped = [name for name, _ in pairs if rules.is_tracking(name, drop, keep)]
    parts = parts._replace(query="&".join(pair for name, pair in pairs if name not in dropped))
    yield "without tracking parameters: " + ", ".join(dropped), parts.geturl()
    parts = parts._replace(query=_query(parts.query, rules, drop, keep)[1:])
    yield "parameters sorted by name", parts.geturl()
    parts = parts._replace(fragment=_route(parts.fragment)[1:])
    yield "without the fragment, which is no route", parts.geturl()


def _host(netloc: str, rules: UrlRules) -> tuple[str, ParameterNames, ParameterNames]:
    """The host in the key, and the parameters that are dropped and kept at this host."""
    host = netloc.rpartition("@")[2]
    name, _, port = host.rpartition(":")
    if not name or not port.isdigit():
        name, port = host, ""
    name = rules.alias_of(name.rstrip(".") or name)
    # Both default ports are removed whatever the scheme, since every key is https.
    return (name if port in ("", "80", "443") else f"{name}:{port}", *rules.of_host(name))


# Servlet specification, 7.1.3: `/article;jsessionid=0AAB6C8D?id=1`.
_SESSION = re.compile(r";jsessionid=[^/;]*", re.IGNORECASE)


def _without_session(path: str) -> str:
    return _SESSION.sub("", path) if ";" in path else path


_ESCAPE = re.compile(r"%(?:[0-9A-Fa-f]{2})?|[|^`{}\"<>\\]")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")


def _percent(text: str) -> str:
    """RFC 3986, 6.2.2: hexadecimal digits upper case, unreserved characters decoded; all other bytes stay encoded."""
    return _ESCAPE.sub(_escape, text)


def _escape(match: re.Match[str]) -> str:
    found = match.group()
    if len(found) < 3:  # a stray percent sign, or a character that no URI may hold
        return f"%{ord(found):02X}"
    char = chr(int(found[1:], 16))
    return char if char in _UNRESERVED else found.upper()


def _pairs(query: str) -> list[tuple[str, str]]:
    """The parameters of a query as (name, name=value), percent-encoding in one form, empty ones gone."""
    return [(pair.partition("=")[0], pair) for written in query.split("&") if (pair := _percent(written))]


def _query(query: str, rules: UrlRules, drop: ParameterNames, keep: ParameterNames) -> str:
    kept = [(name, pair) for name, pair in _pairs(query) if not rules.is_tracking(name, drop, keep)]
    # By name only: the order of values of one name may matter.
    kept.sort(key=lambda item: item[0])
    return "?" + "&".join(pair for _, pair in kept) if kept else ""


def has_query(query: str) -> bool:
    """Whether a query holds anything but tracking parameters."""
    nothing = ParameterNames.of(())
    return bool(_query(query, DEFAULT_RULES, nothing, nothing))


def _route(fragment: str) -> str:
    """A fragment that identifies a page, with its `#`: `#!…` and `#/…` routes, and our own `#guid=…`; else ""."""
    if not fragment.startswith(("!", "/", "guid=")) or fragment in ("!", "/", "!/", "guid="):
        return ""
    return "#" + _percent(fragment)


def has_route(fragment: str) -> bool:
    """Whether a fragment identifies a page (a `#!…` or `#/…` route, or `#guid=…`)."""
    return bool(_route(fragment))


def _unwrapped(href: str | None) -> str | None:
    """The URL inside an AMP cache's (https://developers.google.com/amp/cache/overview), else the URL itself."""
    while href is not None and ("/amp/" in href or ".ampproject.org/" in href):
        inner = _inner(urlsplit(href))
        if inner is None:
            break
        href = serialise(inner)
    return href


def _inner(parts: SplitResult) -> str | None:
    if parts.netloc in ("www.google.com", "google.com") and parts.path.startswith("/amp/"):
        rest = parts.path[len("/amp/") :]
    elif parts.netloc.endswith(".cdn.ampproject.org") and parts.path[:3] in ("/c/", "/v/"):
        rest = parts.path[3:]
    else:
        return None
    inner = rest.removeprefix("s/")
    if "." not in inner.partition("/")[0]:
        return None
    rest = ("?" + parts.query if parts.query else "") + ("#" + parts.fragment if parts.fragment else "")
    return "https://" + inner + rest
