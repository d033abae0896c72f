"""Markup of pages reduced, in place, to elements that the writer knows: code without line numbers, captions in figures,
headings without permalinks, players as frames."""

import re

from lxml import etree

from ingestd.extract.html.tree import (
    Element,
    class_and_id,
    raw_text,
    remove,
    remove_all,
    settable_text,
    text_of,
    word_set,
)

_RENAMED_TAGS = {"tt": "code", "strike": "s", "acronym": "abbr", "dir": "ul"}
_HEADINGS = word_set("h1 h2 h3 h4 h5 h6")
_LISTS = word_set("ul ol menu dir")
_SIMPLIFIED_TAGS = word_set("form table object pre figure li tt strike acronym dir video audio iframe") | _HEADINGS
_LINE_NUMBER_NAMES = re.compile(
    r"(?:^|[\s_\-])(?:lineno|linenos|linenumbers?|line-?numbers?|linenum|line-num|ln-num|hljs-ln-numbers|hljs-ln-n|blob-num"
    r"|lnt|gutter)(?:$|[\s_\-])",
    re.IGNORECASE,
)
_CODE_NAMES = re.compile(r"highlight|code|gutter|lineno|blob|rouge|hljs|syntax|crayon|prettyprint", re.IGNORECASE)
#: The text of an element that is an icon: a private-use character, which means something in the site's font only.
_ICON = re.compile(r"\s{0,20}[\ue000-\uf8ff]{1,2}\s{0,20}")
_PERMALINK_NAMES = re.compile(r"anchor|headerlink|permalink|hash-?link", re.IGNORECASE)
_PERMALINK_TEXTS = word_set("# ¶ § 🔗 ∞ link")
#: A form with more characters of text than this holds the page; a shorter one is a search field.
_MIN_PAGE_FORM_CHARS = 250


def simplify_tree(root: Element) -> None:
    """Simplify everything below `root`. Costs one pass over the tree where nothing has to be done."""
    present = {element.tag for element in root.iter(*_SIMPLIFIED_TAGS)}
    for old, new in _RENAMED_TAGS.items():
        if old in present:
            for element in root.iter(old):
                element.tag = new
    for tag, change in _SIMPLIFIERS.items():
        if tag in present:
            for element in list(root.iter(tag)):
                change(element)
    if present & _HEADINGS:
        links = [link for heading in root.iter(*_HEADINGS) for link in heading.iter("a")]
        remove_all(root, filter(_is_permalink, links))
    for element in list(root.iterdescendants(etree.Element)):
        names = element.get("class")
        if names and "wp-caption" in names.split():
            _wordpress_caption_to_figure(element)
        if (text := element.text) and _ICON.fullmatch(text):
            element.text = None


def remove_player_fallbacks(root: Element) -> None:
    """Remove the fallback content of players: "Your browser does not …"."""
    for player in root.iter("iframe", "video", "audio", "object", "embed"):
        player.text = None
        # The text of the later link. The title of a player ("YouTube video player") is not text of the article.
        player.set("title", "▶")
        for inner in list(player):
            inner.tail = None
            if inner.tag not in ("source", "param", "embed", "iframe", "object"):
                remove(inner)


def _unwrap_page_form(form: Element) -> None:
    """Replace a form around the content of a page by a `div`."""
    if len(text_of(form)) > _MIN_PAGE_FORM_CHARS:
        form.tag = "div"


def _object_to_iframe(element: Element) -> None:
    """Replace an `<object>` by an `<iframe>` with its URL."""
    inner = next(element.iter("embed", "iframe"), None)
    params = list(element.iter("param"))
    named = [param.get("value") for param in params if (param.get("name") or "").lower() in ("movie", "src")]
    source = element.get("data") or (inner.get("src") if inner is not None else None) or next(iter(named), None)
    element[:] = []
    element.tag = "iframe"
    element.text = None
    if source:
        element.set("src", settable_text(source))


def _remove_line_numbers(pre: Element) -> None:
    """Remove the line numbers from a code listing."""
    remove_all(pre, [part for part in pre.iter("span", "td", "div", "a") if part is not pre and _is_line_number(part)])


def _is_line_number(part: Element) -> bool:
    return bool(_LINE_NUMBER_NAMES.search(class_and_id(part))) and re.fullmatch(r"[\d\s]*", raw_text(part)) is not None


def _simplify_table(table: Element) -> None:
    """Move the footer to the end of a table; replace a table of code and line numbers by the code."""
    for foot in table.iterchildren("tfoot"):
        table.append(foot)
    rows = [list(row.iterchildren("td", "th")) for row in table.iter("tr")]
    if rows and all(len(row) == 2 for row in rows) and _is_code_table(table, rows):
        _code_table_to_pre(table, [row[1] for row in rows])


def _is_code_table(table: Element, rows: list[list[Element]]) -> bool:
    """True for a table with line numbers in its first column and code in its second."""
    names = " ".join(class_and_id(element) for element in (table, *rows[0], *table.iterancestors("figure", "div")))[
        :600
    ]
    is_numbered = all(re.fullmatch(r"[\d\s]*", raw_text(row[0])) for row in rows)
    return (
        is_numbered and bool(_CODE_NAMES.search(names)) and (len(rows) > 1 or next(table.iter("pre"), None) is not None)
    )


def _code_table_to_pre(table: Element, cells: list[Element]) -> None:
    """Replace a table of code by the content of its one cell of code, or by a `<pre>` with a line for each cell."""
    if len(cells) == 1:
        table[:] = list(cells[0])
        table.tag = "div"
        return
    lines = [raw_text(cell).strip("\n") for cell in cells]
    table[:] = []
    table.tag, table.text = "pre", settable_text("\n".join(lines))


def _unwrap_code_figure(figure: Element) -> None:
    """Replace a figure that only holds code by a `div`."""
    if _CODE_NAMES.search(class_and_id(figure)) and next(figure.iter("figcaption", "img"), None) is None:
        figure.tag = "div"


def _wrap_stray_items(item: Element) -> None:
    """Wrap a list item that stands outside a list, and the items that follow it, in a list."""
    parent = item.getparent()
    if parent is None or parent.tag in _LISTS:
        return
    box = etree.Element("ul")
    parent.replace(item, box)
    following: Element | None = item
    while following is not None and following.tag == "li":
        after = box.getnext()
        tail, following.tail = settable_text(following.tail or ""), None
        box.append(following)
        if tail and tail.strip():
            box.tail = tail
            return
        following = after


def _wordpress_caption_to_figure(box: Element) -> None:
    """Replace the caption box of WordPress before version 3.9 (`wp-caption`) by a figure."""
    if next(box.iter("img"), None) is None or box.tag == "figure":
        return
    for text in box.iterdescendants():
        if "wp-caption-text" in (text.get("class") or ""):
            text.tag = "figcaption"
            box.tag = "figure"


def _is_permalink(link: Element) -> bool:
    text = text_of(link)
    is_sign = text in _PERMALINK_TEXTS or (len(text) < 3 and bool(_PERMALINK_NAMES.search(class_and_id(link))))
    return is_sign and "#" in (link.get("href") or "")


_SIMPLIFIERS = {
    "form": _unwrap_page_form,
    "object": _object_to_iframe,
    "pre": _remove_line_numbers,
    "table": _simplify_table,
    "figure": _unwrap_code_figure,
    "li": _wrap_stray_items,
}
