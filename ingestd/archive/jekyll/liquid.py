"""Liquid in HTML, escaped so that Jekyll shows it and does not run it. Linear in the length of the text."""

import re

# Liquid starts an output with `{{` and a tag with `{%`; as an entity the first brace starts nothing and shows the same.
_LIQUID = re.compile(r"\{(?=[{%])")
# Taken with what follows, so that a long run that starts nothing is looked at once.
_ESCAPED_LIQUID = re.compile(r"((?:&#123;)+)([{%]?)")


def has_liquid(text: str) -> bool:
    """Whether Jekyll would run something in this text."""
    return "{{" in text or "{%" in text


def escape_liquid(text: str) -> str:
    """The same HTML with nothing in it that Jekyll would run."""
    return _LIQUID.sub("&#123;", text) if has_liquid(text) else text


def unescape_liquid(text: str) -> str:
    """The text that `escape_liquid` was given, where this is a text that it returns; any other text as it is."""
    if "&#123;" not in text:
        return text
    plain = _ESCAPED_LIQUID.sub(lambda run: "{" * (len(run[1]) // 6) + run[2] if run[2] else run[0], text)
    return plain if escape_liquid(plain) == text else text
