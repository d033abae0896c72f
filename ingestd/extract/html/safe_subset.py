"""The fast cleaner: simple markup, as most feeds write it, cleaned in one pass over its tags without a tree.

It takes only markup that every HTML parser reads in the same way: known elements in lower case, each closed inside its
parent, attributes in double quotes, no block inside inline elements, plain URLs. Its output consists of tags written
here, escaped text, and URLs that `subset_url` accepts. For any other markup it returns None, and `clean_html` uses
lxml and nh3. Where it returns HTML, that is byte for byte what lxml and nh3 would give.
"""

import re
from collections.abc import Callable
from html import unescape

from ingestd.extract.html import markup
from ingestd.extract.html.anchors import local_target
from ingestd.extract.html.embeds import displayed_image_url, is_emoji_image
from ingestd.extract.html.markup import InlineRun, escape_attribute, trim_inline
from ingestd.extract.html.reading_attributes import (
    changes_reading,
    item_attributes,
    list_attributes,
    stated_target,
)
from ingestd.extract.html.safe_output import NoTextRun, SubsetOutput
from ingestd.extract.html.safe_syntax import NotInSubsetError, has_ambiguous_chars, read_attributes, subset_url
from ingestd.extract.html.tree import word_set
from ingestd.extract.html.visibility import is_hidden

#: Characters of markup that are read without a parser.
_MAX_SUBSET_CHARS = 200_000
_TAG = re.compile(r"<(/?[a-z][a-z0-9]*)((?:[ \n]+[a-z][a-z-]*=\"[^\"<>]*\")*)[ \n]*(/?)>")


def clean_safe_subset(html: str, base: str | None) -> str | None:
    """`clean_html(html, base)` for markup of the safe subset, None for any other. Time linear in its length."""
    if len(html) > _MAX_SUBSET_CHARS or has_ambiguous_chars(html):
        return None
    if not html or html.isspace():
        return ""
    try:
        return _SubsetReader(base).read(html)
    except NotInSubsetError:
        return None


