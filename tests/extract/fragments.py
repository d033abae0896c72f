"""Fragments of HTML as feeds might hold them: well formed, nearly so, and hostile; the same from the same seed."""

from random import Random

_WORDS: tuple[str, ...] = (
    "word",
    "文字。",
    " ",
    "  ",
    "\n",
    "\t",
    "&nbsp;",
    "　",
    "\xa0",
    "a b",
    "&amp;",
    "&lt;b&gt;",
    "&#8217;",
    "&mdash;",
)
_WORDS += ("é", "，", '"', "'", ">", "&#12288;", "&ensp;", "😀", "\u2009", "\u2003", "x", "\u00ad")
_ODD_WORDS: tuple[str, ...] = (
    "Tom & Jerry",
    "&copy",
    "&#128;",
    "&#x4e2d;",
    "&#8203;",
    "\r\n",
    "\x85",
    "&lang;",
    "&amp;lt;",
    "1 < 2",
    "]]>",
    "\x00",
)
_ODD_WORDS += ("\u200b", "\u2028", "&zwj;", "&apos;", "&#65535;", "&#55296;", "\ufdd0", "&notanentity;", "\f", "&quot;")
_INLINE: tuple[str, ...] = (
    "b",
    "i",
    "em",
    "strong",
    "code",
    "span",
    "font",
    "u",
    "s",
    "sub",
    "q",
    "small",
    "time",
    "del",
    "a",
    "a",
    "a",
)
_ODD_INLINE = ("abbr", "label", "nobr", "strike", "ruby", "button", "svg", "p", "div", "textarea", "title", "math")
_BLOCKS: tuple[str, ...] = (
    "p",
    "p",
    "p",
    "p",
    "div",
    "h2",
    "blockquote",
    "ul",
    "ol",
    "figure",
    "figure",
    "section",
    "hr",
    "text",
    "inline",
)
_ODD_BLOCKS: tuple[str, ...] = (
    "li",
    "pre",
    "table",
    "dl",
    "main",
    "center",
    "aside",
    "address",
    "form",
    "figcaption",
    "script",
    "style",
)
_ODD_BLOCKS += ("noscript", "iframe", "video", "nav", "option", "xmp", "head", "body", "frameset", "template")
_ADDRESSES: tuple[str, ...] = (
    "http://x.org/a",
    "https://x.org/a?b=1&amp;c=2",
    "/rel",
    "rel/x.html",
    "#part",
    "http://127.0.0.1:80/x",
    "",
)
_ODD_ADDRESSES = (
    "https://x.org/?b=1&c=2",
    "javascript:alert(1)",
    " jav&#x09;ascript:alert(1)",
    "mailto:a@b.c",
    "http://x.org",
    "data:a/b,c",
    "http://256.1.1.1/",
    "http://1.2.3/",
    "http://08.1.1.1/",
    "http://xn--a/",
    "http://a..b/",
    "http://x.org/中",
    "http://x.org/a b",
    "http://u@x.org/",
    "http://x.org/%zz",
    "http://x.org/'q'",
    "http://x.org:99999/",
    "//y.org/z",
    "http://x-.org/",
    "http://x.org/[1]",
    "http://x.org/a|b",
    "ftp://x.org/a",
    "http://x_y.org/",
    "http://x.org/&lt;",
    "http://a.b.0x1/",
    "HTTP://X.ORG/A",
    "http://x.org/\\a",
    "http://x.org/a&quot;b",
    "http://x.org/a\nb",
    "http://x.1a/",
    "tel:+41-44",
    "magnet:?xt=urn:x",
    "https://example.org/a/b.html#a",
    "#a",
    "http://x.org/blank.gif",
    "http://stats.wordpress.com/b.gif",
)
_TITLES = ("", "alt", "a &amp; b", "&quot;q&quot;", "it's", "a  b", " x ", "&lt;b&gt;", "中\xa0文", "x&nbsp;y", "a\nb")
_ODD_ATTRIBUTES = (
    'class="x"',
    'style="color:red"',
    'style="display: none"',
    'style="Visibility:&#104;idden"',
    'onclick="x()"',
    'title="t"',
    'data-x="&amp;"',
    'hidden=""',
    'start="3"',
    'start="x"',
    'id="a"',
    "class='x'",
    "class=x",
    "hidden",
    'CLASS="x"',
    'href="http://z.org/"',
    'src="/q.png"',
    'role="presentation"',
    'class="a\nb"',
    'lang="ja"',
    'dir="rtl"',
    'dir="ltr"',
    'value="4"',
    'type="a"',
    'reversed=""',
)
_IMAGES = (
    'srcset="http://x.org/a.jpg 1x, /b.jpg 2x"',
    'data-src="/l.jpg"',
    'class="emoji"',
    'style="width:1px"',
    'style="display:none"',
    'loading="lazy"',
)
_PIECES: tuple[str, ...] = (
    "<p>",
    "</p>",
    "<div>",
    "</div>",
    "<b>",
    "</b>",
    "</a>",
    "<li>",
    "</li>",
    "<ul>",
    "</ul>",
    "<br>",
    "</br>",
    "<table>",
    "<p/>",
)
_PIECES += (
    "<b/>",
    "<",
    "</",
    "<!--",
    "-->",
    "<!",
    "&",
    "\x00",
    "<P>",
    "</em>",
    "<em>",
    "<td>",
    "<h2>",
    "</h2>",
    "<figure>",
    "</figure>",
)
_PIECES += (
    "<body>",
    "</body>",
    "</html>",
    "<plaintext>",
    "<a href=",
    '"',
    "</figcaption>",
    "</ol>",
    "<![CDATA[",
    "<?x",
    "</blockquote>",
)


