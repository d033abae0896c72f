"""Attributes that change what is read: language and direction, numbers of lists, the language of code. Pure.

Both cleaners, of trees (`serialise`) and of simple markup (`safe_subset`), decide with these functions.
"""

import re
from collections.abc import Mapping

from ingestd.extract.html.tree import word_set

_NUMBER = re.compile(r"-?\d{1,6}")
_LIST_TYPES = frozenset("aAiI")
_LANGUAGE = re.compile(r"[a-zA-Z]{2,3}(?:-[a-zA-Z0-9]{1,8}){0,3}")
_CODE_LANGUAGE = re.compile(
    r"(?:^|\s)(?:lang(?:uage)?-|highlight-(?:source-|text-)?|brush:\s*|sourceCode\s+)([a-zA-Z][\w+#.\-]{0,29})"
)
#: What follows `highlight-` in the names of classes that name no language.
_NO_LANGUAGES = word_set("wrap wrapper container block none default plain plaintext text nohighlight box code")
_CODE_ATTRIBUTES = ("data-lang", "data-language", "data-code-language", "data-enlighter-language", "lang")
#: Schemes of links that are no web addresses and yet tell readers where to go.
_STATED_SCHEMES = re.compile(r"\s*(?:tel|sms|magnet|ed2k|ftp|xmpp|irc|bitcoin):\S", re.IGNORECASE)
_MAX_TARGET_CHARS = 1000
_MERGED = re.compile(r' (id|lang|dir)="([^"<>]*)"')
_OPENING_TAG = re.compile(r"<(?!hr|img|br)([a-z][a-z0-9]*)([^<>]*)>")


def list_attributes(attributes: Mapping[str, str]) -> str:
    """The attributes of an `<ol>` as markup: its start where it is not one, its type, its order."""
    start, kind, is_reversed = attributes.get("start"), attributes.get("type"), "reversed" in attributes
    written = f' start="{int(start)}"' if start and _NUMBER.fullmatch(start) and (is_reversed or start != "1") else ""
    written += f' type="{kind}"' if kind in _LIST_TYPES else ""
    return written + (' reversed=""' if is_reversed else "")


def item_attributes(attributes: Mapping[str, str]) -> str:
    """The number of an `<li>` as markup, where it states one."""
    value = attributes.get("value")
    return f' value="{int(value)}"' if value and _NUMBER.fullmatch(value) else ""


def language_of(attributes: Mapping[str, str]) -> str | None:
    """The language tag (BCP 47) of an element; None where it has none that is well formed."""
    value = (attributes.get("lang") or attributes.get("xml:lang") or "").strip()
    return value if _LANGUAGE.fullmatch(value) else None


def direction_of(attributes: Mapping[str, str]) -> str | None:
    """The direction of an element's text: ltr, rtl or auto."""
    value = (attributes.get("dir") or "").strip().lower()
    return value if value in ("ltr", "rtl", "auto") else None


def changes_reading(attributes: Mapping[str, str]) -> bool:
    """Whether an element states a language or a direction; left to right is that of an article without any."""
    return language_of(attributes) is not None or direction_of(attributes) in ("rtl", "auto")


def code_language(attributes: Mapping[str, str]) -> str | None:
    """The language of code by the attributes of its element, in lower case."""
    names = attributes.get("class")
    found = [match.lower() for match in _CODE_LANGUAGE.findall(names)] if names else []
    found += [attributes[name].strip().lower() for name in _CODE_ATTRIBUTES if attributes.get(name)]
    return next((name for name in found if name not in _NO_LANGUAGES and re.fullmatch(r"[\w+#.\-]{1,30}", name)), None)


def stated_target(href: str | None, text: str = "") -> str:
    """The target of a link such as tel: or magnet:, which is written behind its text; "" where the text has it."""
    if not href or not _STATED_SCHEMES.match(href):
        return ""
    target = "".join(href.split())[:_MAX_TARGET_CHARS]
    digits = re.sub(r"\D", "", target.partition(":")[2])
    is_shown = target.partition(":")[2] in text or (
        target.lower().startswith("tel:") and bool(digits) and digits[-6:] in re.sub(r"\D", "", text)
    )
    return "" if is_shown else target


def with_attributes(blocks: list[str], attributes: str) -> list[str]:
    """Blocks of markup with the attributes of the container around them, where they have none of their own.

    Each gets language and direction, the first one the id. The order of attributes is always the same.
    """
    added = dict(_MERGED.findall(attributes))
    out = []
    for block in blocks:
        tag = _OPENING_TAG.match(block)
        if tag is None:
            out.append(block)
            continue
        own = {**added, **dict(_MERGED.findall(tag[2]))}
        added.pop("id", None)
        out.append(f"<{tag[1]}{_MERGED.sub('', tag[2])}{merged(own)}>{block[tag.end() :]}")
    return out


def merged(values: Mapping[str, str | None]) -> str:
    """The attributes id, lang and dir as markup, in this order."""
    return "".join(f' {name}="{values[name]}"' for name in ("id", "lang", "dir") if values.get(name))
