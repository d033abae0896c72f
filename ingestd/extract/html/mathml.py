"""MathML (MathML Core; MathML 3, chapter 3) without a TeX annotation → TeX on one line. Pure, bounded in depth."""

import re
from collections.abc import Callable

from lxml import etree

from ingestd.extract.html.tree import Element, raw_text

#: Deeper elements become their text.
_MAX_DEPTH = 60
_MAX_WORD_CHARS = 20
#: Operators that are not shown: function application, invisible times, separator, plus.
_INVISIBLE_OPERATORS = re.compile("[\u2061-\u2064\u200b]")
_WORD_END, _WORD_START = re.compile(r"(?:[^\W\d_]{2}|\\[a-z]+)$"), re.compile(r"[^\W_]")
_ONE_TOKEN = re.compile(r"\d+|.|\([^()]*\)|\\(?:sqrt|frac|hat|bar|vec|tilde|dot|ddot)(?:\{[^{}]*\})+")
_TOKEN_TAGS = frozenset(("mi", "mn", "mo", "ms", "mtext"))
_ACCENTS = {
    "^": "hat", "ˆ": "hat", "\u0302": "hat", "¯": "bar", "‾": "bar", "_": "bar", "\u0304": "bar", "→": "vec", "⃗": "vec",
    "~": "tilde", "˜": "tilde", "∼": "tilde", "\u0303": "tilde", "˙": "dot", ".": "dot", "¨": "ddot",
}  # fmt: skip


def tex_of_mathml(math: Element) -> str:
    """The TeX of a `<math>` element: `e^{kt}`, `\\frac{1}{2}`. Symbols stay characters."""
    return " ".join(_row(math, 0).split())


def local_name(element: Element) -> str:
    """The name of an element without the prefix of its namespace (`mml:math`)."""
    return str(element.tag).rpartition(":")[2]


def _tex(element: Element, depth: int) -> str:
    if depth > _MAX_DEPTH:
        return raw_text(element)
    write = _WRITERS.get(local_name(element))
    return write(element, depth + 1) if write else _row(element, depth + 1)


def _parts(element: Element) -> list[Element]:
    return list(element.iterchildren(etree.Element))


def _row(element: Element, depth: int) -> str:
    """The children one after the other; a space only where two words would become one."""
    children = _parts(element)
    if not children:
        return element.text or ""
    pieces = [""]
    for child in children:
        piece = _tex(child, depth)
        if piece:
            pieces += [" "] if _WORD_START.match(piece) and _WORD_END.search(pieces[-1][-_MAX_WORD_CHARS:]) else []
            pieces.append(piece)
    return "".join(pieces)


def _token(element: Element, _depth: int) -> str:
    return _INVISIBLE_OPERATORS.sub("", " ".join(raw_text(element).split()))


def _first(element: Element, depth: int) -> str:
    children = _parts(element)
    return _tex(children[0], depth) if children else element.text or ""


def _nothing(_element: Element, _depth: int) -> str:
    return ""


def _arguments(element: Element, depth: int, count: int) -> list[str]:
    """The children as TeX, empty ones where fewer than `count` are there."""
    found = [_tex(child, depth).strip() for child in _parts(element)]
    return [*found, *[""] * (count - len(found))]


def _braced(text: str) -> str:
    return text if len(text) == 1 else f"{{{text}}}"


def _scripts(below: str, above: str) -> str:
    return (f"_{_braced(below)}" if below else "") + (f"^{_braced(above)}" if above else "")


def _base(element: Element, text: str) -> str:
    """The TeX of the first child of `element`, in braces where a script behind it would belong to its end alone."""
    first = next(element.iterchildren(etree.Element), None)
    is_token = first is not None and local_name(first) in _TOKEN_TAGS
    return text if not text or is_token or _ONE_TOKEN.fullmatch(text) else f"{{{text}}}"


def _sup(element: Element, depth: int) -> str:
    base, above, *_ = _arguments(element, depth, 2)
    return _base(element, base) + _scripts("", above)


def _sub(element: Element, depth: int) -> str:
    base, below, *_ = _arguments(element, depth, 2)
    return _base(element, base) + _scripts(below, "")


def _subsup(element: Element, depth: int) -> str:
    base, below, above, *_ = _arguments(element, depth, 3)
    return _base(element, base) + _scripts(below, above)


def _over(element: Element, depth: int) -> str:
    base, above, *_ = _arguments(element, depth, 2)
    return f"\\{_ACCENTS[above]}{{{base}}}" if above in _ACCENTS else _base(element, base) + _scripts("", above)


def _multiscripts(element: Element, depth: int) -> str:
    """A base with pairs of scripts behind it, and behind `<mprescripts>` those before it."""
    children = _parts(element)
    if not children:
        return ""
    texts = [None if local_name(child) == "mprescripts" else _tex(child, depth).strip() for child in children]
    middle = texts.index(None) if None in texts else len(texts)
    behind, before = _pairs(texts[1:middle]), _pairs(texts[middle + 1 :])
    return (f"{{}}{before}" if before else "") + _base(element, texts[0] or "") + behind


def _pairs(texts: list[str | None]) -> str:
    scripts = [text or "" for text in texts]
    return "".join(_scripts(*pair) for pair in zip(scripts[::2], [*scripts[1::2], ""], strict=False))


def _fraction(element: Element, depth: int) -> str:
    above, below, *_ = _arguments(element, depth, 2)
    name = "binom" if (element.get("linethickness") or "").strip().rstrip("ptexm%") == "0" else "frac"
    return f"\\{name}{{{above}}}{{{below}}}"


def _square_root(element: Element, depth: int) -> str:
    return f"\\sqrt{{{_row(element, depth).strip()}}}"


def _root(element: Element, depth: int) -> str:
    base, index, *_ = _arguments(element, depth, 2)
    return f"\\sqrt[{index}]{{{base}}}"


def _fenced(element: Element, depth: int) -> str:
    separator = (element.get("separators") or ",").strip()[:1]
    inside = separator.join(_tex(child, depth).strip() for child in _parts(element))
    return f"{element.get('open', '(')}{inside}{element.get('close', ')')}"


def _table(element: Element, depth: int) -> str:
    rows = ["&".join(_tex(cell, depth).strip() for cell in _parts(row)) for row in _parts(element)]
    return "\\begin{matrix}" + "\\\\".join(rows) + "\\end{matrix}"


def _space(_element: Element, _depth: int) -> str:
    return " "


_WRITERS: dict[str, Callable[[Element, int], str]] = {
    **dict.fromkeys(_TOKEN_TAGS, _token),
    **dict.fromkeys(("semantics", "maction"), _first),
    **dict.fromkeys(("annotation", "annotation-xml", "none", "mphantom"), _nothing),
    "mspace": _space,
    "msup": _sup,
    "msub": _sub,
    "msubsup": _subsup,
    "munder": _sub,
    "mover": _over,
    "munderover": _subsup,
    "mmultiscripts": _multiscripts,
    "mfrac": _fraction,
    "msqrt": _square_root,
    "mroot": _root,
    "mfenced": _fenced,
    "mtable": _table,
}
