"""How a cell of Datasette's tables is shown: titles lead to the post, labels to a search, URLs are cut, texts too."""

import json
import re
from typing import Any
from urllib.parse import quote

from markupsafe import Markup, escape

from ingestd.identity.urls import is_http_url
from ingestd.text.search.parse_query import quoted_term

_TITLES = frozenset({"title", "old_title", "new_title"})
_LONG_TEXTS = frozenset({"content", "text", "enclosures", "extra"})
_POST_TABLES = frozenset({"posts", "search_texts"})
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
_MAX_URL_CHARS = 60
_MAX_TEXT_CHARS = 200
_MAX_LABELS = 12


def render(row: Any, value: object, column: str, table: str | None) -> Markup | None:
    """The HTML of a value; None where Datasette shows it as usual."""
    if not isinstance(value, str | int) or value == "":
        return None
    if column in _TITLES and (post_id := _post_of(row, table)) is not None:
        return _link(f"/post/{post_id}", str(value))
    if column == "post_id" and isinstance(value, int):
        return _link(f"/post/{value}", str(value))
    if not isinstance(value, str):
        return None
    if _TIME.fullmatch(value):
        return Markup('<span class="time">{}</span>').format(value)
    if column in _LONG_TEXTS:
        return _cut(value)
    if column in ("tags", "categories", "feed_categories"):
        return _labels(value, "tag" if column == "tags" else "category")
    return _external(value) if is_http_url(value) and not any(map(str.isspace, value)) else None


def with_code(text: str) -> Markup:
    """A remark of a command as HTML: what stands between `backticks` is code."""
    parts = text.split("`")
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if place % 2 and place < len(parts) - 1 else escape(part)
        for place, part in enumerate(parts)
    )


def _post_of(row: Any, table: str | None) -> int | None:
    names = row.keys()
    name = "post_id" if "post_id" in names else "id" if table in _POST_TABLES and "id" in names else None
    value = row[name] if name else None
    return value if isinstance(value, int) else None


def search_path(query: str) -> str:
    """The path of a search."""
    return f"/search?q={quote(query)}"


def label_path(field: str, label: str) -> str:
    """The path of the search for posts with a label."""
    return search_path(f"{field}:{quoted_term(label)}")


def _link(path: str, text: str) -> Markup:
    return Markup('<a href="{}">{}</a>').format(path, text)


def _external(url: str) -> Markup:
    shown = url.partition("://")[2]
    shown = shown if len(shown) <= _MAX_URL_CHARS else f"{shown[:_MAX_URL_CHARS]}…"
    return Markup('<a href="{}" rel="noopener noreferrer" target="_blank">{}</a>').format(url, shown)


def _cut(text: str) -> Markup:
    if len(text) <= _MAX_TEXT_CHARS:
        return escape(text)
    return Markup('{}… <span class="cut">{:,} characters</span>').format(text[:_MAX_TEXT_CHARS], len(text))


def _labels(value: str, field: str) -> Markup | None:
    try:
        found = json.loads(value)
    except ValueError:
        return None
    if not isinstance(found, list):
        return None
    labels = [one.get("term") if isinstance(one, dict) else one for one in found[:_MAX_LABELS]]
    shown = Markup(" ").join(_link(label_path(field, one), one) for one in labels if isinstance(one, str))
    return Markup('<span class="labels">{}</span>').format(shown) if shown else None
