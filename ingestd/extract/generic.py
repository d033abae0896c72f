"""The generic extractor: our own scorer first, second opinions only where it is unsure."""

from lxml import etree

from ingestd.extract.clean import clean_tree
from ingestd.extract.document import Document
from ingestd.extract.prune import prune
from ingestd.extract.scorer import find_article
from ingestd.extract.trim import trim
from ingestd.plaintext import plain_text
from ingestd.records import Candidate


def extract(document: Document, hint: str = "", title: str | None = None) -> tuple[str, list[Candidate]]:
    """The article's clean HTML ("" where there is none) and every candidate with its score. The tree is changed."""
    body = next(document.root.iter("body"))
    found = find_article(body)
    if found is None:
        return "", []
    article = etree.Element("body")
    article.extend(found.elements)
    prune(article)
    trim(article, title)
    html = clean_tree(article, document.base)
    return html, [Candidate("density", found.sure, len(plain_text(html)))]
