"""Who wrote it and when, as the page shows it to readers: bylines, 来源：, 作者：, 记者, 文/."""

import re
from collections.abc import Iterable, Iterator
from functools import cached_property

from ingestd.extract.tree import Element, find, names_of, text_of, words
from ingestd.plaintext import clean_line

#: How much of a page is read for bylines and dates, and how long such a line may be.
_MOST_LINES = 150
_MOST_CHILDREN = 4
_LINE = 160
_LINES = ("p", "div", "span", "em", "td", "li", "h4", "h5", "i", "small", "address", "section")
_BYLINE_NAMES = re.compile(
    r"(?:^|[\s_\-])(?:author|authors|byline|by-line|writer|zuozhe|reporter|contributor|posted-by"
    r"|article__author|author-name)(?:[\s_\-]|$)",
    re.IGNORECASE,
)
_DATE_NAMES = re.compile(
    r"(?:^|[\s_\-])(?:date|time|pubtime|pub_time|pubdate|publish|published|publish-time|publish_time"
    r"|post-date|post_date|postdate|entry-date|timestamp|dateline"
    r"|article-time|article-date|article_date|news-time|news_time|info|article-info|meta|post-meta"
    r"|entry-meta|source|laiyuan)(?:[\s_\-]|$)",
    re.IGNORECASE,
)
_WRITER = re.compile(
    r"(?:作\s*者|撰\s*文|撰\s*稿(?:人)?|文\s*字|采\s*写|記\s*者|记\s*者"
    r"|(?<![\u3400-\u9fff])文)\s*[:：／/丨|]\s*([^\s:："
    r"|/，,。;；()（）【】\[\]]{2,20}(?:[、\s]{1,2}[\u3400-\u9fff·]{2,4}(?![\u3400-\u9fff:：]))*)"
)
_REPORTER = re.compile(
    r"(?:^|[（(【])\s*(?:[\u3400-\u9fff]{2,12}\s*)?(?:见习|实习|特约|本报|首席)?(?:记者|記者)\s{0,3}"
    r"([\u3400-\u9fff·]{2,4}(?:[\s、]{1,3}[\u3400-\u9fff·]{2,4})*)\s*(?:$|[）)】])"
)
_BY = re.compile(r"^\s*(?:written |posted |published |reported )?by[:\s]+(.{2,120})$", re.IGNORECASE)
_DATE = re.compile(
    r"(?<!\d)((?:19|20)\d\d\s*[-年/.]\s*\d{1,2}\s*[-月/.]\s*\d{1,2}\s*日?(?:[\s　]*(?:T|星期.|周."
    r"|（.{1,3}）)?[\s　]*\d{1,2}[:：时]\d{2}(?:[:：分]\d{2})?(?:\s*(?:Z|[+-]\d{2}:?\d{2}|(?:GMT"
    r"|UTC)(?:[+-]\d{1,2})?))?)?)(?!\d)"
    r"|((?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6}\.?\s+\d{1,2}(?:st|nd|rd"
    r"|th)?,?\s+(?:19|20)\d\d(?:,?\s*(?:at\s+)?\d{1,2}:\d{2}(?:\s*[ap]\.?m\.?)?(?:\s+[A-Z]{2,4})?)?)"
    r"|(\d{1,2}(?:st|nd|rd|th)?\s+(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov"
    r"|Dec)[a-z]{0,6}\.?,?\s+(?:19|20)\d\d(?:,?\s*\d{1,2}:\d{2})?)",
)
_NOT_A_NAME = re.compile(
    r"https?\b|介绍|介紹|转载|轉載|关注|關注|调查|总篇数|^name$|www\.|@|[<>{}]|^\d|来源|編輯|编辑|时间"
    r"|發表|发表|阅读|評論|评论|admin$|^(?:by|staff|author"
    r"|reporter|unknown|none|null|未知|佚名|本站|网络)$",
    re.IGNORECASE,
)
_ROLE = re.compile(
    r"(?:本报|本報|见习|实习|特约|首席|特派|摄影|攝影|文字)?(?:记者|記者)|通讯员|通訊員|实习生|作者|撰文|撰稿|编译|編譯"
    r"|摄影|攝影|综合|綜合"
)
_SPLIT = re.compile(r"\s*(?:[,，、;；/|&]|\s+and\s+|\s+und\s+|\s+et\s+|\s+y\s+|\s+with\s+)\s*")


