"""Markup as most feeds write it, cleaned in one pass over its tags: no tree, no second parser.

Only what every HTML parser reads in the same way is taken: known elements, lower case, each closed where it stands,
attributes in quotes, no block inside inline elements, addresses without anything odd. What is written is spelled here:
tags, escaped text, addresses that `as_written` lets through. For any other markup the answer is None, and the long way
through two parsers (`clean`) decides; where there is an answer, it is that of the long way, byte for byte.
"""

import re
from collections.abc import Callable
from html import unescape

from ingestd.extract.html import markup
from ingestd.extract.html.embeds import is_emoji, shown_source
from ingestd.extract.html.markup import Mark, Run, attribute, trimmed
from ingestd.extract.html.safe_syntax import NotSimpleError, as_written, is_odd, read_attributes
from ingestd.extract.html.tree import words

#: Longer markup is no short text of a feed, and deeper markup is not simple.
_LONGEST = 200_000
_DEEPEST = 20
_TAG = re.compile(r"<(/?[a-z][a-z0-9]*)((?:[ \n]+[a-z][a-z-]*=\"[^\"<>]*\")*)[ \n]*(/?)>")


def simply_cleaned(html: str, base: str | None) -> str | None:
    """`clean(html, base)` for simple markup, None for any other. Takes time linear in the length of `html`."""
    if len(html) > _LONGEST or is_odd(html):
        return None
    if not html or html.isspace():
        return ""
    try:
        return _Reader(base).read(html)
    except NotSimpleError:
        return None


class _NoWords(Run):
    """Where no words may stand: between the items of a list."""

    def text(self, text: str | None) -> None:
        if text and not text.isspace():
            raise NotSimpleError

    def media(self, tag: str) -> None:  # noqa: ARG002
        raise NotSimpleError

    def line_break(self) -> None:
        raise NotSimpleError

    def begin(self, opening: str) -> Mark:  # noqa: ARG002
        raise NotSimpleError


