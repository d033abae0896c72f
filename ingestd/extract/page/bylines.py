"""Authors and dates in the text of a page: bylines, 来源：, 作者：, 记者, 文/."""

import re
from collections.abc import Iterator
from functools import cached_property
from itertools import islice

from ingestd.extract.html.tree import Element, class_and_id, text_of, word_set, xpath_elements
from ingestd.extract.page.author_names import is_chinese_name, split_names

#: Bounds: lines of a page that are searched for bylines and dates, child elements and characters of such a line.
_MAX_LINES, _MAX_DATE_LINES = 150, 2000
_MAX_LINE_CHILDREN = 4
_MAX_LINE_CHARS = 160
_LINE_TAGS = ("p", "div", "span", "em", "td", "li", "h4", "h5", "i", "small", "address", "section")
_BYLINE_NAME = re.compile(
    r"(?:^|[\s_\-])(?:author|authors|byline|by-line|writer|zuozhe|reporter|contributor|posted-by"
    r"|article__author|author-name)(?:[\s_\-]|$)",
    re.IGNORECASE,
)
_DATE_NAME = re.compile(
    r"(?:^|[\s_\-])(?:date|time|pubtime|pub_time|pubdate|publish|published|publish-time|publish_time"
    r"|post-date|post_date|postdate|entry-date|timestamp|dateline"
    r"|article-time|article-date|article_date|news-time|news_time|info|article-info|meta|post-meta"
    r"|entry-meta|source|laiyuan)(?:[\s_\-]|$)",
    re.IGNORECASE,
)
#: The boundary of words in camel case (`Publish|Date`).
_CAMEL_CASE_BOUNDARY = re.compile(r"(?<=[a-z])(?=[A-Z])")
_CHINESE_WRITER = re.compile(
    r"(?:作\s*者|撰\s*文|撰\s*稿(?:人)?|文\s*字|采\s*写|記\s*者|记\s*者"
    r"|(?<![\u3400-\u9fff])文)\s*[:：／/丨|]\s*([^\s:："
    r"|/，,。;；()（）【】\[\]]{2,20}(?:[、\s]{1,2}[\u3400-\u9fff·]{2,4}(?![\u3400-\u9fff:：]))*)"
)
_CHINESE_REPORTER = re.compile(
    r"(?:^|[（(【])\s*(?:[\u3400-\u9fff]{2,12}\s*)?(?:见习|实习|特约|本报|首席)?(?:记者|記者)\s{0,3}"
    r"([\u3400-\u9fff·]{2,4}(?:[\s、]{1,3}[\u3400-\u9fff·]{2,4})*)\s*(?:$|[）)】])"
)
_BY_LINE = re.compile(r"^\s*(?:written |posted |published |reported )?by[:\s]+(.{2,120})$", re.IGNORECASE)
_TIME = (
    r"(?:,?\s*(?:at|um|à|a las|alle|ore|kl\.?|om|в|[-–|•@])?\s*\d{1,2}[:.h]\d{2}(?::\d{2})?(?:\s*[ap]\.?m\.?)?"
    r"(?:\s+[A-Z]{2,4}\b)?)?"
)
_MONTH = (
    "(?:jan|feb|fév|mar|mär|apr|abr|avr|maj|may|mai|mei|mag|jun|jui|giu|jul|lug|aug|ago|aoû|sep|set|oct|okt|out|ott|nov|dec|dez|déc|dic"
    "|янв|фев|мар|апр|мая|июн|июл|авг|сен|окт|ноя|дек|sty|lut|kwi|cze|lip|sie|wrz|paź|lis|gru)[^\\W\\d_]{0,9}"
)
_DATE = re.compile(
    r"(?<!\d)(?:((?:19|20)\d\d\s*[-年/.년]\s*\d{1,2}\s*[-月/.월]\s*\d{1,2}\s*[日일]?(?:[\s　]*(?:T|星期.|周."
    r"|[（(].{1,3}[）)])?[\s　]*\d{1,2}[:：时時]\d{2}(?:[:：分]\d{2})?(?:\s*(?:Z|[+-]\d{2}:?\d{2}|(?:GMT"
    r"|UTC)(?:[+-]\d{1,2})?))?)?)(?!\d)"
    rf"|(\b{_MONTH}\.?\s+\d{{1,2}}(?:st|nd|rd|th)?,?\s+(?:19|20)\d\d{_TIME})"
    rf"|(\d{{1,2}}(?:st|nd|rd|th|er|\.|º)?\s+(?:de\s+)?{_MONTH}\.?,?\s+(?:del?\s+)?(?:19|20)\d\d{_TIME})"
    rf"|(\d{{1,2}}(?:\.\s?\d{{1,2}}\.\s?|/\d{{1,2}}/|-\d{{1,2}}-)(?:19|20)\d\d{_TIME}))",
    re.IGNORECASE,
)


def _may_be_short_line(element: Element) -> bool:
    """False for an element that is empty or holds more than one line. Does not read all of its text."""
    children = len(element)
    if children > _MAX_LINE_CHILDREN or len(element.text or "") > 2 * _MAX_LINE_CHARS:
        return False
    return children == 0 or all(len(child) <= _MAX_LINE_CHILDREN for child in element)


_OTHER_ARTICLE_NAME = re.compile(
    r"relat|side-?bar|recommend|popular|trending|most-?read"
    r"|(?:^|[\s_\-])(?:nav|menu|teaser|widget|comments?|footer)(?:[\s_\-]|$)",
    re.IGNORECASE,
)
#: Levels of ancestors that are searched for a teaser, and characters from which on a list item is one.
_MAX_ANCESTORS, _MIN_TEASER_ITEM_CHARS = 8, 40


