"""The parts of which page structures are put together: the head, blocks of text, and the clutter around them."""

# ruff: noqa: E501 - markup and running text are read more easily unbroken

import random
from dataclasses import dataclass
from html import escape
from typing import Any

CODE = 'def merge(left, right):\n    """Keep both sides of a conflict."""\n    if left == right:\n        return [left]\n    return [left, right]'

# What fills most of a page on the web of today, and says nothing.
STYLE = "".join(f".c-{number}{{margin:{number % 9}px;color:#{number * 7919 % 4096:03x}}}" for number in range(60))
SCRIPT = "window.cfg={" + ",".join(f'"k{number}":"{number * 104729 % 10**9}"' for number in range(200)) + "};"


@dataclass(frozen=True, slots=True)
class Text:
    """An article before it is a page: its blocks are (kind, content) pairs in order."""

    lang: str
    title: str
    author: str
    blocks: list[tuple[str, Any]]
    clutter: dict[str, list[str]]

    def plain(self) -> str:
        return "\n".join(line for kind, content in self.blocks for line in lines_of(kind, content))

    def label(self, number: int) -> str:
        return self.clutter["labels"][number]


def lines_of(kind: str, content: Any) -> list[str]:
    """The lines of text that a block puts on the page."""
    if kind in ("ul", "ol"):
        return list(content)
    if kind == "table":
        return [" ".join(row) for row in content]
    return [content[1] if kind == "fig" else content]


def block(kind: str, content: Any, paragraph: str = "p", image: str = "src") -> str:
    """One block as HTML; `paragraph` is the tag around plain paragraphs, `image` the attribute that has the address."""
    if kind in ("ul", "ol"):
        return f"<{kind}>" + "".join(f"<li>{escape(item)}</li>" for item in content) + f"</{kind}>"
    if kind == "table":
        rows = ("".join(f"<td>{escape(cell)}</td>" for cell in row) for row in content)
        return "<table><tbody>" + "".join(f"<tr>{row}</tr>" for row in rows) + "</tbody></table>"
    if kind == "fig":
        source, caption = content
        return f'<figure><img {image}="{source}" alt=""><figcaption>{escape(caption)}</figcaption></figure>'
    tags = {"quote": ("blockquote", "p"), "pre": ("pre", "code"), "h2": ("h2", "")}.get(kind, (paragraph, ""))
    outer, inner = tags
    name = outer.partition(" ")[0]
    text = f"<{inner}>{escape(content)}</{inner}>" if inner else escape(content)
    return f"<{outer}>{text}</{name}>"


def body(text: Text, paragraph: str = "p", image: str = "src") -> str:
    return "\n".join(block(kind, content, paragraph, image) for kind, content in text.blocks)


def with_breaks(text: Text, indent: str = "", gap: str = "<br><br>\n") -> str:
    """Paragraphs apart by <br> alone, headings in bold: how pages were written before editors knew of <p>."""
    return gap.join(
        f"<b>{escape(line)}</b>" if kind == "h2" else indent + escape(line)
        for kind, content in text.blocks
        for line in lines_of(kind, content)
    )


def with_insertion(text: Text, insertion: str, paragraph: str = "p") -> str:
    """The body with something foreign in the middle of it."""
    parts = [block(kind, content, paragraph) for kind, content in text.blocks]
    parts.insert(len(parts) // 2, insertion)
    return "\n".join(parts)


def head(text: Text, charset: str, extra: str = "") -> str:
    label = {"big5hkscs": "big5", "gb18030": "gb2312"}.get(charset, charset)
    return (
        f'<head><meta charset="{label}"><title>{escape(text.title)} - Example</title>'
        f'<meta name="viewport" content="width=device-width"><link rel="stylesheet" href="/s.css">{extra}'
        f"<style>{STYLE}</style><script>{SCRIPT}</script></head>"
    )


def page(text: Text, charset: str, inside: str, extra_head: str = "", body_class: str = "") -> str:
    opening = f'<body class="{body_class}">' if body_class else "<body>"
    return f'<!DOCTYPE html>\n<html lang="{text.lang}">\n{head(text, charset, extra_head)}\n{opening}\n{inside}\n</body>\n</html>\n'


def nav(text: Text, tag: str = "nav", css: str = "nav") -> str:
    links = "".join(
        f'<li><a href="/c/{number}">{escape(item)}</a></li>' for number, item in enumerate(text.clutter["nav"])
    )
    return f'<{tag} class="{css}"><ul>{links}</ul></{tag}>'


def more(text: Text, rng: random.Random, css: str = "related", count: int = 6, label: int = 0, tag: str = "div") -> str:
    """A list of headlines of other articles."""
    heads = rng.sample(text.clutter["more"], min(count, len(text.clutter["more"])))
    links = "".join(f'<li><a href="/a/{rng.randrange(10**6)}.html">{escape(item)}</a></li>' for item in heads)
    return f'<{tag} class="{css}"><h3>{escape(text.label(label))}</h3><ul>{links}</ul></{tag}>'


def comments(text: Text, rng: random.Random, count: int = 4, css: str = "comments") -> str:
    """Comments of readers; there may be many more of them than of the article."""
    items = [rng.choice(text.clutter["comments"]) for _ in range(count)]
    inside = "".join(
        f'<div class="comment" id="c{number}"><b class="who">user{rng.randrange(9999)}</b>'
        f'<span class="when">2026-11-{number % 22 + 1:02} 09:{number % 60:02}</span><p>{escape(item)}</p></div>'
        for number, item in enumerate(items)
    )
    return f'<section class="{css}" id="{css}"><h3>{escape(text.label(2))}</h3>{inside}</section>'


def share(text: Text, css: str = "share") -> str:
    return (
        f'<div class="{css}">'
        + "".join(f'<a href="#s">{escape(item)}</a> ' for item in text.clutter["share"])
        + "</div>"
    )


def footer(text: Text, tag: str = "footer") -> str:
    return f'<{tag} class="foot">' + "".join(f"<p>{escape(item)}</p>" for item in text.clutter["footer"]) + f"</{tag}>"


def cookie(text: Text) -> str:
    first, *buttons = text.clutter["cookie"]
    press = "".join(f"<button>{escape(button)}</button>" for button in buttons)
    return f'<div id="cookie-consent" class="cookie-banner" role="dialog"><p>{escape(first)}</p>{press}</div>'


def byline(text: Text, css: str = "meta") -> str:
    return (
        f'<div class="{css}"><time datetime="2026-11-22T08:00:00+08:00">2026-11-22 08:00</time> '
        f"<span>{escape(text.label(5))}</span> <span>{escape(text.label(6) + text.author)}</span></div>"
    )
