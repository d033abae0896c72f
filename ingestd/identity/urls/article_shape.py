"""Whether a URL looks like that of an article, by its path and query alone. Pure heuristics.

Articles have a date, a number, an identifier or a long slug in their URL; lists of them, pages of authors, searches
and accounts have well-known words, and files that are no pages have well-known extensions.
"""

import re
from collections import Counter
from collections.abc import Container, Iterable
from enum import IntEnum
from urllib.parse import parse_qsl, unquote, urlsplit

from ingestd.identity.urls.site import is_home
from ingestd.identity.urls.whatwg import serialise


class ArticleShape(IntEnum):
    """How much a URL looks like that of an article; a higher value is more."""

    NO_ARTICLE = 0  # a list, a file, a front page, an account
    UNDECIDED = 1  # short words, as sections and short slugs have them
    LIKELY = 2  # a slug of several words, a number, a page's extension
    CERTAIN = 3  # a date, a long number or identifier, a long slug


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_MAX_URL_CHARS = 4_000
_NO_PAGE = re.compile(
    r"\.(?:jpe?g|png|gif|webp|avif|svg|ico|css|m?js|json|xml|rss|atom|gz|zip|rar|7z|exe|apk|dmg|pdf|docx?|xlsx?|pptx?"
    r"|mp[34]|m4[av]|avi|mov|wmv|ogg|wav|woff2?|ttf|ics|epub|torrent|wps|ofd)\Z"
)
#: Segments of a path below which there is no article, wherever they stand.
_LIST_SEGMENTS = _words(
    """
    category categories kategorie categoria categorie rubrik rubrique tag tags topic topics thema themen label
    labels author authors autor autoren auteur profile profiles user users member members people columnist
    columnists search suche recherche archives login logout signin sign-in signup sign-up register registration
    account accounts my-account subscribe subscription subscriptions newsletter newsletters cart checkout feed
    feeds rss comments wp-admin wp-login.php wp-json wp-content xmlrpc.php share print email cdn-cgi sitemap
    sitemaps hashtag hub hubs rubrics taxonomy
    """
)
#: Whole paths, or their last segment without an extension, of pages about the site itself.
_SITE_PAGES = _words(
    """
    about about-us aboutus about_us contact contact-us contactus contacts kontakt impressum imprint datenschutz
    privacy privacy-policy privacypolicy terms terms-of-use terms-of-service terms-and-conditions tos legal
    disclaimer copyright cookies cookie-policy help faq faqs support careers jobs advertise advertising
    advertisers press media-kit staff masthead team editorial-policy ethics-policy corrections accessibility
    sitemap site-map links friends donate donation donations guestbook archive archives apps app mobile rss feed
    newsletter newsletters podcasts most-read most-popular trending popular latest live video videos photos
    gallery galleries games horoscope horoscopes weather lxwm gywm wzdt bqsm mzsm aboutus guanyu 关于
    关于我们 關於 關於我們 联系我们 聯絡我們 网站地图 版权声明
    """
)
#: A page of a list: `/page/2`, `/p2`, `index_3.html`, `list-4.html`.
_PAGE_OF_LIST = re.compile(
    r"(?:/page[/_-]?\d{1,5}|/seite[/-]\d{1,5}|/p\d{1,3}|/(?:index|list|default)[_-]?\d{0,5}(?:\.\w{2,5})?"
    r"|/(?:node|list|col|channel)[_-]?\d{1,9}(?:/index)?(?:\.s?html?)?)/?\Z"
)
_ARCHIVE_OF_YEAR = re.compile(r"archi(?:v|ves?)(?:[-_]?\d{4})?")
_LIST_PARAMETERS = _words(
    """
    page paged pageno pagenum s q query search keyword keywords offset start sort order
    """
)
_ID_PARAMETERS = re.compile(r"(?:.*(?:id|no|key|idx|sn|num)|p|a|n|t|c|story|article|news|doc|post)\Z")
_EXTENSION = re.compile(r"\.(?:s?html?|php\d?|aspx?|jsp|cms|do|cfm|ece|story)\Z")
_DATE = re.compile(
    r"(?<!\d)(?:19[89]\d|20[0-4]\d)(?:[/_-]?(?:0?[1-9]|1[0-2])(?:[/_-]?(?:0[1-9]|[12]\d|3[01]|[1-9](?!\d)))?)(?!\d)"
)
_MONTH_NAME = re.compile(
    r"/(?:19[89]\d|20[0-4]\d)/(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}/\d{1,2}/."
)
_YEAR_FOLDER = re.compile(r"/(?:19[89]\d|20[0-4]\d)/")
_IDENTIFIER = re.compile(r"(?=[a-z0-9-]*\d)(?=[a-z0-9-]*[a-z])[a-z0-9]{10,}|[0-9a-f]{8}-[0-9a-f]{4}-")
_LONG_NUMBER = re.compile(r"\d{5,}")
_NUMBER = re.compile(r"\d{2,}")
_WORD_BREAK = re.compile(r"[-_+.,]+")
#: A date alone, as in archives by month: no slug behind it.
_DATE_ALONE = re.compile(r"/(?:19[89]\d|20[0-4]\d)(?:[/-]\d{1,2}){0,2}/?\Z")
_NUMBER_ALONE = re.compile(r"(.*/)(\d{1,12})/?\Z", re.S)
_YEAR = re.compile(r"(?:19[89]|20[0-4])\d")
#: Addresses with numbers that are no years, after which every number of their folder is that of an article.
_MIN_NUMBERED = 3


