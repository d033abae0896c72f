"""Articles in the data for a page's scripts: `__NEXT_DATA__`, an initial state, a `<textarea>`. Bounded.

No standard defines this data. The longest text in it that may be an article is taken: HTML in a string, a plain text
of several sentences, or a list of paragraphs.
"""

import json
import re
from collections.abc import Iterator
from html import escape, unescape
from itertools import islice

_OPENING_TAG = re.compile(r"<(script|textarea)\b([^>]{0,500})>", re.IGNORECASE)
_CLOSING_TAGS = {name: re.compile(rf"</{name}", re.IGNORECASE) for name in ("script", "textarea")}
#: The start of a value in a script: `window.state = {`, `JSON.parse("`.
_ASSIGNMENT = re.compile(r"\b[\w$]{1,60}[\"'\]]{0,2}\s*=\s*(?=[{\[])|JSON\.parse\(\s*(?=\")")
_BLOCK_TAG = re.compile(r"<(?:p|br|div|h[1-6]|li|img)\b[^>]{0,2000}>", re.IGNORECASE)
_SENTENCE_END = re.compile(r"[。！？]|[.!?](?:\s|$)")
_ARTICLE_KEY = re.compile(r"content|body|article|html|text|story|detail|paragraph|blocks", re.IGNORECASE)
_OTHER_KEY = re.compile(
    r"comment|relat|recommend|terms|privacy|polic|cookie|config|i18n|locale|translat|messages|css|style|script|footer"
    r"|bio|faq|hot|rank",
    re.IGNORECASE,
)
#: Bounds: characters of scripts that are read, values in them, and levels of nested values.
_MAX_SCRIPT_CHARS, _MAX_VALUES, _MAX_DEPTH = 4_000_000, 60_000, 40
_MIN_TEXT_CHARS, _MAX_ASSIGNMENTS = 120, 500
_NO_PROSE_PREFIXES = ("{", "[", "http", "data:", "function", "(function", "!function", "@", ".")
_DECODER = json.JSONDecoder(strict=False)


def embedded_article_html(page: str) -> str:
    """The HTML of the article in the data of a page, not cleaned yet; "" where there is none. `page` is its markup."""
    best, most = "", 0.0
    for data in _embedded_values(page):
        for key, html, size in _article_texts(data):
            worth = size * (2.0 if _ARTICLE_KEY.search(key) else 1.0) * (not _OTHER_KEY.search(key))
            if worth > most:
                best, most = html, worth
    return best


def _embedded_values(page: str) -> Iterator[object]:
    """The values in the scripts of a page, and the texts of its textareas."""
    budget = _MAX_SCRIPT_CHARS
    for name, attributes, text in _script_elements(page):
        budget -= len(text)
        if budget < 0:
            return
        if len(text) < _MIN_TEXT_CHARS or "ld+json" in attributes:
            continue
        if name == "textarea":
            yield {"content": unescape(text)}
        elif "json" in attributes:
            yield _decode_json(text.strip(), 0)[0]
        else:
            yield from _assigned_values(text)


def _script_elements(page: str) -> Iterator[tuple[str, str, str]]:
    """The scripts and textareas of a page: name, attributes, content."""
    start = 0
    while found := _OPENING_TAG.search(page, start):
        name = found[1].lower()
        end = _CLOSING_TAGS[name].search(page, found.end())
        if end is None:
            return
        yield name, found[2].lower(), page[found.end() : end.start()]
        start = end.end()


def _assigned_values(script: str) -> Iterator[object]:
    end = 0
    for found in islice(_ASSIGNMENT.finditer(script), _MAX_ASSIGNMENTS):
        if found.start() < end:
            continue
        value, end = _decode_json(script, found.end())
        yield _decode_json(value.strip(), 0)[0] if isinstance(value, str) else value


def _decode_json(text: str, start: int) -> tuple[object, int]:
    """The JSON value at `start` and the position of its end; None where there is none."""
    try:
        return _DECODER.raw_decode(text, start)
    except (ValueError, RecursionError):
        return None, start


def _article_texts(data: object) -> Iterator[tuple[str, str, int]]:
    """The texts of a value that may be an article: the keys above each, its HTML and its characters."""
    queue: list[tuple[str, object, int]] = [("", data, 0)]
    for count, (key, value, depth) in enumerate(queue):
        if count > _MAX_VALUES:
            return
        if isinstance(value, str):
            html = _html_of_text(value)
            if html:
                yield key, html, len(value)
        elif isinstance(value, list):
            pieces = [piece for piece in map(_block_text, value[:2000]) if piece]
            if len(pieces) > 2 and sum(map(_sentence_count, pieces)) > 2:
                yield key, "".join(map(_paragraph_html, pieces)), sum(map(len, pieces))
            if depth < _MAX_DEPTH:
                queue.extend((key, item, depth + 1) for item in value)
        elif isinstance(value, dict) and depth < _MAX_DEPTH:
            queue.extend((f"{key[-60:]} {name}", item, depth + 1) for name, item in value.items())


def _html_of_text(text: str) -> str:
    """A string as HTML where it may be an article: markup of paragraphs, or several sentences; else ""."""
    if len(text) < _MIN_TEXT_CHARS or text.startswith(_NO_PROSE_PREFIXES):
        return ""
    if "&lt;p" in text:
        text = unescape(text)
    if _sentence_count(text) < 2:
        return ""
    return text if _BLOCK_TAG.search(text) else "".join(map(_paragraph_html, text.splitlines()))


def _block_text(item: object) -> str:
    """The text of one item of a list of blocks: a string, or the value of text, content, html, value or paragraph."""
    if isinstance(item, dict):
        names = ("text", "content", "html", "value", "paragraph")
        item = next((item[name] for name in names if isinstance(item.get(name), str)), "")
    return item if isinstance(item, str) and not item.startswith(("http", "/", "{")) else ""


def _paragraph_html(text: str) -> str:
    if not text.strip():
        return ""
    return text if _BLOCK_TAG.search(text) else f"<p>{text if '</' in text else escape(text, quote=False)}</p>"


def _sentence_count(text: str) -> int:
    return len(_SENTENCE_END.findall(text[:20_000]))
