"""HTML as the archive format needs it: a body on one line, and Liquid that is shown and not run.

Everything here is linear in the length of its input, whatever the input is.
"""

import re

# Whitespace of HTML (not the no-break or the ideographic space, which are text).
_SPACES = re.compile(r"[ \t\r\n\f]+")
_NEWLINE = re.compile(r"\r\n|\r|\n")
_KEEPS_SPACES = re.compile(r"<(pre|textarea|script|style)\b", re.IGNORECASE)
_BLOCK = (
    "address|article|aside|blockquote|body|br|center|dd|details|div|dl|dt|fieldset|figcaption|figure|footer|form|h[1-6]"
    "|head|header|hr|html|li|main|nav|ol|option|p|pre|section|summary|table|tbody|td|tfoot|th|thead|tr|ul"
)
_AROUND_BLOCK = re.compile(rf" ?(</?(?:{_BLOCK})(?:[ /][^<>]*)?>) ?", re.IGNORECASE)

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


def one_line(markup: str) -> str:
    """HTML on one line that shows as before.

    In `<pre>` a newline becomes `&#10;`. Elsewhere whitespace with a newline in it becomes one space; next to the tag
    of a block that space would show nothing, and is dropped.
    """
    if "\n" not in markup and "\r" not in markup:
        return markup
    parts: list[str] = []
    at = 0
    while match := _KEEPS_SPACES.search(markup, at):
        parts.append(_flow(markup[at : match.start()]))
        end = _end_of(markup, match)
        kept = markup[match.start() : end]
        parts.append(_NEWLINE.sub("&#10;" if match[1].lower() in {"pre", "textarea"} else " ", kept))
        at = end
    parts.append(_flow(markup[at:]))
    return "".join(parts).strip(" ")


def _end_of(markup: str, opening: re.Match[str]) -> int:
    """The position behind the element that starts at `opening`: the end of the text if it never ends."""
    closing = re.compile(rf"</{opening[1]}[^<>]*>", re.IGNORECASE).search(markup, opening.end())
    return closing.end() if closing else len(markup)


def _flow(markup: str) -> str:
    single = _SPACES.sub(lambda match: " " if "\n" in match[0] or "\r" in match[0] else match[0], markup)
    return _AROUND_BLOCK.sub(r"\1", single) if single != markup else single
