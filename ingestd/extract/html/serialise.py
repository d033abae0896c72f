"""A parsed fragment → minimal HTML: an allow-list, written afresh, so that no markup of the site survives by chance.

The writer decides the structure: runs of inline content become paragraphs, blocks never stand inside a paragraph,
empty elements vanish. What it writes parses to the same tree in every HTML parser, and writing that tree again gives
the same bytes.
"""

import re
from collections.abc import Callable, Iterator
from html import escape

from lxml import etree

from ingestd.extract.html import markup
from ingestd.extract.html.links import absolute
from ingestd.extract.html.markup import Run, attribute, trimmed
from ingestd.extract.html.tree import Element, remove, text_of, words

INLINE = words("a abbr b cite code del dfn em i ins kbd mark q ruby rb rt rp s samp small strong sub sup u var")
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
#: Elements whose content is dropped with them.
DROPPED = words(
    "script style noscript template iframe frame frameset object embed applet form button select textarea "
    "input option datalist svg math canvas dialog link meta base title head map area param track source "
    "nav menu"
)
#: Elements that break a run of inline content when they are unwrapped.
FLOW = words(
    "address article aside body center details dialog div fieldset footer header hgroup html main section "
    "summary legend"
)
_BLOCKS = (
    FLOW
    | _HEADINGS
    | words("p pre blockquote ul ol li dl dt dd table figure figcaption hr tr td th caption thead tbody tfoot")
)
_MAX_DEPTH = 90


def render(root: Element, base: str | None) -> str:
    """The content of `root` as minimal HTML; links absolute with `base`. No side effects on the tree."""
    return "".join(_Writer(base).flow(root, 0))


class _Writer:
    def __init__(self, base: str | None) -> None:
        self.base = base
        self.special: dict[str, Callable[[Element, int], list[str]]] = {
            "pre": self._pre,
            "ul": self._list,
            "ol": self._list,
            "dl": self._definitions,
            "table": self._table,
            "figure": self._figure,
            "blockquote": self._quote,
            "hr": lambda _element, _depth: ["<hr>"],
            **dict.fromkeys(_HEADINGS, self._heading),
        }

    def flow(self, element: Element, depth: int) -> list[str]:
        """The children of a block container as blocks: inline runs become paragraphs."""
        out: list[str] = []
        run = Run()
        run.text(element.text)
        for child in element.iterchildren(etree.Element):
            run = self._flow_child(child, run, out, depth)
            run.text(child.tail)
        self._flush(run, out)
        return out

    def _flow_child(self, child: Element, run: Run, out: list[str], depth: int) -> Run:
        name = child.tag
        if name in DROPPED:
            return run
        if name in self.special or name in _BLOCKS or (name not in INLINE and _has_block(child)):
            self._flush(run, out)
            out.extend(self._block(child, depth + 1))
            return Run()
        if name in INLINE and _has_block(child):
            self._flush(run, out)
            out.extend(self._inside_out(child, depth + 1))
            return Run()
        self._inline(child, run, depth + 1)
        return run

    @staticmethod
    def _flush(run: Run, out: list[str]) -> None:
        out.extend(f"<p>{part}</p>" for part in run.paragraphs())

    def _block(self, element: Element, depth: int) -> list[str]:
        if depth > _MAX_DEPTH:
            return _flat(element)
        handler = self.special.get(element.tag)
        if handler:
            return handler(element, depth)
        if element.tag == "li":
            return [f"<ul>{item}</ul>" for item in self._item(element, depth)]
        return self.flow(element, depth)

    def _inside_out(self, element: Element, depth: int) -> list[str]:
        """An inline element around blocks: a link goes inside its only text block, everything else is unwrapped."""
        blocks = self.flow(element, depth)
        href = absolute(element.get("href"), self.base) if element.tag == "a" else None
        if href and len(blocks) == 1 and "<a " not in blocks[0]:
            found = re.fullmatch(r"<(p|h[1-6])>(.*)</\1>", blocks[0], re.DOTALL)
            if found:
                return [f'<{found[1]}><a href="{escape(href)}">{found[2]}</a></{found[1]}>']
        return blocks

    # Inline content

    def _inline(self, element: Element, run: Run, depth: int) -> None:
        name = element.tag
        if name in DROPPED:
            return
        if name == "br":
            run.line_break()
        elif name == "img":
            tag = self._image(element)
            if tag:
                run.media(tag)
        elif depth > _MAX_DEPTH:
            run.text(text_of(element))
        else:
            self._inline_element(element, run, depth)

    def _inline_element(self, element: Element, run: Run, depth: int) -> None:
        opening = self._opening(element)
        mark = run.begin(opening) if opening else None
        self._words(element, run, depth)
        if mark:
            run.end(mark, f"/{element.tag}")

    def _words(self, element: Element, run: Run, depth: int) -> None:
        """All content of an element as words of a run."""
        run.text(element.text)
        for child in element.iterchildren(etree.Element):
            if child.tag in _BLOCKS:
                run.text(" ")
            self._inline(child, run, depth + 1)
            run.text(" " if child.tag in _BLOCKS and child.tail is None else child.tail)

    def _opening(self, element: Element) -> str:
        name = element.tag
        if name not in INLINE:
            return ""
        if name == "a":
            href = absolute(element.get("href"), self.base)
            inside_link = any(parent.tag == "a" for parent in element.iterancestors())
            return f'<a href="{escape(href)}">' if href and not inside_link else ""
        title = element.get("title") if name == "abbr" else None
        return f'<abbr title="{attribute(title)}">' if title else f"<{name}>"

    def _image(self, element: Element) -> str:
        source = absolute(element.get("src"), self.base)
        if not source or source.startswith("mailto:"):
            return ""
        return markup.image(escape(source), attribute(element.get("alt")), attribute(element.get("title")))

    def _phrase(self, element: Element, depth: int) -> str:
        """All content of an element as one inline run."""
        run = Run()
        self._words(element, run, depth)
        return trimmed("".join(run.pieces))

    # Blocks with a shape of their own

    def _heading(self, element: Element, depth: int) -> list[str]:
        return markup.block(element.tag, self._phrase(element, depth))

    def _quote(self, element: Element, depth: int) -> list[str]:
        return markup.block("blockquote", "".join(self.flow(element, depth)))

    def _pre(self, element: Element, _depth: int) -> list[str]:
        text = "".join(_pre_text(element)).replace("\r\n", "\n").replace("\r", "\n").strip("\n").rstrip()
        if not text.strip():
            return []
        html = escape(text, quote=False).replace("\xa0", "&nbsp;")
        is_code = any(child.tag == "code" for child in element.iterchildren(etree.Element))
        return [f"<pre><code>{html}</code></pre>" if is_code else f"<pre>{html}</pre>"]

    def _list(self, element: Element, depth: int) -> list[str]:
        items: list[str] = []
        for child in element.iterchildren(etree.Element):
            if child.tag in ("ul", "ol") and items:
                items[-1] = items[-1].removesuffix("</li>") + "".join(self._block(child, depth + 1)) + "</li>"
            elif child.tag not in DROPPED:
                items.extend(self._item(child, depth + 1))
        start = element.get("start") if element.tag == "ol" else None
        return markup.block(element.tag, "".join(items), markup.numbered(start))

    def _item(self, element: Element, depth: int) -> list[str]:
        return markup.block("li", self._cell(element, depth))

    def _cell(self, element: Element, depth: int) -> str:
        """The content of a list item, cell or caption: a single paragraph stands bare."""
        if depth > _MAX_DEPTH:
            return "".join(_flat(element))[3:-4]
        return markup.cell(self.flow(element, depth))

    def _definitions(self, element: Element, depth: int) -> list[str]:
        out = []
        for child in element.iter("dt", "dd"):
            if next(child.iterancestors("dl"), None) is element:
                inner = self._cell(child, depth + 1)
                out.append(f"<{child.tag}>{inner}</{child.tag}>" if inner else "")
        inner = "".join(out)
        return [f"<dl>{inner}</dl>"] if inner else self.flow(element, depth)

    def _figure(self, element: Element, depth: int) -> list[str]:
        captions = [child for child in element.iter("figcaption") if next(child.iterancestors("figure")) is element]
        caption = " ".join(filter(None, (self._phrase(child, depth) for child in captions)))
        for child in captions:
            remove(child)
        return markup.figure(self.flow(element, depth + 1), caption)

    def _table(self, element: Element, depth: int) -> list[str]:
        rows = [row for row in element.iter("tr") if next(row.iterancestors("table")) is element]
        cells = [list(row.iterchildren("td", "th")) for row in rows]
        if _is_layout(element, cells):
            return [block for row in cells for cell in row for block in self._block_of_cell(cell, depth)]
        body = "".join(self._row(row, depth + 1) for row in cells)
        caption = next((self._phrase(child, depth) for child in element.iterchildren("caption")), "")
        head = f"<caption>{caption}</caption>" if caption else ""
        return [f"<table>{head}<tbody>{body}</tbody></table>"] if body else []

    def _block_of_cell(self, cell: Element, depth: int) -> list[str]:
        return self.flow(cell, depth + 1) if depth < _MAX_DEPTH else _flat(cell)

    def _row(self, cells: list[Element], depth: int) -> str:
        written = [(cell, self._cell(cell, depth + 1)) for cell in cells]
        if not any(inner for _cell, inner in written):
            return ""
        return "<tr>" + "".join(f"<{cell.tag}{_spans(cell)}>{inner}</{cell.tag}>" for cell, inner in written) + "</tr>"


