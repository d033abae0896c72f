"""How cleaned blocks are put together, whichever way they were read. Pure text work."""

import re

_START = re.compile(r"-?\d{1,6}")
_IS_MEDIA = re.compile(r"<p>((?:(?:<a [^>]*>)?<img [^>]*>(?:</a>)? ?)+)</p>")
_MAKES_A_FIGURE = re.compile(r"<(?:img|pre|table|blockquote|a) ?")


def element(name: str, inside: str, attributes: str = "") -> list[str]:
    """An element as the only block, none where it would be empty."""
    return [f"<{name}{attributes}>{inside}</{name}>"] if inside else []


def cell(blocks: list[str]) -> str:
    """The content of a list item, cell or caption: a single paragraph stands bare."""
    if blocks and blocks[0].startswith("<p>") and sum(block.startswith("<p>") for block in blocks) == 1:
        blocks[0] = blocks[0][3:-4]
    return "".join(blocks)


def figure(blocks: list[str], caption: str) -> list[str]:
    """A figure with its caption; its bare content where it shows nothing, or is only a container."""
    blocks = [_bare_media(block) for block in blocks]
    inside = "".join(blocks)
    if not _MAKES_A_FIGURE.search(inside):
        return [*element("p", caption), *blocks]
    if not caption and len(blocks) > 1:
        return blocks
    return element("figure", inside + "".join(element("figcaption", caption)))


def _bare_media(block: str) -> str:
    """A paragraph that holds only images loses its `<p>` inside a figure."""
    found = _IS_MEDIA.fullmatch(block)
    return found[1] if found else block


def numbered(start: str | None) -> str:
    """The attribute of a list that does not begin at one."""
    return f' start="{int(start)}"' if start and _START.fullmatch(start) and start != "1" else ""


def image(source: str, alt: str, title: str) -> str:
    """An image; all three as they stand in attributes."""
    shown = f' alt="{alt}"' if alt else ""
    return f'<img src="{source}"{shown}' + (f' title="{title}">' if title and title != alt else ">")
