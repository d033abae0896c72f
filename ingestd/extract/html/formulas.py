"""Formulas of a tree (MathML, KaTeX, MathJax) → their TeX as text: in feeds as on pages. Changes the tree in place."""

import re

from lxml import etree

from ingestd.extract.html.mathml import local_name, tex_of_mathml
from ingestd.extract.html.tree import Element, class_and_id, raw_text, settable_text

_MATH_TAGS = ("math", "mml:math", "m:math")
#: Elements that hold a formula and what it looks like, by tag or class: the formula replaces the whole of it.
_RENDERED_CLASS = re.compile(r"(?:^|\s)(?:katex|MathJax(?:_SVG|_CHTML|_Display)?|mjx-chtml|temml)(?:$|\s)")
#: What MathJax shows before a `<script>` with the source of the formula.
_MATHJAX_SHOWN = re.compile(r"(?:^|\s)(?:MathJax(?:_\w+)?|mjx-chtml)(?:$|\s)")
_MAX_LEVELS_ABOVE = 8


def formulas_to_tex(root: Element) -> None:
    """Replace each formula below `root` by its TeX. One that an image shows too is removed."""
    formulas = [math for math in root.iter(*_MATH_TAGS) if next(math.iterancestors(*_MATH_TAGS), None) is None]
    pictured = {image.get("alt") for image in root.iter("img")} if formulas else set()
    for math in formulas:
        tex = _annotated_tex(math) or tex_of_mathml(math)
        _become_text(_rendered_element(math), "" if tex in pictured and _is_pictured(math, tex) else tex)
    scripts_to_tex(root)


def scripts_to_tex(root: Element) -> None:
    """Replace the sources of MathJax 2 (`<script type="math/tex">`), and what is shown of them, by the TeX."""
    for script in list(root.iter("script")):
        if (script.get("type") or "").lower().startswith("math/tex"):
            _remove_shown_formula(script)
            _become_text(script, script.text or "")


def _become_text(element: Element, text: str) -> None:
    """Make an element a `<span>` of text. Formulas side by side take linear time in this way."""
    element[:] = []
    element.attrib.clear()
    element.tag, element.text = "span", settable_text(" ".join(text.split()))


def _is_pictured(math: Element, tex: str) -> bool:
    around = next(math.iterancestors("p", "li", "td", "div", "dd"), math)
    return any(image.get("alt") == tex for image in around.iter("img"))


def _annotated_tex(math: Element) -> str:
    """The TeX that the author wrote: `alttext`, or an annotation."""
    annotations = (part for part in math.iter(etree.Element) if local_name(part) == "annotation")
    sources = (raw_text(part) for part in annotations if "tex" in (part.get("encoding") or "").lower())
    return " ".join((math.get("alttext") or next(sources, "")).split())


def _rendered_element(math: Element) -> Element:
    """The element that is the whole formula for readers: the outermost of KaTeX or MathJax, else `math` itself."""
    found = math
    for _level, above in zip(range(_MAX_LEVELS_ABOVE), math.iterancestors(), strict=False):
        if above.tag == "mjx-container" or (above.tag == "span" and _RENDERED_CLASS.search(class_and_id(above))):
            found = above
    return found


def _remove_shown_formula(script: Element) -> None:
    shown = script.getprevious()
    while shown is not None and not (shown.tail or "").strip() and _MATHJAX_SHOWN.search(shown.get("class") or ""):
        before = shown.getprevious()
        _become_text(shown, "")
        shown = before
