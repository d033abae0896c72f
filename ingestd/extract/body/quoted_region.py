"""The region of a page that the page's own description quotes: a tie-break where the best container seems wrong."""

import re
from collections.abc import Sequence

from ingestd.extract.body.inner_boilerplate import is_linked_heading
from ingestd.extract.html.tree import Element, class_and_id, text_of

_OTHER_TEXT_NAME = re.compile(
    r"comment|discuss|repl(?:y|ies)|legal|disclaimer|copyright|cookie|stream|recommend|relat(?:ed|ion)|feed|teaser|card"
    r"|pinglun|tuijian",
    re.IGNORECASE,
)
_QUOTED_TAGS = ("p", "div", "section", "td", "blockquote", "li")
_NON_WORD_CHARS = re.compile(r"[\W_]+")
#: The start of a description that must be found: characters, of Chinese, Japanese and Korean and of others.
_QUOTE_CHARS_CJK, _QUOTE_CHARS = 16, 45
_MIN_TEASERS = 3
#: Longer elements are not compared: the paragraph that is quoted is short.
_MAX_QUOTED_CHARS, _MAX_COMPARED = 3000, 3000
_MAX_LINK_DENSITY = 0.4
_MAX_QUOTED_CHILDREN = 40
_BOX_TAGS = ("div", "section", "article", "main", "td")


def may_be_wrong(best: Element, link_density: float) -> bool:
    """Whether a container seems to be a list of other articles, of comments, or of notices."""
    if link_density > _MAX_LINK_DENSITY or _OTHER_TEXT_NAME.search(class_and_id(best)):
        return True
    return _is_list_of_others(best)


def quoted_region(best: Element, body: Element, descriptions: Sequence[str]) -> Element | None:
    """The largest element with the text that a description quotes and without `best`.

    Where `best` holds that text as well, it is the box inside it, beside lists of other articles; None where it is no
    box of its own.
    """
    starts = list(map(_start, folded_descriptions(descriptions)))
    if not starts:
        return None
    for _number, element in zip(range(_MAX_COMPARED), body.iter(*_QUOTED_TAGS), strict=False):
        children = len(element)
        if children > _MAX_QUOTED_CHILDREN or (
            children and next(element.iterdescendants(*_QUOTED_TAGS), None) is not None
        ):
            continue
        text = text_of(element)
        if len(text) <= _MAX_QUOTED_CHARS and _has_one_of(text, starts):
            region = _region(element, best, body)
            return region if region.getparent() is not best or _is_beside_teasers(region) else None
    return None


def _has_one_of(text: str, starts: Sequence[str]) -> bool:
    """Whether one of the folded starts is in the folded text. A text without all the letters of one is not folded."""
    letters = set(text.casefold())
    return any(letters.issuperset(start) and start in _folded(text) for start in starts)


def _region(quoted: Element, best: Element, body: Element) -> Element:
    region, above = quoted, quoted.getparent()
    around = {*best.iterancestors(), best}
    while above is not None and above is not body and above not in around:
        region, above = above, above.getparent()
    return region


def _is_beside_teasers(region: Element) -> bool:
    siblings = [*region.itersiblings(preceding=True), *region.itersiblings()]
    return region.tag in _BOX_TAGS and any(_is_list_of_others(near) for near in siblings)


def _is_list_of_others(element: Element) -> bool:
    headings = list(element.iter("h2", "h3", "h4", "h5"))
    return len(headings) >= _MIN_TEASERS and sum(map(is_linked_heading, headings)) >= len(headings) - 1


def folded_descriptions(descriptions: Sequence[str]) -> list[str]:
    """The different ones of a page's descriptions that are long enough to be found, in the form that `quotes` reads."""
    return [folded for folded in dict.fromkeys(map(_folded, descriptions)) if _start(folded)]


def quotes(text: str, folded: Sequence[str]) -> bool:
    """Whether a text is what one of the descriptions begins with, or begins with what one of them says."""
    own = _folded(text)
    return bool(_start(own)) and any(own.startswith(_start(whole)) or whole.startswith(own) for whole in folded)


def _start(folded: str) -> str:
    """The beginning of a folded text, by which it is found; "" where it is too short."""
    size = _QUOTE_CHARS if folded.isascii() else _QUOTE_CHARS_CJK
    return folded[:size] if len(folded) >= size else ""


def _folded(text: str) -> str:
    return _NON_WORD_CHARS.sub("", text).casefold()
