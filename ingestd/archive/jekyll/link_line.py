"""The link line of a file, `[TITLE](URL)`: Markdown that is one link for any title and any URL.

What CommonMark 0.31 or kramdown read as markup is written as a character reference, which both show as the character
itself (CommonMark, 2.5: a reference never stands for a delimiter). Typography (quotes, dashes) is left to them.
"""

import re

_LINE_BREAKS = re.compile("[\x00-\x1f\x7f\x85\u2028\u2029]+")
_REFERENCE_START = r"&(?=#?[\w:][\w:.\-]*;)"
_LIQUID_OR_KRAMDOWN = r"\{(?=[{%:])"
#: Emphasis, code, links, images, HTML, escapes; of kramdown tables, mathematics, footnotes, struck text, attributes.
_TEXT_MARKUP = re.compile(rf"{_REFERENCE_START}|{_LIQUID_OR_KRAMDOWN}|[\\`*_\[\]|<]|\$(?=\$)|~(?=~)|\A\^")
_URL_MARKUP = re.compile(rf"{_REFERENCE_START}|{_LIQUID_OR_KRAMDOWN}|[\\|<>\s\x00-\x20\x7f]")
_PARENTHESES = re.compile(r"[()]")
#: Parentheses in a URL may be nested so deep where they are balanced (CommonMark, 6.3: at least three levels).
_MAX_NESTED_PARENTHESES = 3
_REFERENCES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_REFERENCE = re.compile(r"&(?:amp|lt|gt|#\d+);")
_CHARACTERS = {reference: character for character, reference in _REFERENCES.items()}


def link_line(title: str, url: str) -> str:
    """The line for a post's title and URL."""
    return f"[{link_text(title)}]({link_destination(url)})"


def link_text(title: str) -> str:
    """A title as text of the link line: stripped, on one line, with what would be read as markup escaped."""
    return _TEXT_MARKUP.sub(_reference, _LINE_BREAKS.sub(" ", title).strip())


def link_destination(url: str) -> str:
    """A URL as destination of the link line. Balanced parentheses stay as they are."""
    text = _URL_MARKUP.sub(_reference, url)
    return text if _has_balanced_parentheses(text) else _PARENTHESES.sub(_reference, text)


def unescape_link_text(text: str) -> str:
    """The title that `link_text` was given, where this is a text that it returns; any other text as it is."""
    if "&" not in text:
        return text
    plain = _REFERENCE.sub(_character, text)
    return plain if link_text(plain) == text else text


def _reference(found: re.Match[str]) -> str:
    return _REFERENCES.get(found[0]) or f"&#{ord(found[0])};"


def _character(found: re.Match[str]) -> str:
    known = _CHARACTERS.get(found[0])
    return known if known is not None else _numbered_character(found[0])


def _numbered_character(reference: str) -> str:
    digits = reference[2:-1]
    return chr(int(digits)) if len(digits) < 4 else reference


def _has_balanced_parentheses(text: str) -> bool:
    depth = 0
    for parenthesis in _PARENTHESES.findall(text):
        depth += 1 if parenthesis == "(" else -1
        if not 0 <= depth <= _MAX_NESTED_PARENTHESES:
            return False
    return depth == 0