def article_shape(url: str) -> ArticleShape:
    """How much a URL looks like that of an article; `NO_ARTICLE` where it is no http(s) URL."""
    href = serialise(url) if len(url) <= _MAX_URL_CHARS else None
    if href is None or is_home(href):
        return ArticleShape.NO_ARTICLE
    parts = urlsplit(href)
    path = unquote(parts.path).lower()
    if _is_no_article(path, parts.query):
        return ArticleShape.NO_ARTICLE
    if _has_id_parameter(parts.query):
        return ArticleShape.LIKELY
    segments = [segment for segment in path.split("/") if segment]
    # In `/2021/04/title/index.html` the last word is that of the folder.
    if len(segments) > 1 and segments[-1].startswith("index."):
        segments.pop()
    return _shape_of_slug(path, segments[-1]) if segments else ArticleShape.UNDECIDED


def _is_no_article(path: str, query: str) -> bool:
    segments = [segment for segment in path.split("/") if segment]
    last = _EXTENSION.sub("", segments[-1]) if segments else ""
    if _NO_PAGE.search(path) or _DATE_ALONE.search(path) or _PAGE_OF_LIST.search(path):
        return True
    # Typecho has its articles at `/archives/123/`.
    is_numbered = segments[:-1] == ["archives"] and segments[-1].isdigit() and not _DATE_ALONE.search(path)
    if is_numbered and len(segments[-1]) != len("2026"):
        return False
    if any(segment in _LIST_SEGMENTS for segment in segments) or _ARCHIVE_OF_YEAR.fullmatch(last):
        return True
    if len(segments) <= 2 and last in _SITE_PAGES:
        return True
    names = {name.lower() for name, _ in _parameters(query)}
    return bool(names & _LIST_PARAMETERS) and not _EXTENSION.search(path)


def _parameters(query: str) -> list[tuple[str, str]]:
    try:
        return parse_qsl(query[:2_000], max_num_fields=50)
    except ValueError:
        return []


def _has_id_parameter(query: str) -> bool:
    """Whether a query names one article: `?p=123`, `?newsId=…`."""
    return any(
        len(value) >= 2 and any(char.isdigit() for char in value) and _ID_PARAMETERS.match(name.lower()) is not None
        for name, value in _parameters(query)
    )


def _shape_of_slug(path: str, segment: str) -> ArticleShape:
    slug = _EXTENSION.sub("", segment)
    words = [word for word in _WORD_BREAK.split(slug) if word]
    is_page = slug != segment
    if _MONTH_NAME.search(path) or (_DATE.search(path) and (not _DATE.fullmatch(slug) or is_page)):
        return ArticleShape.CERTAIN
    if _LONG_NUMBER.search(slug) or _IDENTIFIER.search(slug) or (len(words) >= 4 and len(slug) >= 20):
        return ArticleShape.CERTAIN
    if not slug.isascii() and len(slug) >= 8:
        return ArticleShape.CERTAIN
    is_likely = is_page or _NUMBER.search(slug) or len(words) >= 3 or len(slug) >= 18 or _YEAR_FOLDER.search(path)
    return ArticleShape.LIKELY if is_likely else ArticleShape.UNDECIDED


def parent_addresses(urls: Iterable[str]) -> set[str]:
    """The addresses, without a `/` at the end, that others lie below: those of sections, where short paths."""
    found = set[str]()
    for url in urls:
        parent = url.rstrip("/")
        while (parent := parent.rpartition("/")[0]).count("/") > 2 and parent not in found:
            found.add(parent)
    return found


def numbered_folders(urls: Iterable[str]) -> set[str]:
    """The folders whose pages are numbered: several have numbers that are no years, such as `/archives/4711`."""
    counts = Counter(
        found[1] for url in urls if (found := _NUMBER_ALONE.match(url)) is not None and not _YEAR.fullmatch(found[2])
    )
    return {folder for folder, count in counts.items() if count >= _MIN_NUMBERED}


def shape_of_numbered(url: str, numbered: Container[str]) -> ArticleShape:
    """The shape of an address, where a number alone is no year in the folders `numbered`."""
    shape = article_shape(url)
    found = _NUMBER_ALONE.match(url) if shape is ArticleShape.NO_ARTICLE else None
    if found is None or len(found[2]) != len("2026") or found[1] not in numbered:
        return shape
    # As it is with a longer number: a page of a list stays one.
    return article_shape(f"{found[1]}0{found[2]}")