class _Reader:
    """A place in the markup.

    `out` holds the blocks written so far, `run` the words being collected, `open` the names of the elements that are
    open; `may_block` says whether a block may begin here. What an element interrupts waits in `kept`, an inline
    element's beginning in `marks`, the captions of the figures that are open in `captions`.
    """

    __slots__ = ("base", "captions", "kept", "marks", "may_block", "numbers", "open", "out", "run")

    def __init__(self, base: str | None) -> None:
        self.base = base
        self.out: list[str] = []
        self.run = Run()
        self.may_block = True
        self.open = [""]
        self.kept: list[tuple[list[str], Run]] = []
        self.numbers: list[str] = []
        self.marks: list[tuple[Mark | None, bool]] = []
        self.captions: list[list[str]] = []

    def read(self, html: str) -> str:
        parts = _TAG.split(html)
        if html.count("<") != len(parts) // 4:
            raise NotSimpleError
        parts += ("", "", "")
        tokens = iter(parts)
        for text, name, attributes, slash in zip(tokens, tokens, tokens, tokens, strict=True):
            if text:
                self.run.text(unescape(text) if "&" in text else text)
            step = _STEPS.get(name)
            if step is None or (slash and name not in _VOID):
                raise NotSimpleError
            step(self, name, attributes)
        return "".join(self.out)

    def flush(self) -> None:
        """What was collected becomes paragraphs, and a new run begins."""
        if self.run.pieces:
            self.out += [f"<p>{part}</p>" for part in self.run.paragraphs()]
            self.run = Run()

    def finish(self, _name: str, _attributes: str) -> None:
        """The end of the markup, which every element must have reached before."""
        if len(self.open) > 1:
            raise NotSimpleError
        self.flush()

    def end(self, closing: str) -> None:
        """Close the element that was opened last, or give up."""
        if self.open.pop() != closing[1:]:
            raise NotSimpleError

    def begin_block(self, name: str) -> None:
        if not self.may_block or len(self.open) > _DEEPEST:
            raise NotSimpleError
        self.open.append(name)
        if self.run.pieces:
            self.flush()

    def begin_apart(self) -> None:
        """What follows is put together when the element ends."""
        self.kept.append((self.out, self.run))
        self.out, self.run = [], Run()

    def end_apart(self, closing: str) -> list[str]:
        """The blocks of the element that ends."""
        self.end(closing)
        self.flush()
        inside = self.out
        self.out, self.run = self.kept.pop()
        return inside

    # Blocks: what opens and what closes each

    def paragraph(self, name: str, _attributes: str) -> None:
        self.begin_block(name)
        self.may_block = False

    def end_paragraph(self, closing: str, _attributes: str) -> None:
        self.end(closing)
        if self.run.pieces:
            self.flush()
        self.may_block = True

    def end_heading(self, closing: str, _attributes: str) -> None:
        self.end(closing)
        self.out += markup.block(closing[1:], trimmed("".join(self.run.pieces)))
        self.run = Run()
        self.may_block = True

    def container(self, name: str, _attributes: str) -> None:
        self.begin_block(name)

    def end_container(self, closing: str, _attributes: str) -> None:
        self.end(closing)
        self.flush()

    def quote(self, name: str, _attributes: str) -> None:
        self.begin_block(name)
        self.begin_apart()

    def end_quote(self, closing: str, _attributes: str) -> None:
        inside = self.end_apart(closing)
        self.out += markup.block("blockquote", "".join(inside))

    def figure(self, name: str, _attributes: str) -> None:
        self.begin_block(name)
        self.begin_apart()
        self.captions.append([])

    def end_figure(self, closing: str, _attributes: str) -> None:
        inside = self.end_apart(closing)
        self.out += markup.figure(inside, " ".join(filter(None, self.captions.pop())))

    def caption(self, name: str, _attributes: str) -> None:
        if self.open[-1] != "figure":
            raise NotSimpleError
        self.open.append(name)
        self.begin_apart()
        self.may_block = False

    def end_caption(self, closing: str, _attributes: str) -> None:
        caption = trimmed("".join(self.run.pieces))
        self.end_apart(closing)
        self.captions[-1].append(caption)
        self.may_block = True

    def listing(self, name: str, attributes: str) -> None:
        self.begin_block(name)
        self.begin_apart()
        self.numbers.append(markup.numbered(read_attributes(attributes).get("start")) if name == "ol" else "")
        self.run, self.may_block = _NoWords(), False

    def end_listing(self, closing: str, _attributes: str) -> None:
        items = self.end_apart(closing)
        self.out += markup.block(closing[1:], "".join(items), self.numbers.pop())
        self.may_block = True

    def item(self, name: str, _attributes: str) -> None:
        if self.open[-1] not in ("ul", "ol"):
            raise NotSimpleError
        self.open.append(name)
        self.begin_apart()
        self.may_block = True

    def end_item(self, closing: str, _attributes: str) -> None:
        inside = self.end_apart(closing)
        self.out += markup.block("li", markup.cell(inside))
        self.may_block = False

    def rule(self, _name: str, _attributes: str) -> None:
        if not self.may_block:
            raise NotSimpleError
        self.flush()
        self.out.append("<hr>")

    # Words

    def inline(self, name: str, _attributes: str) -> None:
        self.begin_inline(name, f"<{name}>")

    def unwrapped(self, name: str, _attributes: str) -> None:
        self.begin_inline(name, "")

    def link(self, name: str, attributes: str) -> None:
        if "a" in self.open:
            raise NotSimpleError
        href = read_attributes(attributes).get("href")
        if href and href.startswith("mailto:"):
            raise NotSimpleError
        address = as_written(href, self.base)
        self.begin_inline(name, f'<a href="{address}" rel="noopener">' if address else "")

    def begin_inline(self, name: str, opening: str) -> None:
        if len(self.open) > _DEEPEST:
            raise NotSimpleError
        self.open.append(name)
        self.marks.append((self.run.begin(opening) if opening else None, self.may_block))
        self.may_block = False

    def end_inline(self, closing: str, _attributes: str) -> None:
        self.end(closing)
        mark, self.may_block = self.marks.pop()
        if mark:
            self.run.end(mark, closing)

    def line_break(self, _name: str, _attributes: str) -> None:
        self.run.line_break()

    def image(self, _name: str, attributes: str) -> None:
        read = read_attributes(attributes)
        if is_emoji(read):
            raise NotSimpleError
        source = as_written(shown_source(read), self.base)
        if source:
            self.run.media(markup.image(source, attribute(read.get("alt")), attribute(read.get("title"))))


_Step = Callable[[_Reader, str, str], None]
_VOID = words("br hr img")
_STEPS: dict[str, _Step] = {
    "": _Reader.finish,
    "br": _Reader.line_break,
    "hr": _Reader.rule,
    "img": _Reader.image,
}


def _steps(names: str, opening: _Step, closing: _Step) -> None:
    for name in names.split():
        _STEPS[name] = opening
        _STEPS[f"/{name}"] = closing


_steps("p", _Reader.paragraph, _Reader.end_paragraph)
_steps("div section article", _Reader.container, _Reader.end_container)
_steps("h1 h2 h3 h4 h5 h6", _Reader.paragraph, _Reader.end_heading)
_steps("blockquote", _Reader.quote, _Reader.end_quote)
_steps("figure", _Reader.figure, _Reader.end_figure)
_steps("figcaption", _Reader.caption, _Reader.end_caption)
_steps("ul ol", _Reader.listing, _Reader.end_listing)
_steps("li", _Reader.item, _Reader.end_item)
_steps("a", _Reader.link, _Reader.end_inline)
_steps("b cite code del dfn em i ins kbd mark q s samp small strong sub sup u var", _Reader.inline, _Reader.end_inline)
_steps("span font big tt time", _Reader.unwrapped, _Reader.end_inline)
