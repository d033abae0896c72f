"""A parsed fragment → minimal HTML, written from an allow-list of elements and attributes.

Runs of inline content become paragraphs, blocks never stand inside a paragraph, empty elements are dropped. The output
parses to the same tree in every HTML parser, and writing that tree again gives the same bytes.
"""

import re
from collections.abc import Callable, Mapping
from html import escape

from lxml import etree

from ingestd.extract.html import markup
from ingestd.extract.html.anchors import kept_attributes, local_target, settled_links
from ingestd.extract.html.element_kinds import (
    BLOCK_TAGS,
    DROPPED_TAGS,
    HEADING_TAGS,
    INLINE_TAGS,
    has_block,
    visible_text,
)
from ingestd.extract.html.links import absolute_link
from ingestd.extract.html.markup import InlineRun, escape_attribute, trim_inline
from ingestd.extract.html.reading_attributes import (
    item_attributes,
    list_attributes,
    stated_target,
    with_attributes,
)
from ingestd.extract.html.tables_and_code import is_layout_table, language_of_code, span_attributes
from ingestd.extract.html.tree import LINK_END, LINK_START, Element, attributes_of, preformatted_text, remove, text_of

#: The sign where a link begins in preformatted text, with the number of the link.
_LINK_SIGN = re.compile(f"{LINK_START}(\\d+){LINK_START}")
#: Levels of nested elements that are written; the content of deeper elements becomes text.
_MAX_DEPTH = 90


def minimal_html(root: Element, base: str | None) -> str:
    """The content of `root` as minimal HTML, links resolved against `base`. Captions are taken out of their figures."""
    writer = _HtmlWriter(base, kept_attributes(root, base))
    blocks = writer.flow_with_attributes(root, 0)
    return settled_links("".join(blocks), base) if writer.kept else "".join(blocks)


