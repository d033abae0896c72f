"""The charset of bytes from the statistics of the text that they give: for bytes without a label, or with a wrong one.

Every function looks at a bounded sample. A wrong multi-byte charset gives valid but rare characters, a wrong
single-byte one letters of low frequency.
"""

import re

from ingestd.text.charset.extra_characters import ENCODING_STANDARD

_SINGLE_BYTE = re.compile(r"cp125\d|cp8\d\d|iso8859|koi8|mac|latin|windows")
_ASCII = re.compile("[\x00-\x7f]+")
_HIGH_BYTES = re.compile(rb"[\x80-\xff]+")
_GREEK_ACCENT_OR_CAPITAL = re.compile(rb"[\xb8-\xdf\xfc-\xfe]")
# The size of the sample: enough for any language.
_SAMPLE_BYTES = 65_536

# The most frequent characters of the languages of each charset.
_FREQUENT_CHARACTERS = {
    "gb18030": "的一是不了在人有我他这中大来上国个到说们为子和你地出道"
    "也时年得就那要下以生会自着去之过家学对可里后小么心多天而"
    "能好都然没日于起还发成事只作当想看文无开手用主行方又如前所本"
    "见经面公同三从动两长知民样现分将外但些与高意进把法此实回二理"
    "美点月明其种全工话向情部正名定问力机给等几业最间新什位因重被"
    "电四第门相东政海使教西再平真世气信北关并内加化由代军产入先市体"
    "报网博客标题测试闻早联合播频道首页资讯媒",
    "big5hkscs": "的一是不了在人有我他這中大來上國個到說們為子和你地出道也"
    "時年得就那要下以生會自著去之過家學對可里後小麼心多天而能"
    "好都然沒日於起還發成事只作當想看文無開手用主行方又如前所本見經"
    "面公同三從動兩長知民樣現分將外但些與高意進把法此實回二理美點月"
    "明其種全工話向情部正名定問力機給等幾業最間新什位因重被電四第門"
    "相東政海使教西再平真世氣信北關並內加化由代軍產入先市體灣港臺台報"
    "聞網標題測試繁",
    "cp932": "日本人年大国会中月事時分行者出生新社学東京記問題",
    "euc_jp": "日本人年大国会中月事時分行者出生新社学東京記問題",
    "cp949": "이다는에을의가고하지로기를은한어도사서나자시아인라대그수리해일만부정들있게니보오여전주장상구원면제스"
    "과국공세조동성위무신소안것우방연유비선경개거모생히적던까저등마년월으며화문물와말내중회간없계관재했되"
    "실교발르단였당통미산분법민음업속반행치금터번님두작품뉴영독립함께할된될받많더같또때명식학최현양활외후",
    "cp1251": "оеаинтсрвлкмдпу",
    "koi8-r": "оеаинтсрвлкмдпу",
    "cp866": "оеаинтсрвлкмдпу",
    "iso8859-5": "оеаинтсрвлкмдпу",
    "cp1253": "αοιετσνηυρπκμλςόάίέή",
    "cp1255": "יוהלאבתרשמנ",
    "cp1256": "اليمنروتبعدسف",
    "iso8859-6": "اليمنروتبعدسف",
    "cp874": "านรอกเงมยลวดทสต่้ีัิ",
}
_FREQUENT_SETS = {
    codec: frozenset(chars + "，。、；：“”「」《》・（）？！") for codec, chars in _FREQUENT_CHARACTERS.items()
}
ALPHABETS = ("cp1251", "koi8-r", "cp866", "iso8859-5", "cp1253", "cp1255", "cp1256", "iso8859-6", "cp874")
# The share of frequent letters from which bytes are text in an alphabet.
_MIN_ALPHABET_SHARE = 0.6
# The share of frequent characters from which bytes are in an East Asian charset that no label states.
_MIN_EAST_ASIAN_SHARE = 0.25
# The mean length of runs of bytes above 0x7F and the share of GB 2312 level 1 from which unlabelled bytes are Chinese.
_MIN_CHINESE_RUN_BYTES = 4.0
_MIN_PLAIN_HANZI_SHARE = 0.8


def _non_ascii(text: str) -> str:
    """The non-ASCII characters of a text."""
    return _ASCII.sub("", text)


def is_nearly_utf8(body: bytes) -> bool:
    """Whether the bytes are damaged UTF-8: many whole multi-byte characters, few bad bytes."""
    sample = _around_high_bytes(body)
    text = sample.decode("utf-8", "replace")
    bad = text.count("�") - sample.count("�".encode())
    whole = len(_non_ascii(text)) - bad
    if whole <= 0:
        # Bad bytes only: UTF-8 where no other charset has them (a cut character, 0xFE, 0xFF).
        return bool(re.search(rb"[\xfe\xff]|[\xe1-\xef][\x80-\xbf]{1}(?![\x80-\xff])", body)) and bad <= 2
    return bad * 8 <= whole or (bad <= 2 and whole >= bad * 3)


def is_mostly_utf8(body: bytes) -> bool:
    """Whether the bytes hold more whole multi-byte characters of UTF-8 than other bytes above 0x7F."""
    sample = _around_high_bytes(body)
    bad = sample.decode("utf-8", "replace").count("\ufffd") - sample.count("\ufffd".encode())
    return len(_non_ascii(sample.decode("utf-8", "ignore"))) > bad