def _is_of_other_article(element: Element) -> bool:
    """True for a byline in an aside, a navigation, a quotation or a list of teasers: that of another article."""
    for _level, above in zip(range(_MAX_ANCESTORS), (element, *element.iterancestors()), strict=False):
        if above.tag in ("nav", "aside", "blockquote") or _OTHER_ARTICLE_NAME.search(class_and_id(above)):
            return True
        if above.tag == "li" and len(text_of(above)) > _MIN_TEASER_ITEM_CHARS:
            return True
    return False


def _match_by_line(text: str) -> re.Match[str] | None:
    """The text after "By" in a line, unless it starts with a lower-case letter, which no name does."""
    found = _BY_LINE.match(text)
    return None if found is None or found[1][0].islower() else found


def _match_reporter(text: str) -> re.Match[str] | None:
    """The names after 记者, unless a sentence about the reporter follows: 记者在现场看到."""
    found = _CHINESE_REPORTER.search(text)
    return found if found is not None and is_chinese_name(re.split(r"[\s、]", found[1])[0]) else None


def _same_byline(elements: list[Element]) -> list[Element]:
    """The first element and those that share a short ancestor with it: the authors of one byline."""
    if len(elements) < 2:
        return elements
    around = elements[0]
    for _level in range(4):
        parent = around.getparent()
        if parent is None or len(text_of(parent)) > 2 * _MAX_LINE_CHARS:
            break
        around = parent
    return [element for element in elements if element is elements[0] or around in element.iterancestors()]


def _separated_text(element: Element) -> str:
    """The text of an element, with a bar where the texts of two inner elements meet without a space."""
    text = ""
    for piece in map(str, element.itertext()):
        if text[-1:].isalnum() and piece[:1].isalnum():
            text += " | "
        text += piece
    return " ".join(text.split())


class VisibleText:
    """The text that a page shows to readers, read once: short lines, and elements by class, id and itemprop."""

    def __init__(self, body: Element, markup: str) -> None:
        """`markup` is the text that the tree was parsed from."""
        self._body = body
        self._has_properties = any(name in markup for name in ("itemprop", "itemProp", "ITEMPROP"))

    @cached_property
    def lines(self) -> list[tuple[Element, str]]:
        """The short lines in document order with their elements: bylines and dates are among them."""
        return list(islice(self._short_lines(), _MAX_LINES))

    def _short_lines(self) -> Iterator[tuple[Element, str]]:
        for element in self._body.iter(*_LINE_TAGS):
            if _may_be_short_line(element):
                text = text_of(element)
                if 4 <= len(text) <= _MAX_LINE_CHARS:
                    yield element, text

    @cached_property
    def _named(self) -> list[tuple[str, Element]]:
        return [
            (_CAMEL_CASE_BOUNDARY.sub("-", class_and_id(element)), element)
            for element in xpath_elements(self._body, ".//*[@class or @id]")
        ]

    def named(self, names: re.Pattern[str]) -> Iterator[Element]:
        """The elements whose class or id matches."""
        return (element for own, element in self._named if names.search(own))

    @cached_property
    def properties(self) -> list[tuple[frozenset[str], Element]]:
        """The elements with microdata properties, and the names of these."""
        if not self._has_properties:
            return []
        return [
            (word_set(element.get("itemprop") or ""), element)
            for element in xpath_elements(self._body, "//*[@itemprop]")
        ]

    @cached_property
    def times(self) -> list[Element]:
        """The `<time>` elements, and elements of scripts that show a time in their place."""
        return list(self._body.iter("time", "relative-time", "time-ago", "local-time"))

    def authors(self) -> tuple[str, ...]:
        """The authors by rel, itemprop or class, else by the text of bylines."""
        marked = list(self._author_elements())
        near = [element for element in marked if not _is_of_other_article(element)]
        names = split_names(_separated_text(element) for element in _same_byline(near))
        if names:
            return names
        for element in self.named(_BYLINE_NAME):
            text = _separated_text(element)
            if len(text) >= 120 or _is_of_other_article(element):
                continue
            found = _CHINESE_WRITER.search(text) or _match_by_line(text)
            names = split_names([found[1] if found else text])
            if names:
                return names
        return self._written_authors() or split_names(_separated_text(element) for element in marked[:1])

    def _author_elements(self) -> Iterator[Element]:
        for properties, element in self.properties:
            if "author" in properties:
                yield next((inner for inner in element.iter() if inner.get("itemprop") == "name"), element)
        yield from xpath_elements(self._body, ".//a[@rel='author']")

    def _written_authors(self) -> tuple[str, ...]:
        for element, text in self.lines:
            found = _match_by_line(text) or (
                None if text.isascii() else _CHINESE_WRITER.search(text) or _match_reporter(text)
            )
            names = split_names([found[1]]) if found and not _is_of_other_article(element) else ()
            if names:
                return names
        return ()

    def dates(self) -> Iterator[str]:
        """Texts that may be the date of the article, the best first: `<time>`, named elements, then any short line."""
        of_others: list[str] = []
        for element in self.times:
            value = element.get("datetime") or text_of(element)
            if value and re.search(r"\d", value):
                if _is_of_other_article(element):
                    of_others.append(value)
                else:
                    yield value
        for element in self.named(_DATE_NAME):
            found = _DATE.search(text_of(element)[:300])
            if found and _is_of_other_article(element):
                of_others.append(found[0])
            elif found:
                yield found[0]
        yield from of_others[:1]
        dated = [found[0] for _element, text in self.lines if (found := _DATE.search(text))]
        yield from dated
        if not dated and not of_others and len(self.lines) == _MAX_LINES:
            # Long navigation stands before the article.
            further = islice(self._short_lines(), _MAX_LINES, _MAX_DATE_LINES)
            yield from (found[0] for _element, text in further if (found := _DATE.search(text)))
