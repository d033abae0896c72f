"""Articles in several parts: where the next part is, and how parts become one."""

from dataclasses import replace

from ingestd.extract.document import Document
from ingestd.extract.links import absolute
from ingestd.extract.selectors import select
from ingestd.plaintext import plain_text
from ingestd.records import Article, SiteRule


def next_page(document: Document, rules: tuple[SiteRule, ...]) -> str | None:
    """The address of the next part of the same article, None where this is the last (or only) one."""
    for rule in rules:
        for element in select(document.root, rule.next_page) if rule.next_page else []:
            address = absolute(element.get("href"), document.base)
            if address and address.split("#")[0] != document.url.split("#")[0]:
                return address
    return None


def join_articles(first: Article, following: Article) -> Article:
    """`first` with the text of its next part behind it; everything else stays as the first part said it."""
    html = first.html + following.html
    return replace(first, html=html, text=plain_text(html), next_page=following.next_page)
