"""Raised text in plain text: powers as `10^6`, footnote marks as `word[1]`, ruby as `漢字(かんじ)`.

Whoever reads markup writes the marks of this module where these elements begin and end; `resolve_marks` decides what
each becomes. The marks are control characters, which plain text does not hold.
"""

import re

SUP_START, SUP_END, LINK_START = "\x01", "\x02", "\x03"
RUBY_TEXT_START, RUBY_TEXT_END, RUBY_FALLBACK_START, RUBY_FALLBACK_END = "\x04", "\x05", "\x06", "\x07"
#: The mark for a start tag or an end tag ("/sup"), by name.
MARKS = {
    "sup": SUP_START,
    "/sup": SUP_END,
    "a": LINK_START,
    "rt": RUBY_TEXT_START,
    "/rt": RUBY_TEXT_END,
    "rp": RUBY_FALLBACK_START,
    "/rp": RUBY_FALLBACK_END,
    "ruby": RUBY_TEXT_END,
    "/ruby": RUBY_TEXT_END,
    "rb": RUBY_TEXT_END,
}
#: How much of the text before raised text is looked at, and how much raised text may be a mark or a power.
_MAX_BASE_CHARS, _MAX_RAISED_CHARS = 60, 40
_MARK = re.compile("[\x01-\x07]")
_RUBY_FALLBACK = re.compile("\x06[^\x04-\x07\n]{0,20}")
_RUBY_TEXT = re.compile("\x04([^\x04-\x07\n]{1,200})")
_RAISED = re.compile(
    f"([^\x01\x02\n]{{0,{_MAX_BASE_CHARS}}})\x01([^\x01\x02\n]{{1,{_MAX_RAISED_CHARS}}})\x02(?=([^\n]?))"
)
_NUMBER = re.compile(r"[+\-−–]?\d{1,4}(?:[./]\d{1,3})?")
_SIGNED = re.compile(r"[+\-−–]")
#: Marks of several notes: "1,2", "3-5", "1 2".
_NOTE_NUMBERS = re.compile(r"\d{1,3}(?:\s*[,，、;–\-]\s*\d{1,3}|\s+\d{1,3})*")
_BRACKETED = re.compile(r"[\[(（〔【].*[\])）〕】]")
_UNIT_BASE = re.compile(
    r"(?<![A-Za-z])(?:[kcdmnµμh]?m|ft|yd|mi|k?g|m?s|min|sec|hr?|ha|k?Hz|mol|[KkCJWVAN]|Pa|cd|sr|rad)$"
    r"|\d\s?in$|(?:公里|千米|厘米|毫米|米)$"
)
#: A variable: a single letter, or some letters behind an operator ("= mc") or behind a Greek letter ("πr").
_LETTER_BASE = re.compile(
    r"(?<![A-Za-z\u00c0-\u024fα-ωΑ-Ω])[A-Za-zα-ωΑ-Ω]$|[=+−*·×]\s*[A-Za-z]{2}$|(?<![A-Za-zα-ωΑ-Ω])[α-ωΑ-Ω][A-Za-z]$"
)
_TEN_BASE = re.compile(r"(?<![\d.,])10$")
_TWO_BASE = re.compile(r"(?<![\d.,])2$")
_EXPONENTS_OF_TWO = re.compile(r"8|10|16|20|24|31|32|63|64|128|256|512")
_NUMBER_BASE = re.compile(r"(?<![\d.,])\d{1,3}$")
#: A term in brackets: letters stand alone or are functions; words are none.
_TERM_BASE = re.compile(r"\((?:[\d\s+\-−*/·×.,^=πθ]|(?<![A-Za-z])(?:[A-Za-z]|sin|cos|tan|log|ln)(?![A-Za-z]))+\)$")
_YEAR_BASE = re.compile(r"\((?:1[5-9]|20)\d\d\)$")
_WORD_BASE = re.compile(r"[a-z]{3}$")
_CHARGE = re.compile(r"\d{0,2}[+\-−–]")
_VARIABLE = re.compile(r"[nmkxyijtpNM]")
_TERM = re.compile(
    r"[+\-−–]?(?:\d{1,3}[a-z]|[a-z]\d?|[a-z]{2}|π|θ|iπ)(?:\s*[+\-−–·/]\s*(?:\d{1,3}|[a-z]))*|\d{1,3}\s*[+\-−–]\s*[a-z]"
)
#: Raised endings of words and of ordinals in several languages; a single letter may be their base ("M<sup>me</sup>").
_ENDING = re.compile(
    "st|nd|rd|th|er|re|es?|mes?|mme|lles?|eres?|ers|eme|ieme|d|d?[eo]|os|as?|r|gr|tm|sm|mo", re.IGNORECASE
)


def resolve_marks(text: str) -> str:
    """`text` with the marks of this module, as plain text without them. Time linear in its length."""
    if RUBY_TEXT_START in text:
        text = _RUBY_TEXT.sub(_ruby, _RUBY_FALLBACK.sub("", text))
    if SUP_START in text:
        text = _RAISED.sub(_raised, text)
    return _MARK.sub("", text)


def _ruby(found: re.Match[str]) -> str:
    inside = found[1].strip()
    return f"({inside})" if inside else ""


def _raised(found: re.Match[str]) -> str:
    before, inside, following = found[1], found[2], found[3]
    base, content = _MARK.sub("", before), _MARK.sub("", inside).strip()
    is_link = LINK_START in inside or before.endswith(LINK_START)
    if not content or _BRACKETED.fullmatch(content):
        return before + content
    if is_link:
        return f"{before}[{content}]" if len(content) <= 4 or _NOTE_NUMBERS.fullmatch(content) else before + content
    if _is_power(base, content):
        return f"{before}^{content}" if len(content) == 1 or _NUMBER.fullmatch(content) else f"{before}^({content})"
    if _CHARGE.fullmatch(content) and base[-1:].isalpha():
        return f"{before}^{content}"
    is_isotope = not base[-1:].strip() and following.isalpha()
    is_letter_note = len(content) == 1 and content.islower() and _WORD_BASE.search(base)
    is_note = is_letter_note or (_NOTE_NUMBERS.fullmatch(content) and not is_isotope)
    return f"{before}[{content}]" if is_note else before + content


def _is_power(base: str, content: str) -> bool:
    """Whether raised text without a link is the exponent of what stands before it."""
    if _NUMBER.fullmatch(content):
        if _TEN_BASE.search(base) or _is_signed_power(base, content):
            return True
        if _LETTER_BASE.search(base) and content != "1":
            return True
        if _TWO_BASE.search(base):
            return bool(_EXPONENTS_OF_TWO.fullmatch(content))
        if _UNIT_BASE.search(base):
            return content in ("2", "3", "4")
        return bool(_TERM_BASE.search(base)) and not _YEAR_BASE.search(base)
    if _VARIABLE.fullmatch(content):
        return bool(_NUMBER_BASE.search(base) or _LETTER_BASE.search(base) or _TERM_BASE.search(base))
    if _ENDING.fullmatch(content) or not _TERM.fullmatch(content):
        return False
    return bool(_NUMBER_BASE.search(base) or _LETTER_BASE.search(base) or _TERM_BASE.search(base))


def _is_signed_power(base: str, content: str) -> bool:
    return len(content) > 1 and bool(_SIGNED.match(content)) and (base[-1:].isalnum() or base.endswith(")"))
