"""Pages of which only a part is free (schema.org `isAccessibleForFree`, `hasPart`, `cssSelector`).

https://developers.google.com/search/docs/appearance/structured-data/paywalled-content
"""

import re
from itertools import islice

from ingestd.extract.html.tree import Element, remove_all, text_of
from ingestd.extract.page.document import Document
from ingestd.extract.page.json_ld import JsonLdNode, text_value
from ingestd.extract.rules.selectors import select

_WALL_WORDS = re.compile(
    r"subscri|unlimited access|log ?in|sign (?:in|up)|register|free trial|abonn|anmelden|registrier|suscr|assin"
    r"|订阅|訂閱|登录|登錄|登入|会员|會員|付费|付費|有料|購読|구독|로그인|подпис",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"[.!?](?:\s|$)|[。！？]")
#: A part with so many paragraphs of sentences was sent whole: it is no wall.
_MIN_PAID_PARAGRAPHS = 3
_MIN_PARAGRAPH_CHARS = 60
_MAX_SELECTORS, _MAX_PARAGRAPHS = 10, 200


def remove_wall(document: Document) -> bool:
    """Remove the words of a wall from a page, and tell whether a part of its article is behind one.

    What the page states as its paid part stays where the server has sent the text itself.
    """
    selectors = _paid_selectors(document.article_node)
    if selectors is None:
        return False
    paid = [element for selector in selectors[:_MAX_SELECTORS] for element in select(document.root, selector)]
    if any(map(_holds_article, paid)):
        return False
    remove_all(document.root, (element for element in paid if element.tag not in ("article", "main")))
    return True


def _paid_selectors(article: JsonLdNode) -> list[str] | None:
    """The selectors of the paid parts; None where the article is free or its page does not say."""
    parts = article.get("hasPart")
    nodes = [part for part in (parts if isinstance(parts, list) else [parts]) if isinstance(part, dict)]
    if not _is_paid(article) and not any(map(_is_paid, nodes)):
        return None
    found = (text_value(node.get("cssSelector")) for node in nodes if _is_paid(node))
    return [selector for selector in found if selector]


def _is_paid(node: JsonLdNode) -> bool:
    value = node.get("isAccessibleForFree")
    return value is False or (isinstance(value, str) and value.rsplit("/", 1)[-1].strip().casefold() == "false")


def _holds_article(element: Element) -> bool:
    paragraphs = map(text_of, islice(element.iter("p"), _MAX_PARAGRAPHS))
    kept = (text for text in paragraphs if _is_paragraph(text) and not _WALL_WORDS.search(text))
    return sum(1 for _text in islice(kept, _MIN_PAID_PARAGRAPHS)) == _MIN_PAID_PARAGRAPHS


def _is_paragraph(text: str) -> bool:
    size = len(text) if text.isascii() else 2 * len(text)
    return size >= _MIN_PARAGRAPH_CHARS and bool(_SENTENCE_END.search(text))