class _SubsetReader(SubsetOutput):
    """One pass over the markup. A method for a tag takes its name ("/p" for an end tag) and attributes."""

    __slots__ = ()

    def read(self, html: str) -> str:
        """The cleaned HTML. Raises NotInSubsetError."""
        parts = _TAG.split(html)
        if html.count("<") != len(parts) // 4:
            raise NotInSubsetError
        parts += ("", "", "")
        tokens = iter(parts)
        for text, name, attributes, slash in zip(tokens, tokens, tokens, tokens, strict=True):
            if text:
                self.run.add_text(unescape(text) if "&" in text else text)
            step = _TAG_HANDLERS.get(name)
            if step is None or (slash and name not in _VOID_TAGS):
                raise NotInSubsetError
            if ("style=" in attributes or "hidden=" in attributes) and is_hidden(name, read_attributes(attributes)):
                raise NotInSubsetError
            if ("lang=" in attributes or "dir=" in attributes) and changes_reading(read_attributes(attributes)):
                raise NotInSubsetError
            step(self, name, attributes)
        return "".join(self.out)

    def end_markup(self, _name: str, _attributes: str) -> None:
        """The end of the markup, where no element may be open."""
        if len(self.open_tags) > 1:
            raise NotInSubsetError
        self.flush_run()

    # Block elements: a method for the start tag and one for the end tag

    def paragraph(self, name: str, _attributes: str) -> None:
        self.open_block(name)
        self.block_allowed = False

    def end_paragraph(self, closing: str, _attributes: str) -> None:
        self.close(closing)
        if self.run.pieces:
            self.flush_run()
        self.block_allowed = True

    def end_heading(self, closing: str, _attributes: str) -> None:
        self.close(closing)
        self.out += markup.block_element(closing[1:], trim_inline("".join(self.run.pieces)))
        self.run = InlineRun()
        self.block_allowed = True

    def container(self, name: str, _attributes: str) -> None:
        self.open_block(name)

    def end_container(self, closing: str, _attributes: str) -> None:
        self.close(closing)
        self.flush_run()

    def quote(self, name: str, _attributes: str) -> None:
        self.open_block(name)
        self.push_output()

    def end_quote(self, closing: str, _attributes: str) -> None:
        inside = self.pop_output(closing)
        self.out += markup.block_element("blockquote", "".join(inside))

    def figure(self, name: str, _attributes: str) -> None:
        self.open_block(name)
        self.push_output()
        self.captions.append([])

    def end_figure(self, closing: str, _attributes: str) -> None:
        inside = self.pop_output(closing)
        self.out += markup.figure_blocks(inside, " ".join(filter(None, self.captions.pop())))

    def caption(self, name: str, _attributes: str) -> None:
        if self.open_tags[-1] != "figure":
            raise NotInSubsetError
        self.open_tags.append(name)
        self.push_output()
        self.block_allowed = False

    def end_caption(self, closing: str, _attributes: str) -> None:
        caption = trim_inline("".join(self.run.pieces))
        self.pop_output(closing)
        self.captions[-1].append(caption)
        self.block_allowed = True

    def list_(self, name: str, attributes: str) -> None:
        self.open_block(name)
        self.push_output()
        self.list_attributes.append(list_attributes(read_attributes(attributes)) if name == "ol" else "")
        self.run, self.block_allowed = NoTextRun(), False

    def end_list(self, closing: str, _attributes: str) -> None:
        items = self.pop_output(closing)
        self.out += markup.block_element(closing[1:], "".join(items), self.list_attributes.pop())
        self.block_allowed = True

    def item(self, name: str, attributes: str) -> None:
        if self.open_tags[-1] not in ("ul", "ol"):
            raise NotInSubsetError
        self.list_attributes.append(item_attributes(read_attributes(attributes)) if "value=" in attributes else "")
        self.open_tags.append(name)
        self.push_output()
        self.block_allowed = True

    def end_item(self, closing: str, _attributes: str) -> None:
        inside = self.pop_output(closing)
        self.out += markup.block_element("li", markup.cell_content(inside), self.list_attributes.pop())
        self.block_allowed = False

    def rule(self, _name: str, _attributes: str) -> None:
        if not self.block_allowed:
            raise NotInSubsetError
        self.flush_run()
        self.out.append("<hr>")

    # Inline content

    def inline(self, name: str, _attributes: str) -> None:
        self.open_inline_element(name, f"<{name}>")

    def unwrapped(self, name: str, _attributes: str) -> None:
        self.open_inline_element(name, "")

    def link(self, name: str, attributes: str) -> None:
        if "a" in self.open_tags:
            raise NotInSubsetError
        href = read_attributes(attributes).get("href")
        if href and (href.startswith("mailto:") or local_target(href, self.base) or stated_target(href)):
            raise NotInSubsetError
        address = subset_url(href, self.base)
        self.open_inline_element(name, f'<a href="{address}" rel="noopener">' if address else "")

    def end_inline(self, closing: str, _attributes: str) -> None:
        self.close(closing)
        opened, self.block_allowed = self.open_inline.pop()
        if opened:
            self.run.close_element(opened, closing)

    def line_break(self, _name: str, _attributes: str) -> None:
        self.run.add_line_break()

    def image(self, _name: str, attributes: str) -> None:
        read = read_attributes(attributes)
        if is_emoji_image(read):
            raise NotInSubsetError
        source = subset_url(displayed_image_url(read), self.base)
        if source:
            self.run.add_image(
                markup.image_tag(source, escape_attribute(read.get("alt")), escape_attribute(read.get("title")))
            )


_TagHandler = Callable[[_SubsetReader, str, str], None]
_VOID_TAGS = word_set("br hr img")
_TAG_HANDLERS: dict[str, _TagHandler] = {
    "": _SubsetReader.end_markup,
    "br": _SubsetReader.line_break,
    "hr": _SubsetReader.rule,
    "img": _SubsetReader.image,
}


def _register(names: str, opening: _TagHandler, closing: _TagHandler) -> None:
    for name in names.split():
        _TAG_HANDLERS[name] = opening
        _TAG_HANDLERS[f"/{name}"] = closing


_register("p", _SubsetReader.paragraph, _SubsetReader.end_paragraph)
_register("div section article", _SubsetReader.container, _SubsetReader.end_container)
_register("h1 h2 h3 h4 h5 h6", _SubsetReader.paragraph, _SubsetReader.end_heading)
_register("blockquote", _SubsetReader.quote, _SubsetReader.end_quote)
_register("figure", _SubsetReader.figure, _SubsetReader.end_figure)
_register("figcaption", _SubsetReader.caption, _SubsetReader.end_caption)
_register("ul ol", _SubsetReader.list_, _SubsetReader.end_list)
_register("li", _SubsetReader.item, _SubsetReader.end_item)
_register("a", _SubsetReader.link, _SubsetReader.end_inline)
_register(
    "b cite code del dfn em i ins kbd mark q s samp small strong sub sup u var",
    _SubsetReader.inline,
    _SubsetReader.end_inline,
)
_register("span font big tt time", _SubsetReader.unwrapped, _SubsetReader.end_inline)
