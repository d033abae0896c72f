"""Markup of pages brought into the plain shape that the writer knows, in place: code without line numbers, formulas as
text, captions in figures, headings without permalinks, players as frames."""

import re

from lxml import etree

from ingestd.extract.html.tree import Element, names_of, raw_text, remove, remove_all, replace_by_text, text_of, words

_RENAMED = {"tt": "code", "strike": "s", "acronym": "abbr", "dir": "ul"}
_HEADINGS = words("h1 h2 h3 h4 h5 h6")
_LISTS = words("ul ol menu dir")
_TAGS = words("math form table object pre figure li tt strike acronym dir video audio iframe") | _HEADINGS
_NUMBERS = re.compile(
    r"(?:^|[\s_\-])(?:lineno|linenos|linenumbers?|line-?numbers?|linenum|line-num|ln-num|hljs-ln-numbers|hljs-ln-n|blob-num"
    r"|lnt|gutter)(?:$|[\s_\-])",
    re.IGNORECASE,
)
_CODE = re.compile(r"highlight|code|gutter|lineno|blob|rouge|hljs|syntax|crayon|prettyprint", re.IGNORECASE)
_PERMALINK = re.compile(r"anchor|headerlink|permalink|hash-?link", re.IGNORECASE)
_SIGNS = words("# ¶ § 🔗 ∞ link")
#: A form that holds more letters than this is a page in a form, not a search field.
_PAGE_IN_FORM = 250


def reshape(root: Element) -> None:
    """Bring everything below `root` into plain shape. One look at the tree where there is nothing to do."""
    present = {element.tag for element in root.iter(*_TAGS)}
    for old, new in _RENAMED.items():
        if old in present:
            for element in root.iter(old):
                element.tag = new
    for tag, change in _CHANGES.items():
        if tag in present:
            for element in list(root.iter(tag)):
                change(element)
    if present & _HEADINGS:
        links = [link for heading in root.iter(*_HEADINGS) for link in heading.iter("a")]
        remove_all(root, filter(_is_permalink, links))
    for element in list(root.iterdescendants(etree.Element)):
        names = element.get("class")
        if names and "wp-caption" in names.split():
            _caption(element)


def without_fallbacks(root: Element) -> None:
    """Take out what players show where they do not work: "Your browser does not …"."""
    for player in root.iter("iframe", "video", "audio", "object", "embed"):
        player.text = None
        # The text of the link: what players call themselves, "YouTube video player", is no word of the article.
        player.set("title", "▶")
        for inner in list(player):
            inner.tail = None
            if inner.tag not in ("source", "param", "embed", "iframe", "object"):
                remove(inner)


def _math(math: Element) -> None:
    """A formula becomes the TeX that it was made from, else its letters."""
    katex = next((above for above in math.iterancestors("span") if (above.get("class") or "") == "katex"), None)
    told = [element for element in math.iter("annotation") if "tex" in (element.get("encoding") or "")]
    text = math.get("alttext") or "".join(map(raw_text, told[:1])) or "".join(raw_text(math).split())
    around = next(math.iterancestors("p", "li", "td", "div", "dd"), math)
    is_pictured = any(text and image.get("alt") == text for image in around.iter("img"))
    replace_by_text(math if katex is None else katex, "" if is_pictured else text.strip())


def _form(form: Element) -> None:
    if len(text_of(form)) > _PAGE_IN_FORM:
        form.tag = "div"


def _player(element: Element) -> None:
    """An `<object>` becomes a frame of what it plays."""
    inner = next(element.iter("embed", "iframe"), None)
    params = list(element.iter("param"))
    named = [param.get("value") for param in params if (param.get("name") or "").lower() in ("movie", "src")]
    source = element.get("data") or (inner.get("src") if inner is not None else None) or next(iter(named), None)
    element[:] = []
    element.tag = "iframe"
    element.text = None
    if source:
        element.set("src", source)


def _listing(pre: Element) -> None:
    """Code without the numbers of its lines."""
    remove_all(pre, [part for part in pre.iter("span", "td", "div", "a") if part is not pre and _is_number(part)])


def _is_number(part: Element) -> bool:
    return bool(_NUMBERS.search(names_of(part))) and re.fullmatch(r"[\d\s]*", raw_text(part)) is not None


def _table(table: Element) -> None:
    for foot in table.iterchildren("tfoot"):
        table.append(foot)
    rows = [list(row.iterchildren("td", "th")) for row in table.iter("tr")]
    if rows and all(len(row) == 2 for row in rows) and _is_code(table, rows):
        _unnumbered(table, [row[1] for row in rows])


def _is_code(table: Element, rows: list[list[Element]]) -> bool:
    """True for code with the numbers of its lines in a column of their own."""
    names = " ".join(names_of(element) for element in (table, *rows[0], *table.iterancestors("figure", "div")))[:600]
    is_numbered = all(re.fullmatch(r"[\d\s]*", raw_text(row[0])) for row in rows)
    return is_numbered and bool(_CODE.search(names)) and (len(rows) > 1 or next(table.iter("pre"), None) is not None)


def _unnumbered(table: Element, cells: list[Element]) -> None:
    if len(cells) == 1:
        table[:] = list(cells[0])
        table.tag = "div"
        return
    lines = [raw_text(cell).strip("\n") for cell in cells]
    table[:] = []
    table.tag, table.text = "pre", "\n".join(lines)


def _figure(figure: Element) -> None:
    """A figure that is a box around code is none."""
    if _CODE.search(names_of(figure)) and next(figure.iter("figcaption", "img"), None) is None:
        figure.tag = "div"


def _item(item: Element) -> None:
    """Items outside a list get one, together with those that follow."""
    parent = item.getparent()
    if parent is None or parent.tag in _LISTS:
        return
    box = etree.Element("ul")
    parent.replace(item, box)
    following: Element | None = item
    while following is not None and following.tag == "li":
        after = box.getnext()
        tail, following.tail = following.tail, None
        box.append(following)
        if tail and tail.strip():
            box.tail = tail
            return
        following = after


def _caption(box: Element) -> None:
    """The captions of WordPress before it knew figures."""
    if next(box.iter("img"), None) is None or box.tag == "figure":
        return
    for text in box.iterdescendants():
        if "wp-caption-text" in (text.get("class") or ""):
            text.tag = "figcaption"
            box.tag = "figure"


def _is_permalink(link: Element) -> bool:
    text = text_of(link)
    is_sign = text in _SIGNS or (len(text) < 3 and bool(_PERMALINK.search(names_of(link))))
    return is_sign and "#" in (link.get("href") or "")


_CHANGES = {
    "math": _math,
    "form": _form,
    "object": _player,
    "pre": _listing,
    "table": _table,
    "figure": _figure,
    "li": _item,
}