def is_plausible(body: bytes, codec: str) -> bool:
    """Whether nearly all bytes decode in `codec`, and give plausible text."""
    try:
        sample = _around_high_bytes(body).decode(codec, ENCODING_STANDARD)
    except (UnicodeError, LookupError):
        return False
    non_ascii = _non_ascii(sample)
    if not non_ascii:
        return True
    if non_ascii.count("�") * 20 > len(non_ascii):
        return False
    if codec == "cp932" and sum("｡" <= character <= "ﾟ" for character in non_ascii) * 2 > len(non_ascii):
        # EUC-JP read as Shift_JIS gives half-width kana, which no text is mostly written in.
        return False
    if not _SINGLE_BYTE.match(codec):
        return True
    alphabet = _best_alphabet(body)
    if alphabet is None:
        return _best_east_asian(body, min_characters=4) is None
    # "Latin" is the default of servers and no evidence; another alphabet that fits the text was declared on purpose.
    return codec != "cp1252" and (
        codec == alphabet
        or codec not in _FREQUENT_SETS
        or _frequent_share(_high_byte_runs(body), codec) >= _MIN_ALPHABET_SHARE
    )


def detect(body: bytes, stated: list[str]) -> str:
    """The codec that the statistics of the bytes point to; without a result the first single-byte one in `stated`."""
    alphabet = _best_alphabet(body)
    east_asian = None if alphabet == "cp874" else _best_east_asian(body, min_characters=2)
    if east_asian is not None or alphabet is not None:
        return east_asian or alphabet or ""
    sample = _high_byte_runs(body)
    runs = [len(run) for run in sample.split()]
    if (
        runs
        and sum(runs) / len(runs) >= _MIN_CHINESE_RUN_BYTES
        and _plain_hanzi_share(sample) >= _MIN_PLAIN_HANZI_SHARE
    ):
        # A few words of Chinese without a frequent character; Western text has no such runs.
        return "gb18030"
    return next((name for name in stated if _SINGLE_BYTE.match(name)), "cp1252")


def _best_alphabet(body: bytes) -> str | None:
    """The single-byte codec of a non-Latin alphabet with the largest share of frequent letters; None for Latin text.

    Latin text has single accented letters between ASCII ones, text in other alphabets whole words of high bytes.
    """
    sample = _high_byte_runs(body)
    runs = [len(run) for run in sample.split()]
    if not runs or sum(runs) / len(runs) < 2.5:
        return None
    # Greek text has accents and capitals; bytes without any are the letters of Hebrew, which has neither.
    codecs = [codec for codec in ALPHABETS if codec != "cp1253" or _GREEK_ACCENT_OR_CAPITAL.search(sample)]
    share, codec = max((_frequent_share(sample, codec), codec) for codec in codecs)
    return codec if share >= _MIN_ALPHABET_SHARE else None


def _high_byte_runs(body: bytes) -> bytes:
    return b" ".join(_HIGH_BYTES.findall(_around_high_bytes(body)))


def _plain_hanzi_share(sample: bytes) -> float:
    """The share of characters of GB 2312 level 1 (the 3,755 in everyday use) among all pairs of bytes."""
    pairs = [run[place : place + 2] for run in sample.split() for place in range(0, len(run), 2)]
    plain = sum(1 for pair in pairs if len(pair) == 2 and 0xB0 <= pair[0] <= 0xD7 and pair[1] >= 0xA1)
    return plain / len(pairs)


def _best_east_asian(body: bytes, *, min_characters: int) -> str | None:
    """The multi-byte codec with the largest share of frequent characters; None below the threshold."""
    sample = _around_high_bytes(body)
    scores = [
        (_frequent_share(sample, codec, min_characters), codec)
        for codec in ("gb18030", "big5hkscs", "cp932", "euc_jp", "cp949")
    ]
    share, codec = max(scores)
    return codec if share >= _MIN_EAST_ASIAN_SHARE else None


def _around_high_bytes(body: bytes) -> bytes:
    """The sample of the body: it begins at the first byte above 0x7F."""
    if len(body) <= _SAMPLE_BYTES:
        return body
    first = re.search(rb"[\x80-\xff]", body)
    start = first.start() if first else 0
    start = max(0, start - 16)
    return body[start : start + _SAMPLE_BYTES]


def _frequent_share(sample: bytes, codec: str, min_characters: int = 1) -> float:
    """The share of frequent characters among the non-ASCII ones; 0 where the bytes do not decode in this codec."""
    text = sample.decode(codec, ENCODING_STANDARD)
    non_ascii = _non_ascii(text)
    bad = non_ascii.count("�")
    if len(non_ascii) < min_characters or bad * 20 > len(non_ascii):
        return 0.0
    common = _FREQUENT_SETS[codec]
    hits = sum(1 for character in non_ascii if character in common or _is_kana_of(character, codec))
    return (hits - bad) / len(non_ascii)


def _is_kana_of(character: str, codec: str) -> bool:
    # Kana are all frequent. Hangul syllables are not: most bytes of Chinese and Japanese text decode as one of them.
    return codec in ("cp932", "euc_jp") and "ぁ" <= character <= "ヿ"
