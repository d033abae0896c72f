"""The title of an article: its candidates on a page, and titles without the name of their site."""

import re
from collections.abc import Callable, Iterator, Sequence
from urllib.parse import urlsplit

from lxml import etree

from ingestd.extract.html.tree import Element, text_of
from ingestd.extract.page import json_ld
from ingestd.extract.page.metadata_sources import TITLE_META_NAMES, MetadataSources
from ingestd.text.plain_text import clean_line, plain_text

_TITLE_SEPARATOR = re.compile(
    r"\s+[|\-–—_·•»«:/\\>]+\s+|\s*[|_｜»«]+\s*|\s*[－—–]{1,2}\s*"
    r"|(?<=[\u3400-\u9fff])-(?=[\u3400-\u9fff\w])|(?<=[^\s-])-{1,3}(?=[\u3400-\u9fff]{2,12}$)|(?<=\w)[:：]\s+"
)
_SITE_NAME_WORD = re.compile(
    r"网$|網$|网站$|網站$|官网$|频道|頻道|首页|首頁|新闻中心|^(?:新浪|腾讯|搜狐|网易|凤凰)[\u3400-\u9fff]{0,3}$|日报$|日報$"
    r"|晚报$|时报$|時報$|在线$"
    r"|论坛$|博客$|客户端$|公众号|门户|\.(?:com|net|org|cn|co|io|tv|de|fr|uk|jp)\b",
    re.IGNORECASE,
)
#: So many parts of a heading that is not the title are key words for search engines.
_MIN_KEY_WORDS = 4
#: Of `title_column_site`, as Chinese sites write, the title is the first part, if it has so many characters.
_MIN_FIRST_PART_CHARS = 10
_NON_WORD_CHARS = re.compile(r"[\W_]+")


def title_candidates(page: MetadataSources) -> Iterator[tuple[str, str]]:
    """The titles that a page states, the most reliable first, with their origins."""
    yield from page.rule(lambda rule: rule.title)
    for key in ("headline", "name"):
        value = json_ld.text_value(page.article.get(key))
        if value:
            yield value, "json-ld"
    yield from page.meta_tags(TITLE_META_NAMES)
    yield from page.microdata("headline")
    headings = [text_of(element) for element in page.body.iter("h1")]
    titles = [text_of(element) for element in page.document.root.iter("title")]
    if len(headings) == 1 and headings[0] and not any(_is_of_the_site(headings[0], title) for title in titles):
        yield headings[0], "heading"
    for title in titles:
        yield title, "title"
    for heading in headings:
        yield heading, "heading"


def title_reader(page: MetadataSources, site: str | None) -> Callable[[str], str | None]:
    """A function that makes the title of a candidate: without the site's name, at most 500 characters.

    Raised text and ruby of a title that a heading has, too, are those of the heading: attributes state them flattened.
    """
    host = (urlsplit(page.document.url).hostname or "").removeprefix("www.")
    headings = [clean_line(text_of(element)) for element in page.body.iter("h1", "h2")][:20]

    raised = dict(_raised_headings(page.body))
    whole = [*headings, *(clean_line(text_of(element)) for element in page.document.root.iter("title"))]

    def read(value: str) -> str | None:
        title = _uncut_title(clean_line(value), whole)
        inside = [heading for heading in headings if 4 < len(heading) < len(title) and heading in title]
        parts = [heading for heading in inside if not is_logo_heading(heading, title)]
        title = without_site_name(title, site, max(parts, key=len, default=None), host)
        return raised.get(title, title)[:500] or None

    return read


def _raised_headings(body: Element) -> Iterator[tuple[str, str]]:
    """The headings that hold raised text or ruby: as they are without markup, and as plain text has them."""
    for heading in body.iter("h1", "h2"):
        if next(heading.iter("sup", "rt"), None) is not None:
            markup = etree.tostring(heading, encoding="unicode", method="html", with_tail=False)
            yield clean_line(text_of(heading)), clean_line(plain_text(markup))


def _uncut_title(title: str, whole: Sequence[str]) -> str:
    """The whole title where an attribute was cut at a straight quotation mark inside it."""
    return next(
        (text for text in whole if title and text.startswith(title) and text[len(title) :].lstrip()[:1] == '"'), title
    )


def without_site_name(title: str, site: str | None, heading: str | None = None, host: str = "") -> str:
    """`title` without the site's name at its end or beginning.

    A part is recognised by the known name of the site, by its host, or by the heading of the page. A part that is only
    recognised by its wording is short, and one part of the title always stays.
    """
    parts = _TITLE_SEPARATOR.split(title)
    if len(parts) < 2:
        return title.strip()
    if heading and len(heading) > 3 and _is_part_of_title(title, heading):
        return heading.strip()
    start, end = 0, len(parts)
    while end - start > 1 and _is_site_part(parts[end - 1], site, host):
        end -= 1
    while end - start > 1 and _is_known_site(parts[start], site, host):
        start += 1
    if (start, end) == (0, len(parts)):
        return title.strip()
    if end < len(parts) and len(parts[start]) >= _MIN_FIRST_PART_CHARS and re.split(r"\s*_+\s*", title) == parts:
        end = start + 1
    return _join_parts(title, parts, start, end)


def is_site_name(title: str, site: str | None, host: str = "") -> bool:
    """True for a title that is only the name of the site or of its host."""
    folded = _folded(title)
    return bool(folded) and (folded == _folded(site or "") or folded in _host_labels(host))


def is_logo_heading(heading: str, title: str) -> bool:
    """True for a heading that is the short last part of the `<title>`: the logo of the site."""
    folded, whole = _folded(heading), _folded(title)
    return (
        len(_TITLE_SEPARATOR.split(title)) > 1 and whole.endswith(folded) and 2 * len(folded) < len(whole) - len(folded)
    )


def _is_of_the_site(heading: str, title: str) -> bool:
    """True for the only heading of a page where it is the logo of the site, or a list of its key words."""
    is_key_words = len(_TITLE_SEPARATOR.split(heading)) >= _MIN_KEY_WORDS and _folded(heading) not in _folded(title)
    return is_key_words or is_logo_heading(heading, title)


def _is_part_of_title(title: str, heading: str) -> bool:
    """True where the heading is the title except for a part at its start or end."""
    folded, head = _folded(title), _folded(heading)
    return folded != head and (folded.startswith(head) or folded.endswith(head)) and len(head) * 4 >= len(folded)


def _join_parts(title: str, parts: Sequence[str], start: int, end: int) -> str:
    """The part of `title` from part `start` to before part `end`, with the separators between them."""
    first = title.find(parts[start]) if start else 0
    position = first
    for part in parts[start:end]:
        position = title.find(part, position) + len(part)
    return title[first:position].strip()


def _is_site_part(part: str, site: str | None, host: str) -> bool:
    return _is_known_site(part, site, host) or (len(part) <= 14 and bool(_SITE_NAME_WORD.search(part.strip())))


def _is_known_site(part: str, site: str | None, host: str) -> bool:
    folded = _folded(part)
    if not folded:
        return True
    if site and (
        folded == _folded(site)
        or (
            len(folded) > 3
            and (folded in _folded(site) or (_folded(site) in folded and len(folded) < 2 * len(_folded(site)) + 6))
        )
    ):
        return True
    return len(folded) > 2 and folded in _host_labels(host)


def _host_labels(host: str) -> tuple[str, ...]:
    return (host.replace(".", "").replace("-", ""), *(_folded(label) for label in host.split(".")))


def _folded(text: str) -> str:
    return _NON_WORD_CHARS.sub("", text).casefold()
