"""Where a page holds metadata: its `<meta>` elements, JSON-LD, microdata, site rules, and the text it shows."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from ingestd.extract.html.tree import Element, text_of, word_list
from ingestd.extract.page import json_ld
from ingestd.extract.page.bylines import VisibleText
from ingestd.extract.page.document import Document
from ingestd.extract.rules.selectors import select
from ingestd.model.source import SiteRule

#: Names of `<meta>` elements in lower case, the most reliable first: the title.
TITLE_META_NAMES = word_list(
    "og:title twitter:title dc.title dcterms.title parsely-title sailthru.title citation_title "
    "articletitle title headline"
)

#: The author: names of people. URLs of profiles are ignored.
AUTHOR_META_NAMES = word_list(
    "author article:author og:article:author dc.creator dcterms.creator parsely-author sailthru.author "
    "citation_author byl twitter:data1 mediaid weibo:article:author article:author_name"
)

#: The time of publication.
PUBLISHED_META_NAMES = word_list(
    "article:published_time og:article:published_time og:published_time article:published datepublished "
    "date.published parsely-pub-date sailthru.date pubdate publishdate publish-date publish_date publication_date "
    "og:pubdate article.published published-date dc.date.issued dcterms.issued dc.date dcterms.created dcterms.date "
    "date dc.date.created citation_publication_date citation_date weibo:article:create_at og:release_date "
    "firstpublishedtime originalpublicationdate article_date_original creationdatetime createtime ptime _pubtime "
    "apub:time og:time bytedance:published_time timestamp rnews:datepublished"
)

#: The time of the last change.
MODIFIED_META_NAMES = word_list(
    "article:modified_time og:article:modified_time og:updated_time article:modified datemodified lastmod "
    "last-modified dcterms.modified dc.date.modified modified updated_time bytedance:updated_time "
    "bytedance:lrdate_time weibo:article:update_at"
)

#: The lead image.
IMAGE_META_NAMES = word_list(
    "og:image:secure_url og:image og:image:url twitter:image twitter:image:src thumbnail sailthru.image.full "
    "parsely-image-url"
)

#: The site's own name.
SITE_META_NAMES = word_list(
    "og:site_name application-name apple-mobile-web-app-title twitter:app:name:iphone dc.publisher publisher "
    "copyright-holder sitename"
)


@dataclass(frozen=True, slots=True)
class MetadataSources:
    """The sources of one page's metadata. Each method yields (value, origin) pairs."""

    document: Document
    body: Element
    surface: VisibleText
    meta: dict[str, str]
    article: json_ld.JsonLdNode
    rules: tuple[SiteRule, ...]
    timezone: str | None

    @classmethod
    def of_page(cls, document: Document, rules: tuple[SiteRule, ...], timezone: str | None) -> "MetadataSources":
        """The sources of one page; `timezone` is the IANA name of the zone of dates that state none."""
        body = next(document.root.iter("body"))
        surface = VisibleText(body, document.text)
        return cls(document, body, surface, _meta_contents(document.root), document.article_node, rules, timezone)

    def meta_tags(self, names: Iterable[str], origin: str = "meta") -> Iterator[tuple[str, str]]:
        for name in names:
            value = self.meta.get(name)
            if value:
                yield value, "opengraph" if name.startswith(("og:", "article:")) else origin

    def microdata(self, name: str) -> Iterator[tuple[str, str]]:
        for properties, element in self.surface.properties:
            if name not in properties:
                continue
            value = (
                element.get("content")
                or element.get("datetime")
                or element.get("src")
                or element.get("href")
                or text_of(element)
            )
            if value:
                yield value, "microdata"

    def rule(self, selector: Callable[[SiteRule], str | None]) -> Iterator[tuple[str, str]]:
        for rule in self.rules:
            path = selector(rule)
            for element in select(self.document.root, path)[:10] if path else ():
                value = element.get("datetime") or element.get("content") or text_of(element)
                if value:
                    yield value, "rule"


def _meta_contents(root: Element) -> dict[str, str]:
    """`<meta>` elements: name, property or http-equiv in lower case → content, the first of each."""
    found: dict[str, str] = {}
    for element in root.iter("meta"):
        content = (element.get("content") or element.get("value") or "").strip()
        if not content:
            continue
        for attribute in ("property", "name", "http-equiv"):
            for name in (element.get(attribute) or "").lower().split():
                found.setdefault(name, content)
    return found
