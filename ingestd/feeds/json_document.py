"""JSON text → the document of a JSON Feed, also where the text breaks off: then its complete values are kept."""

import json
import re
from typing import Any

from ingestd.model.errors import Outcome, PermanentError, TemporaryError

BROKEN_OFF_EARLY = "the feed breaks off before its first entry"
_DECODER = json.JSONDecoder(strict=False)
_SPACE = re.compile(r"[ \t\r\n]*")
# The beginning of a value that the decoder takes for an error of its own, or nothing: at the end of a text.
_PARTIAL_VALUE = re.compile(r"(?:\\?u?[0-9a-fA-F]{0,4}|-|\.|[eE][+-]?|t(?:ru?)?|f(?:a|al|als)?|nu?l?)?\s*\Z")


def load_document(text: str) -> tuple[Any, bool]:
    """The document, and whether the text breaks off. Of one that does, the members and `items` that are complete.

    Raises PermanentError (FEED_BROKEN) for invalid or too deeply nested JSON, TemporaryError (FEED_TRUNCATED) where the
    text breaks off before its first item is complete.
    """
    try:
        return json.loads(text, strict=False), False
    except RecursionError:
        raise PermanentError(Outcome.FEED_BROKEN, "the JSON is nested too deeply") from None
    except ValueError as error:
        if not isinstance(error, json.JSONDecodeError) or not _breaks_off(error):
            raise PermanentError(Outcome.FEED_BROKEN, f"the JSON cannot be read: {str(error)[:200]}") from error
    document = _complete_members(text)
    if not document.get("items"):
        raise TemporaryError(Outcome.FEED_TRUNCATED, BROKEN_OFF_EARLY)
    return document, True


def _breaks_off(error: json.JSONDecodeError) -> bool:
    """Whether the error is that the text ends, within a string or where more is expected."""
    return error.msg.startswith("Unterminated string") or bool(_PARTIAL_VALUE.match(error.doc, error.pos))


def _complete_members(text: str) -> dict[str, Any]:
    """The members of the object that `text` begins with, up to the first that is not complete; of `items` a part."""
    document: dict[str, Any] = {}
    position = _skip_space(text, 0)
    try:
        while text[position : position + 1] in ("{", ","):
            key, position = _value(text, position + 1)
            position = _skip_space(text, position) + 1  # the colon
            if key == "items" and text.startswith("[", _skip_space(text, position)):
                items: list[Any] = []
                document["items"] = items
                position = _read_items(text, _skip_space(text, position), items)
            else:
                document[str(key)], position = _value(text, position)
            position = _skip_space(text, position)
    except (ValueError, RecursionError):
        pass  # this member is not complete
    return document


def _read_items(text: str, position: int, items: list[Any]) -> int:
    """Append the values of the list at `position`; the offset behind it. Raises ValueError where it has no end."""
    while True:
        position = _skip_space(text, position + 1)
        if text.startswith("]", position):
            return position + 1
        item, position = _value(text, position)
        position = _skip_space(text, position)
        if not text.startswith((",", "]"), position):
            raise ValueError("the list has no end")
        items.append(item)
        if text.startswith("]", position):
            return position + 1


def _value(text: str, position: int) -> tuple[Any, int]:
    return _DECODER.raw_decode(text, _skip_space(text, position))


def _skip_space(text: str, position: int) -> int:
    found = _SPACE.match(text, position)
    return found.end() if found else position


def text_value(object_: dict[str, Any], key: str) -> str:
    """A value as text: numbers as their digits, other types as "". Lone surrogates and NUL are dropped."""
    value = object_.get(key)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    text = value if isinstance(value, str) else str(value)
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "ignore").replace("\x00", "")
