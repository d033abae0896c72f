"""How simple markup is spelled: characters, references, attributes and addresses that all parsers read alike."""

import re
from html import unescape
from html.entities import html5, name2codepoint

from ingestd.extract.html.links import absolute


class NotSimpleError(Exception):
    """This markup goes the long way."""


_ATTRIBUTE = re.compile(r"([a-z-]+)=\"([^\"]*)\"")
# Controls but tab and newline, what HTML parsers take out or replace, lone surrogates, non-characters.
_ODD = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\ud800-\udfff\ufdd0-\ufdef\ufeff\ufff0-\uffff]")
#: An ampersand that begins no reference, or one to what may be odd.
_NO_REFERENCE = re.compile(
    r"&(?!(?:[a-zA-Z]{2,8}[1-4]{0,2}|#(?:3[2-9]|[4-9]\d|1[6-9]\d|[2-9]\d\d|[1-9]\d{3}|[1-5]\d{4}));)"
)
_NAME = re.compile(r"&([a-zA-Z][a-zA-Z0-9]*);")
_REFERENCES = frozenset(name for name, number in name2codepoint.items() if html5[f"{name};"] == chr(number))
_NUMBER = r"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
_HOST = rf"(?:{_NUMBER}(?:\.{_NUMBER}){{3}}|(?:[a-z0-9]+(?:-[a-z0-9]+)*\.)+[a-z]{{2,20}})"
_ADDRESS = re.compile(
    rf"https?://{_HOST}(?::[1-5]?\d{{1,4}})?/[A-Za-z0-9\-._~%/@!$()*+,:=]*"
    r"(?:\?[A-Za-z0-9\-._~%/@!$&()*+,:;=?]+)?(?:#[A-Za-z0-9\-._~%/@!$&()*+,:;=?]+)?"
)


def is_odd(html: str) -> bool:
    """True where there is a character or a reference that parsers might read differently."""
    if not html.isprintable() and not html.replace("\n", "").isprintable() and _ODD.search(html):
        return True
    if "&" not in html:
        return False
    if _NO_REFERENCE.search(html) or not _REFERENCES.issuperset(_NAME.findall(html)):
        return True
    return "&#" in html and bool(_ODD.search(unescape(html)))


def read_attributes(attributes: str) -> dict[str, str]:
    """The attributes of a tag, references resolved; NotSimpleError where one stands there twice."""
    if not attributes:
        return {}
    found = _ATTRIBUTE.findall(attributes)
    read = {name: unescape(value) if "&" in value else value for name, value in found}
    if len(read) != len(found):
        raise NotSimpleError
    return read


def as_written(url: str | None, base: str | None) -> str:
    """An absolute address as it stands in an attribute, "" for none.

    NotSimpleError for one that parsers might refuse or rewrite. An address that `_ADDRESS` matches is absolute already.
    """
    if not url or not _ADDRESS.fullmatch(url):
        url = absolute(url, base)
        if not url or url.startswith("mailto:"):
            return ""
        if not _ADDRESS.fullmatch(url):
            raise NotSimpleError
    return url.replace("&", "&amp;")