def fragment(seed: int) -> str:
    """The fragment of a seed; one of four consists of constructs about which parsers disagree."""
    rng = Random(seed)
    maker = _Maker(rng, is_odd=seed % 4 == 0)
    return maker.damaged(maker.blocks(0))


class _Maker:
    def __init__(self, rng: Random, *, is_odd: bool) -> None:
        self.rng = rng
        self.words = _WORDS + _ODD_WORDS if is_odd else rng.sample(_WORDS, 8)
        self.inline_names = _INLINE + _ODD_INLINE if is_odd else _INLINE
        self.block_names = _BLOCKS + _ODD_BLOCKS if is_odd else _BLOCKS
        self.addresses = _ADDRESSES + _ODD_ADDRESSES if is_odd else _ADDRESSES
        self.damage = (0, 1, 2, 3) if is_odd else (0, 0, 0, 0, 1)

    def text(self) -> str:
        return "".join(self.rng.choices(self.words, k=self.rng.randint(0, 4)))

    def attributes(self, name: str) -> str:
        rng, found = self.rng, []
        if name == "a" and rng.random() < 0.9:
            found.append(f'href="{rng.choice(self.addresses)}"')
        if name == "img":
            found.append(f'src="{rng.choice(self.addresses)}"')
            found += [f'{key}="{rng.choice(_TITLES)}"' for key in ("alt", "title") if rng.random() < 0.5]
            found += [
                f'{key}="{rng.choice(("640", "1", "0", "2px"))}"' for key in ("width", "height") if rng.random() < 0.4
            ]
            found += [rng.choice(_IMAGES)] * (rng.random() < 0.2)
        if rng.random() < 0.1:
            found.append(rng.choice(_ODD_ATTRIBUTES))
        return "".join(rng.choice((" ", " ", "\n")) + one for one in found)

    def element(self, name: str, inside: str) -> str:
        return f"<{name}{self.attributes(name)}>{inside}</{name}>"

    def inline(self, depth: int = 0) -> str:
        return "".join(self.inline_part(depth) for _ in range(self.rng.randint(0, 3)))

    def inline_part(self, depth: int) -> str:
        kind = self.rng.random()
        if kind < 0.5 or depth > 4:
            return self.text()
        if kind < 0.62:
            return self.rng.choice(("<br>", "<br/>", "<br />"))
        if kind < 0.7:
            return f"<img{self.attributes('img')}{self.rng.choice(('>', '/>', ' />'))}"
        return self.element(self.rng.choice(self.inline_names), self.inline(depth + 1))

    def blocks(self, depth: int) -> str:
        if depth > 5:
            return self.inline()
        return self.rng.choice(("", "\n", " ")).join(self.block(depth) for _ in range(self.rng.randint(0, 3)))

    def block(self, depth: int) -> str:
        name = self.rng.choice(self.block_names)
        if name in ("text", "inline"):
            return self.text() if name == "text" else self.inline()
        if name == "hr":
            return "<hr/>"
        if name in ("p", "h2"):
            return self.element(name, self.inline())
        if name in ("ul", "ol"):
            items = (self.element("li", self.either(depth)) for _ in range(self.rng.randint(0, 3)))
            return self.element(name, self.rng.choice(("", "\n", "\n", "x")).join(items))
        caption = self.rng.choice(("", self.element("figcaption", self.inline()))) if name == "figure" else ""
        return self.element(name, self.either(depth) + caption + self.text() * (self.rng.random() < 0.3))

    def either(self, depth: int) -> str:
        return self.blocks(depth + 1) if self.rng.random() < 0.5 else self.inline()

    def damaged(self, html: str) -> str:
        rng = self.rng
        for _ in range(rng.choice(self.damage)):
            place, how = rng.randrange(len(html) + 1), rng.random()
            end = min(len(html), place + rng.randint(1, 6))
            tag = html.find("<", place)
            if how < 0.4:
                html = html[:place] + rng.choice(_PIECES) + html[place:]
            elif how < 0.6:
                html = html[:place] + html[end:]
            elif how < 0.8 and tag >= 0:
                html = html[:tag] + html[html.find(">", tag) + 1 :]
            else:
                html = html[:end] + html[place:end] + html[end:]
        return html
