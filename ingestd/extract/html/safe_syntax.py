"""Syntax of the safe subset: the characters, references, attributes and URLs that all HTML parsers read alike."""

import re
from html import unescape
from html.entities import html5, name2codepoint

from ingestd.extract.html.links import absolute_link


class NotInSubsetError(Exception):
    """The markup is not of the safe subset: it needs a parser."""


_ATTRIBUTE = re.compile(r"([a-z-]+)=\"([^\"]*)\"")
# Controls except tab and newline, characters that HTML parsers remove or replace, lone surrogates, non-characters.
_AMBIGUOUS_CHARS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\ud800-\udfff\ufdd0-\ufdef\ufeff\ufff0-\uffff]")
#: An ampersand that starts no character reference, or one to a character that parsers may replace.
_AMBIGUOUS_AMPERSAND = re.compile(
    r"&(?!(?:[a-zA-Z]{2,8}[1-4]{0,2}|#(?:3[2-9]|[4-9]\d|1[6-9]\d|[2-9]\d\d|[1-9]\d{3}|[1-5]\d{4}));)"
)
_NAMED_REFERENCE = re.compile(r"&([a-zA-Z][a-zA-Z0-9]*);")
_KNOWN_REFERENCES = frozenset(name for name, number in name2codepoint.items() if html5[f"{name};"] == chr(number))
_IPV4_OCTET = r"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
_HOST = rf"(?:{_IPV4_OCTET}(?:\.{_IPV4_OCTET}){{3}}|(?:[a-z0-9]+(?:-[a-z0-9]+)*\.)+[a-z]{{2,20}})"
_SUBSET_URL = re.compile(
    rf"https?://{_HOST}(?::[1-5]?\d{{1,4}})?/[A-Za-z0-9\-._~%/@!$()*+,:=]*"
    r"(?:\?[A-Za-z0-9\-._~%/@!$&()*+,:;=?]+)?(?:#[A-Za-z0-9\-._~%/@!$&()*+,:;=?]+)?"
)


def has_ambiguous_chars(html: str) -> bool:
    """True where markup holds a character or a character reference that parsers might read differently."""
    if not html.isprintable() and not html.replace("\n", "").isprintable() and _AMBIGUOUS_CHARS.search(html):
        return True
    if "&" not in html:
        return False
    if _AMBIGUOUS_AMPERSAND.search(html) or not _KNOWN_REFERENCES.issuperset(_NAMED_REFERENCE.findall(html)):
        return True
    return "&#" in html and bool(_AMBIGUOUS_CHARS.search(unescape(html)))


def read_attributes(attributes: str) -> dict[str, str]:
    """The attributes of a tag, character references resolved. Raises NotInSubsetError where a name occurs twice."""
    if not attributes:
        return {}
    found = _ATTRIBUTE.findall(attributes)
    read = {name: unescape(value) if "&" in value else value for name, value in found}
    if len(read) != len(found):
        raise NotInSubsetError
    return read


def subset_url(url: str | None, base: str | None) -> str:
    """A link as an absolute URL escaped for an attribute; "" where it is none, or a mailto link.

    Raises NotInSubsetError for a URL that parsers might refuse or rewrite.
    """
    if not url or not _SUBSET_URL.fullmatch(url):
        url = absolute_link(url, base)
        if not url or url.startswith("mailto:"):
            return ""
        if not _SUBSET_URL.fullmatch(url):
            raise NotInSubsetError
    return url.replace("&", "&amp;")