class _HtmlWriter:
    """Writes elements as blocks (lists of HTML strings) or as parts of a run of inline content."""

    def __init__(self, base: str | None, kept: Mapping[Element, str]) -> None:
        """`kept` are the attributes that are written of each element that has some, as markup."""
        self.base = base
        self.kept = kept
        self.block_writers: dict[str, Callable[[Element, int], list[str]]] = {
            "pre": self._pre,
            "ul": self._list,
            "ol": self._list,
            "dl": self._definitions,
            "table": self._table,
            "figure": self._figure,
            "blockquote": self._quote,
            "hr": lambda _element, _depth: ["<hr>"],
            **dict.fromkeys(HEADING_TAGS, self._heading),
        }

    def flow(self, element: Element, depth: int) -> list[str]:
        """The content of a block container as blocks; runs of inline content become paragraphs."""
        out: list[str] = []
        run = InlineRun()
        run.add_text(element.text)
        for child in element.iterchildren(etree.Element):
            run = self._add_child(child, run, out, depth)
            run.add_text(child.tail)
        self._flush(run, out)
        return out

    def _add_child(self, child: Element, run: InlineRun, out: list[str], depth: int) -> InlineRun:
        name = child.tag
        if name in DROPPED_TAGS:
            return run
        if name in self.block_writers or name in BLOCK_TAGS or (name not in INLINE_TAGS and has_block(child)):
            self._flush(run, out)
            out.extend(self._block(child, depth + 1))
            return InlineRun()
        if name in INLINE_TAGS and has_block(child):
            self._flush(run, out)
            out.extend(self._inline_around_blocks(child, depth + 1))
            return InlineRun()
        self._inline(child, run, depth + 1)
        return run

    @staticmethod
    def _flush(run: InlineRun, out: list[str]) -> None:
        out.extend(f"<p>{part}</p>" for part in run.paragraphs())

    def _block(self, element: Element, depth: int) -> list[str]:
        if depth > _MAX_DEPTH:
            return _as_text_blocks(element)
        handler = self.block_writers.get(element.tag)
        if handler:
            return handler(element, depth)
        if element.tag == "li":
            return [f"<ul>{item}</ul>" for item in self._item(element, depth)]
        return self.flow_with_attributes(element, depth)

    def flow_with_attributes(self, element: Element, depth: int) -> list[str]:
        """`flow` of an element that is not written itself; its blocks have its language, direction and id."""
        blocks = self.flow(element, depth)
        kept = self.kept.get(element)
        return with_attributes(blocks, kept) if kept else blocks

    def _href(self, link: Element) -> str | None:
        """The address of a link: a target in the article, else an absolute one."""
        href = link.get("href")
        target = local_target(href, self.base) if self.kept else None
        return f"#{target}" if target else absolute_link(href, self.base)

    def _inline_around_blocks(self, element: Element, depth: int) -> list[str]:
        """The blocks of an inline element that holds blocks. A link around one paragraph or heading goes inside it."""
        blocks = self.flow_with_attributes(element, depth)
        href = self._href(element) if element.tag == "a" else None
        if href and len(blocks) == 1 and "<a " not in blocks[0]:
            found = re.fullmatch(r"<(p|h[1-6])( [^<>]*)?>(.*)</\1>", blocks[0], re.DOTALL)
            if found:
                return [f'<{found[1]}{found[2] or ""}><a href="{escape(href)}">{found[3]}</a></{found[1]}>']
        return blocks

    # Inline content

    def _inline(self, element: Element, run: InlineRun, depth: int) -> None:
        name = element.tag
        if name in DROPPED_TAGS:
            return
        if name == "br":
            run.add_line_break()
        elif name == "img":
            tag = self._image(element)
            if tag:
                run.add_image(tag)
        elif depth > _MAX_DEPTH:
            run.add_text(text_of(element))
        else:
            self._inline_element(element, run, depth)

    def _inline_element(self, element: Element, run: InlineRun, depth: int) -> None:
        opening = self._opening_tag(element)
        opened = run.open_element(opening) if opening else None
        self._add_content(element, run, depth)
        if element.tag == "a" and not opening.startswith("<a ") and (target := _target_as_text(element)):
            run.add_text(f" ({target})")
        if opened:
            run.close_element(opened, "/" + opening[1:].partition(" ")[0].rstrip(">"))

    def _add_content(self, element: Element, run: InlineRun, depth: int) -> None:
        """Append the content of an element, blocks included, to a run of inline content."""
        run.add_text(element.text)
        for child in element.iterchildren(etree.Element):
            if child.tag in BLOCK_TAGS:
                run.add_text(" ")
            self._inline(child, run, depth + 1)
            run.add_text(" " if child.tag in BLOCK_TAGS and child.tail is None else child.tail)

    def _opening_tag(self, element: Element) -> str:
        name = element.tag
        kept = self.kept.get(element, "") if self.kept else ""
        if name == "a":
            href = self._href(element)
            if href and not any(parent.tag == "a" for parent in element.iterancestors()):
                return f'<a href="{escape(href)}"{kept}>'
        if name == "a" or name not in INLINE_TAGS:
            return f"<span{kept}>" if kept else ""
        title = element.get("title") if name == "abbr" else None
        return f'<abbr title="{escape_attribute(title)}"{kept}>' if title else f"<{name}{kept}>"

    def _image(self, element: Element) -> str:
        source = absolute_link(element.get("src"), self.base)
        if not source or source.startswith("mailto:"):
            return ""
        return markup.image_tag(
            escape(source), escape_attribute(element.get("alt")), escape_attribute(element.get("title"))
        )

    def _inline_content(self, element: Element, depth: int) -> str:
        """The content of an element as inline HTML, blocks included."""
        run = InlineRun()
        self._add_content(element, run, depth)
        return trim_inline("".join(run.pieces))

    # Blocks with a structure of their own

    def _heading(self, element: Element, depth: int) -> list[str]:
        return markup.block_element(element.tag, self._inline_content(element, depth), self.kept.get(element, ""))

    def _quote(self, element: Element, depth: int) -> list[str]:
        return markup.block_element("blockquote", "".join(self.flow(element, depth)), self.kept.get(element, ""))

    def _pre(self, element: Element, _depth: int) -> list[str]:
        targets = [(link, self._href(link)) for link in element.iter("a")]
        tags = [f'<a href="{escape(href)}"{self.kept.get(link, "")}>' for link, href in targets if href]
        numbered = enumerate(link for link, href in targets if href)
        signs = {link: f"{LINK_START}{number}{LINK_START}" for number, link in numbered}
        text = (
            "".join(preformatted_text(element, DROPPED_TAGS, signs))
            .replace("\r\n", "\n")
            .replace("\r", "\n")
            .strip("\n")
            .rstrip()
        )
        if not text.strip():
            return []
        html = escape(text, quote=False).replace("\xa0", "&nbsp;")
        if tags:
            html = _LINK_SIGN.sub(lambda sign: tags[int(sign[1])], html).replace(LINK_END, "</a>")
        is_code = any(child.tag == "code" for child in element.iterchildren(etree.Element))
        language = language_of_code(element)
        if is_code or language:
            named = f' class="language-{language}"' if language else ""
            html = f"<code{named}>{html}</code>"
        return [f"<pre{self.kept.get(element, '')}>{html}</pre>"]

    def _list(self, element: Element, depth: int) -> list[str]:
        items: list[str] = []
        for child in element.iterchildren(etree.Element):
            if child.tag in ("ul", "ol") and items:
                items[-1] = items[-1].removesuffix("</li>") + "".join(self._block(child, depth + 1)) + "</li>"
            elif child.tag not in DROPPED_TAGS:
                items.extend(self._item(child, depth + 1))
        numbers = list_attributes(attributes_of(element)) if element.tag == "ol" else ""
        return markup.block_element(element.tag, "".join(items), numbers + self.kept.get(element, ""))

    def _item(self, element: Element, depth: int) -> list[str]:
        number = item_attributes({"value": element.get("value", "")}) if element.tag == "li" else ""
        return markup.block_element("li", self._cell(element, depth), number + self.kept.get(element, ""))

    def _cell(self, element: Element, depth: int) -> str:
        """The content of a list item, a table cell or a definition: a single paragraph loses its `<p>`."""
        if depth > _MAX_DEPTH:
            return "".join(_as_text_blocks(element))[3:-4]
        return markup.cell_content(self.flow(element, depth))

    def _definitions(self, element: Element, depth: int) -> list[str]:
        out: list[str] = []
        own = [child for child in element.iter("dt", "dd") if next(child.iterancestors("dl"), None) is element]
        for child in own:
            out += markup.block_element(child.tag, self._cell(child, depth + 1), self.kept.get(child, ""))
        if inner := "".join(out):
            return [f"<dl{self.kept.get(element, '')}>{inner}</dl>"]
        # What holds nothing is not written twice: of lists in lists that would take twice the time a level.
        for child in own:
            child[:], child.text = [], None
        return self.flow(element, depth)

    def _figure(self, element: Element, depth: int) -> list[str]:
        captions = [child for child in element.iter("figcaption") if next(child.iterancestors("figure")) is element]
        caption = " ".join(filter(None, (self._inline_content(child, depth) for child in captions)))
        for child in captions:
            remove(child)
        blocks = markup.figure_blocks(self.flow(element, depth + 1), caption)
        return with_attributes(blocks, self.kept[element]) if element in self.kept else blocks

    def _table(self, element: Element, depth: int) -> list[str]:
        rows = [row for row in element.iter("tr") if next(row.iterancestors("table")) is element]
        cells = [list(row.iterchildren("td", "th")) for row in rows]
        if is_layout_table(element, cells):
            return [block for row in cells for cell in row for block in self._layout_cell(cell, depth)]
        body = "".join(self._row(row, depth + 1) for row in cells)
        caption = next((self._inline_content(child, depth) for child in element.iterchildren("caption")), "")
        head = f"<caption>{caption}</caption>" if caption else ""
        return [f"<table{self.kept.get(element, '')}>{head}<tbody>{body}</tbody></table>"] if body else []

    def _layout_cell(self, cell: Element, depth: int) -> list[str]:
        return self.flow(cell, depth + 1) if depth < _MAX_DEPTH else _as_text_blocks(cell)

    def _row(self, cells: list[Element], depth: int) -> str:
        written = [(cell, self._cell(cell, depth + 1)) for cell in cells]
        if not any(inner for _cell, inner in written):
            return ""
        return (
            "<tr>"
            + "".join(
                f"<{cell.tag}{span_attributes(cell)}{self.kept.get(cell, '')}>{inner}</{cell.tag}>"
                for cell, inner in written
            )
            + "</tr>"
        )


def _target_as_text(link: Element) -> str:
    return stated_target(link.get("href"), text_of(link))


def _as_text_blocks(element: Element) -> list[str]:
    run = InlineRun()
    run.add_text(" ".join(visible_text(element)))
    return [f"<p>{part}</p>" for part in run.paragraphs()]
