"""HTML on one line: the archive format holds the body of an article in one."""

import re

# White space of HTML (not the no-break space or the ideographic one, which are text).
_SPACES = re.compile(r"[ \t\r\n\f]+")
_NEWLINE = re.compile(r"\r\n|\r|\n")
_KEEPS_SPACES = re.compile(r"<(pre|textarea|script|style)\b", re.IGNORECASE)
_BLOCK = (
    "address|article|aside|blockquote|body|br|center|dd|details|div|dl|dt|fieldset|figcaption|figure|footer|form|h[1-6]"
    "|head|header|hr|html|li|main|nav|ol|option|p|pre|section|summary|table|tbody|td|tfoot|th|thead|tr|ul"
)
_AROUND_BLOCK = re.compile(rf" ?(</?(?:{_BLOCK})(?:[ /][^<>]*)?>) ?", re.IGNORECASE)


def one_line(markup: str, *, tight: bool = False) -> str:
    """HTML on one line that shows the same; text without line breaks is returned as it is.

    In `<pre>` and `<textarea>` a newline becomes `&#10;`. Elsewhere white space with a newline in it becomes one space;
    `tight` drops that space beside the tag of a block, where it shows nothing. Linear in the length of `markup`.
    """
    if "\n" not in markup and "\r" not in markup:
        return markup
    parts: list[str] = []
    at = 0
    while match := _KEEPS_SPACES.search(markup, at):
        parts.append(_flow(markup[at : match.start()], tight))
        end = _end_of_element(markup, match)
        kept = markup[match.start() : end]
        parts.append(_NEWLINE.sub("&#10;" if match[1].lower() in {"pre", "textarea"} else " ", kept))
        at = end
    parts.append(_flow(markup[at:], tight))
    return "".join(parts).strip(" ")


def _end_of_element(markup: str, opening: re.Match[str]) -> int:
    """The position behind the element that starts at `opening`: the end of the text if it never ends."""
    closing = re.compile(rf"</{opening[1]}[^<>]*>", re.IGNORECASE).search(markup, opening.end())
    return closing.end() if closing else len(markup)


def _flow(markup: str, tight: bool) -> str:
    single = _SPACES.sub(lambda match: " " if "\n" in match[0] or "\r" in match[0] else match[0], markup)
    return _AROUND_BLOCK.sub(r"\1", single) if tight and single != markup else single
