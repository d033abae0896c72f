"""What a search is compared with: a scan of every text in Python, and texts that make it hard."""

import re

from hypothesis import strategies as st

from ingestd.text.search.characters import folded
from ingestd.text.search.han_variants import equal_letters
from ingestd.text.search.index_words import is_word_letter

#: Pieces of which texts and terms are made: scripts, widths, accents, symbols, and what has a meaning in SQL and FTS5.
PIECES = (
    *"疫情苗渡轮輪公司的〇々髮发",
    *("疫情", "渡轮公司", "カタカナ", "ｶﾀｶﾅ", "ひらがな", "한국어", "㐀", "𠀀𠀁", "ジョン・スミス"),
    *(
        "art show",
        "smart show",
        "art shows",
        "climate",
        "summit",
        "Climate Summit",
        "ART",
        "art",
        "party",
        "C++",
        "Москва",
        "МОСКВА",
        "Ärger",
        "a\u0308rger",
    ),
    *("ＣＯＶＩＤ", "covid", "COVID-19", "ＡＢＣａｂｃ", "１９", "19", "é", "e\u0301", "ß", "ς", "İ"),
    *(
        "😀",
        "🤔",
        "₿",
        "①",
        "，",
        "。",
        ",",
        ".",
        "'",
        '"',
        "*",
        "^",
        "-",
        "[",
        "]",
        "?",
        "%",
        "_",
        "\\",
        "(",
        ")",
        ":",
    ),
    *(" ", " ", "\n", "\u3000", "\u00a0", "AND", "OR", "NEAR", "疫\u0301情"),
)

texts = st.lists(st.sampled_from(PIECES), max_size=14).map("".join)


def contains(term: str, text: str) -> bool:
    """Whether a text contains a folded term: words whole, CJK letters anywhere, spaces and accents as they fold."""
    letters = "".join(f"[{re.escape(equal_letters(char))}]" for char in term)
    text = folded(text)
    for match in re.finditer(f"(?={letters})", text):
        start, end = match.start(), match.start() + len(term)
        cut_before = is_word_letter(term[0]) and start > 0 and is_word_letter(text[start - 1])
        cut_after = is_word_letter(term[-1]) and end < len(text) and is_word_letter(text[end])
        if not cut_before and not cut_after:
            return True
    return False