def split_names(texts: Iterable[str]) -> tuple[str, ...]:
    """The names in bylines, each once, without "By" and without what is no name."""
    found: list[str] = []
    for text in texts:
        if "://" in text or text.startswith("www."):
            continue
        for part in _parts(clean_line(text)):
            name = _without_role(part)
            if name and name not in found:
                found.append(name)
    return tuple(found[:20])


def _parts(text: str) -> list[str]:
    text = re.sub(
        r"^\s*(?:written |posted |published |reported )?(?:by|von|par|por)[:\s]+", "", text, flags=re.IGNORECASE
    )
    text = re.sub(
        r"^\s*(?:作者|文|撰文|记者|記者|采写|編輯|编辑|责任编辑|author)\s*[:：/／丨|]\s*", "", text, flags=re.IGNORECASE
    )
    if re.fullmatch(r"[\u3400-\u9fff·]{2,4}(?:\s+[\u3400-\u9fff·]{2,4})+", text):
        return [part for part in text.split() if not _ROLE.fullmatch(part)]
    return _SPLIT.split(text)


def _without_role(name: str) -> str | None:
    name = re.sub(
        r"^(?:and\s+|[\u3400-\u9fff]{0,6}(?:记者|記者|通讯员|通訊員|实习生)\s*)",
        "",
        name.strip(" \t-–—·.:：（）()[]【】|"),
    )
    if not 2 <= len(name) <= 60 or _NOT_A_NAME.search(name) or len(name.split()) > 6:
        return None
    return name


def _may_be_line(element: Element) -> bool:
    """False for what holds nothing, or more than one line; told without reading all of it."""
    children = len(element)
    if children > _MOST_CHILDREN or len(element.text or "") > 2 * _LINE:
        return False
    return children == 0 or all(len(child) <= _MOST_CHILDREN for child in element)


class Surface:
    """What a page shows to readers, looked at once: its short lines, and its elements by class, id and itemprop."""

    def __init__(self, body: Element) -> None:
        self._body = body

    @cached_property
    def lines(self) -> list[str]:
        """The short texts in order: where bylines and dates stand."""
        found: list[str] = []
        for element in self._body.iter(*_LINES):
            if not _may_be_line(element):
                continue
            text = text_of(element)
            if 4 <= len(text) <= _LINE:
                found.append(text)
                if len(found) >= _MOST_LINES:
                    break
        return found

    @cached_property
    def _named(self) -> list[tuple[str, Element]]:
        return [(names_of(element), element) for element in find(self._body, ".//*[@class or @id]")]

    def named(self, names: re.Pattern[str]) -> Iterator[Element]:
        """The elements whose class or id match."""
        return (element for own, element in self._named if names.search(own))

    @cached_property
    def properties(self) -> list[tuple[frozenset[str], Element]]:
        """The elements with microdata, and the names of their properties."""
        return [(words(element.get("itemprop") or ""), element) for element in find(self._body, "//*[@itemprop]")]

    @cached_property
    def times(self) -> list[Element]:
        """The `<time>` elements."""
        return list(self._body.iter("time"))

    def authors(self) -> tuple[str, ...]:
        """Authors by rel, itemprop or class, else by what bylines say."""
        for element in self._author_elements():
            names = split_names([text_of(element)])
            if names:
                return names
        for element in self.named(_BYLINE_NAMES):
            text = text_of(element)
            found = _WRITER.search(text) or _BY.search(text)
            names = split_names([found[1] if found else text]) if len(text) < 120 else ()
            if names:
                return names
        return self._written_authors()

    def _author_elements(self) -> Iterator[Element]:
        for properties, element in self.properties:
            if "author" in properties:
                yield next((inner for inner in element.iter() if inner.get("itemprop") == "name"), element)
        yield from find(self._body, ".//a[@rel='author']")

    def _written_authors(self) -> tuple[str, ...]:
        for text in self.lines:
            found = _BY.match(text) if text.isascii() else _WRITER.search(text) or _REPORTER.search(text)
            names = split_names([found[1]]) if found else ()
            if names:
                return names
        return ()

    def dates(self) -> Iterator[str]:
        """What looks like the article's date, the most telling first: `<time>`, named elements, then any short line."""
        for element in self.times:
            value = element.get("datetime") or text_of(element)
            if value and re.search(r"\d", value):
                yield value
        for element in self.named(_DATE_NAMES):
            found = _DATE.search(text_of(element)[:300])
            if found:
                yield found[0]
        for text in self.lines:
            found = _DATE.search(text)
            if found:
                yield found[0]