def _has_block(element: Element) -> bool:
    if not len(element):
        return False
    return any(inside.tag in _BLOCKS for inside in element.iterdescendants(etree.Element))


def _flat(element: Element) -> list[str]:
    run = Run()
    run.text(" ".join(_visible_text(element)))
    return [f"<p>{part}</p>" for part in run.paragraphs()]


def _visible_text(element: Element) -> Iterator[str]:
    for node in element.iter(etree.Element):
        if node.tag not in ("script", "style", "template", "textarea") and node.text:
            yield node.text
        if node is not element and node.tail:
            yield node.tail


def _pre_text(element: Element) -> Iterator[str]:
    if element.text:
        yield element.text
    for node in element.iterdescendants(etree.Element):
        if node.tag in ("br", "tr", "li", "div", "p") and (node.tag == "br" or node.getprevious() is not None):
            yield "\n"
        if node.text and node.tag not in DROPPED:
            yield node.text
        yield from _closing_tails(node, element)


def _closing_tails(node: Element, top: Element) -> Iterator[str]:
    """The text after `node`, and after each ancestor that ends with it, in document order."""
    if len(node):
        return
    current: Element | None = node
    while current is not None and current is not top:
        if current.tail:
            yield current.tail
        if current.getnext() is not None:
            return
        current = current.getparent()


def _is_layout(table: Element, rows: list[list[Element]]) -> bool:
    """True for a table that only places things: one column, or another table inside."""
    if table.get("role") == "presentation":
        return True
    widest = max(map(len, rows), default=0)
    return widest <= 1 or next(table.iterdescendants("table"), None) is not None


def _spans(cell: Element) -> str:
    spans = ""
    for name in ("colspan", "rowspan"):
        value = cell.get(name, "")
        if re.fullmatch(r"[2-9]|[1-9]\d{1,2}", value):
            spans += f' {name}="{value}"'
    return spans
