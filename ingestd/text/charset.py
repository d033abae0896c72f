"""Bytes to text: which charset a feed or a page really is in, whatever it says of itself.

The order of trust is: byte order mark, the pattern of zero bytes of UTF-16 and UTF-32, UTF-8 where the bytes are valid
UTF-8, the document's declaration, the Content-Type header, and last the text itself. A declaration that the bytes
contradict is overruled. Labels mean what they mean to browsers (WHATWG Encoding Standard, section 4.2), with the wider
superset where the standard knows one.
"""

import codecs
import re
from functools import lru_cache

# Python's codec for each label that is not simply its own name. WHATWG Encoding, "Names and labels".
_LABELS = {
    "utf-8": "unicode-1-1-utf-8 unicode11utf8 unicode20utf8 utf8 utf-8 x-unicode20utf8 utf8mb4 utf-8n",
    "cp1252": "ansi_x3.4-1968 ascii us-ascii cp1252 cp819 csisolatin1 ibm819 iso-8859-1 iso-ir-100 iso8859-1 iso88591"
    " iso_8859-1 iso_8859-1:1987 l1 latin1 latin-1 windows-1252 x-cp1252 iso8859_1",
    "cp1250": "cp1250 windows-1250 x-cp1250",
    "cp1251": "cp1251 windows-1251 x-cp1251 ms-cyrl win-1251 win1251",
    "cp1253": "cp1253 windows-1253 x-cp1253",
    "cp1254": "cp1254 csisolatin5 iso-8859-9 iso-ir-148 iso8859-9 iso88599 iso_8859-9 l5 latin5 windows-1254 x-cp1254",
    "cp1255": "cp1255 windows-1255 x-cp1255",
    "cp1256": "cp1256 windows-1256 x-cp1256",
    "cp1257": "cp1257 windows-1257 x-cp1257",
    "cp1258": "cp1258 windows-1258 x-cp1258",
    "cp866": "866 cp866 csibm866 ibm866",
    "cp874": "dos-874 iso-8859-11 iso8859-11 iso885911 tis-620 windows-874",
    "iso8859-2": "csisolatin2 iso-8859-2 iso-ir-101 iso8859-2 iso88592 iso_8859-2 l2 latin2",
    "iso8859-6": "arabic asmo-708 csisolatinarabic ecma-114 iso-8859-6 iso-8859-6-e iso-8859-6-i iso8859-6",
    "iso8859-7": "csisolatingreek ecma-118 elot_928 greek greek8 iso-8859-7 iso8859-7 sun_eu_greek",
    "iso8859-8": "csiso88598e csisolatinhebrew hebrew iso-8859-8 iso-8859-8-e iso-8859-8-i iso8859-8 logical visual",
    "koi8-r": "cskoi8r koi koi8 koi8-r koi8_r",
    "koi8-u": "koi8-ru koi8-u",
    "mac-roman": "csmacintosh mac macintosh x-mac-roman",
    "mac-cyrillic": "x-mac-cyrillic x-mac-ukrainian",
    "gb18030": "chinese csgb2312 csiso58gb231280 gb2312 gb_2312 gb_2312-80 gbk iso-ir-58 x-gbk gb18030 cp936 ms936"
    " windows-936 euc-cn gb2312-80 hz-gbk",
    "big5hkscs": "big5 big5-hkscs cn-big5 csbig5 x-x-big5 big5-tw cp950 ms950",
    "euc_jp": "cseucpkdfmtjapanese euc-jp x-euc-jp eucjp ujis",
    "cp932": "csshiftjis ms932 ms_kanji shift-jis shift_jis sjis windows-31j x-sjis cp932",
    "iso2022_jp_2": "csiso2022jp iso-2022-jp",
    "cp949": "cseuckr csksc56011987 euc-kr iso-ir-149 korean ks_c_5601-1987 ks_c_5601-1989 ksc5601 ksc_5601"
    " windows-949 cp949 uhc",
    "hz": "hz-gb-2312 hz",
    "utf-16-le": "csunicode iso-10646-ucs-2 ucs-2 unicode unicodefeff utf-16 utf-16le u16 utf16",
    "utf-16-be": "unicodefffe utf-16be",
    "utf-32-le": "utf-32 utf-32le ucs-4 iso-10646-ucs-4 csucs4 utf32 u32",
    "utf-32-be": "utf-32be",
}
_CODECS = {name: codec for codec, names in _LABELS.items() for name in names.split()}
# How the codecs are called in the world, where Python spells them otherwise.
_PUBLIC = {
    "big5hkscs": "big5-hkscs",
    "cp1252": "windows-1252",
    "cp1250": "windows-1250",
    "cp1251": "windows-1251",
    "cp1253": "windows-1253",
    "cp1254": "windows-1254",
    "cp1255": "windows-1255",
    "cp1256": "windows-1256",
    "cp1257": "windows-1257",
    "cp1258": "windows-1258",
    "euc_jp": "euc-jp",
    "iso2022_jp_2": "iso-2022-jp",
}
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (b"\x84\x31\x95\x33", "gb18030"),
)
#: `<?xm` in the charsets of mainframes.
_EBCDIC = b"\x4c\x6f\xa7\x94"
_WIDE = ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")
_SINGLE_BYTE = re.compile(r"cp125\d|cp8\d\d|iso8859|koi8|mac|latin|windows")
_HEADER_CHARSET = re.compile(r"""charset\s*=\s*["']?\s*([^\s"';,]+)""", re.I)
_ASCII = re.compile("[\x00-\x7f]+")
_HIGH_RUN = re.compile(rb"[\x80-\xff]+")
#: How much of a text is looked at to tell its charset: enough for any language, and bounded.
_SAMPLE = 65_536

# The most frequent characters of each language: a wrong charset gives valid but rare ones.
_COMMON = {
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
    "cp874": "านรอกเงมยลวดทสต่้",
}
_SETS = {codec: frozenset(chars + "，。、；：“”「」《》・（）？！") for codec, chars in _COMMON.items()}
_ALPHABETS = ("cp1251", "koi8-r", "cp866", "iso8859-5", "cp1253", "cp1255", "cp1256", "iso8859-6", "cp874")
# A text reads as one of an alphabet where this share of its letters are frequent ones.
_READS = 0.6
# A charset of East Asia must reach this share of frequent characters to be believed without a declaration.
_BELIEVED = 0.25
# Bytes above ASCII in a row, on average, and the share of everyday characters, that make Chinese of an unknown text.
_LONG_RUN = 4.0
_MOSTLY = 0.8


def label(name: str) -> str | None:
    """The Python codec for a charset label as browsers map it (WHATWG Encoding); None for an unknown label."""
    folded = name.strip().strip("\"'").lower()[:64]
    codec = _CODECS.get(folded) or _CODECS.get(folded.replace("_", "-"))
    if codec is not None:
        return codec
    try:
        info = codecs.lookup(folded)
    except (LookupError, ValueError):
        return None
    # base64, zlib and rot13 are "codecs" too, but no charsets; idna and unicode_escape are slow or surprising.
    is_text = getattr(info, "_is_text_encoding", True)
    return info.name if is_text and info.name not in {"idna", "punycode", "unicode_escape", "undefined"} else None


def decode(body: bytes, *, header: str | None = None, declared: str | None = None) -> tuple[str, str]:
    """The text of `body` and the name of the charset that it was in. Never raises.

    `header` is the Content-Type header's whole value or only its charset, `declared` what the document says of itself
    (XML declaration, meta element). Bytes that mean nothing become U+FFFD; a byte order mark is not part of the text.
    """
    for mark, codec in _BOMS:
        if body.startswith(mark):
            return _finish(body[len(mark) :], codec)
    wide = _wide_by_zeros(body)
    if wide is not None:
        return _finish(body, wide)
    if body.startswith(_EBCDIC):
        return _finish(body, _ebcdic(body))
    said = [codec for codec in (_codec(declared), _codec(_charset_of(header))) if codec and codec not in _WIDE]
    return _decode_narrow(body, said)


def _decode_narrow(body: bytes, said: list[str]) -> tuple[str, str]:
    if body.isascii():
        return _decode_seven_bit(body, said)
    try:
        return _undo_double_encoding(body.decode("utf-8"), body), "utf-8"
    except UnicodeDecodeError:
        pass
    if _is_nearly_utf8(body):
        return _finish(body, "utf-8")
    if len(said) > 1 and said[0] == "cp1252" and said[1] not in _ALPHABETS:
        # Of two labels "Latin" is the one that nobody chose.
        said = said[::-1]
    for codec in said:
        if codec != "utf-8" and _is_plausible(body, codec):
            return _finish(body, codec)
    detected = _detect(body, said)
    return _finish(body, detected)


def _decode_seven_bit(body: bytes, said: list[str]) -> tuple[str, str]:
    """ISO-2022-JP and HZ are written in ASCII bytes; so is EBCDIC, now and then."""
    if b"\x1b$" in body or b"\x1b(" in body:
        return _finish(body, "iso2022_jp_2")
    if "hz" in said and b"~{" in body:
        return _finish(body, "hz")
    return body.decode("ascii"), "utf-8"


def _finish(body: bytes, codec: str) -> tuple[str, str]:
    if codec.startswith("cp125"):
        return codecs.charmap_decode(body, "strict", _windows_table(codec))[0], _PUBLIC[codec]
    return body.decode(codec, "replace"), _PUBLIC.get(codec, codec)


@lru_cache(maxsize=16)
def _windows_table(codec: str) -> str:
    """The characters of a Windows charset; what it leaves undefined is the C1 control of the same number (WHATWG)."""
    known = bytes(range(256)).decode(codec, "replace")
    return "".join(character if character != "�" else chr(number) for number, character in enumerate(known))


def _charset_of(header: str | None) -> str | None:
    if header is None:
        return None
    found = _HEADER_CHARSET.search(header[:1000])
    if found:
        return found[1]
    return None if "/" in header or ";" in header else header


@lru_cache(maxsize=256)
def _codec(name: str | None) -> str | None:
    return label(name) if name else None


def _wide_by_zeros(body: bytes) -> str | None:
    """UTF-16 or UTF-32 without a mark: markup begins with ASCII, whose other bytes are zero."""
    head = body[:4]
    if len(head) < 4 or b"\x00" not in head:
        return None
    zeros = (head[0] == 0, head[1] == 0, head[2] == 0, head[3] == 0)
    return {
        (False, True, True, True): "utf-32-le",
        (True, True, True, False): "utf-32-be",
        (False, True, False, True): "utf-16-le",
        (True, False, True, False): "utf-16-be",
        (False, True, False, False): "utf-16-le",
        (True, False, False, False): "utf-16-be",
    }.get(zeros)


def _ebcdic(body: bytes) -> str:
    """EBCDIC has many code pages; all of them can spell their own name."""
    found = re.search(r"""encoding=["']([\w.:-]{1,40})""", body[:300].decode("cp037", "replace"))
    return (label(found[1]) if found else None) or "cp037"


def _foreign(text: str) -> str:
    """The characters of a text that are not ASCII."""
    return _ASCII.sub("", text)


def _is_nearly_utf8(body: bytes) -> bool:
    """Many whole multi-byte characters and few bad bytes: damaged UTF-8, not another charset."""
    sample = _around_high_bytes(body)
    text = sample.decode("utf-8", "replace")
    bad = text.count("�") - sample.count("�".encode())
    whole = len(_foreign(text)) - bad
    if whole <= 0:
        # Nothing but bad bytes: UTF-8 only where they can be nothing else (a cut character, 0xFE, 0xFF).
        return bool(re.search(rb"[\xfe\xff]|[\xe1-\xef][\x80-\xbf]{1}(?![\x80-\xff])", body)) and bad <= 2
    return bad * 8 <= whole or (bad <= 2 and whole >= bad * 3)


def _is_plausible(body: bytes, codec: str) -> bool:
    """The bytes decode in `codec`, but for a few, and give text that somebody could have written."""
    try:
        sample = _around_high_bytes(body).decode(codec, "replace")
    except (UnicodeError, LookupError):
        return False
    foreign = _foreign(sample)
    if not foreign:
        return True
    if foreign.count("�") * 20 > len(foreign):
        return False
    if codec == "cp932" and sum("｡" <= character <= "ﾟ" for character in foreign) * 2 > len(foreign):
        # So EUC reads; whole texts in half-width kana nobody writes.
        return False
    if not _SINGLE_BYTE.match(codec):
        return True
    alphabet = _alphabet(body)
    if alphabet is None:
        return _best_east_asian(body, min_characters=4) is None
    # "Latin" is what servers say who know nothing; another alphabet that reads as one is what somebody meant.
    return codec != "cp1252" and (codec == alphabet or codec not in _SETS or _share(_high_runs(body), codec) >= _READS)


def _detect(body: bytes, said: list[str]) -> str:
    alphabet = _alphabet(body)
    east_asian = None if alphabet == "cp874" else _best_east_asian(body, min_characters=2)
    if east_asian is not None or alphabet is not None:
        return east_asian or alphabet or ""
    sample = _high_runs(body)
    runs = [len(run) for run in sample.split()]
    if runs and sum(runs) / len(runs) >= _LONG_RUN and _share_of_plain_hanzi(sample) >= _MOSTLY:
        # A few words of Chinese without a frequent character among them; no Western text has such runs.
        return "gb18030"
    return next((name for name in said if _SINGLE_BYTE.match(name)), "cp1252")


def _alphabet(body: bytes) -> str | None:
    """The single-byte charset of another alphabet than the Latin one in which the bytes read best; None for Latin.

    Western text has single accented letters between ASCII ones; other alphabets come in whole words.
    """
    sample = _high_runs(body)
    runs = [len(run) for run in sample.split()]
    if not runs or sum(runs) / len(runs) < 2.5:
        return None
    share, codec = max((_share(sample, codec), codec) for codec in _ALPHABETS)
    return codec if share >= _READS else None


def _high_runs(body: bytes) -> bytes:
    return b" ".join(_HIGH_RUN.findall(_around_high_bytes(body)))


def _share_of_plain_hanzi(sample: bytes) -> float:
    """The share of GB 2312's first level, the 3,755 characters of everyday use, among all pairs of bytes."""
    pairs = [run[place : place + 2] for run in sample.split() for place in range(0, len(run), 2)]
    plain = sum(1 for pair in pairs if len(pair) == 2 and 0xB0 <= pair[0] <= 0xD7 and pair[1] >= 0xA1)
    return plain / len(pairs)


def _best_east_asian(body: bytes, *, min_characters: int) -> str | None:
    """The multi-byte charset whose reading has most frequent characters; None where none is convincing."""
    sample = _around_high_bytes(body)
    scores = [
        (_share(sample, codec, min_characters), codec) for codec in ("gb18030", "big5hkscs", "cp932", "euc_jp", "cp949")
    ]
    share, codec = max(scores)
    return codec if share >= _BELIEVED else None


def _around_high_bytes(body: bytes) -> bytes:
    """A bounded part of the body, from where it stops being ASCII."""
    if len(body) <= _SAMPLE:
        return body
    first = re.search(rb"[\x80-\xff]", body)
    start = first.start() if first else 0
    start = max(0, start - 16)
    return body[start : start + _SAMPLE]


def _share(sample: bytes, codec: str, min_characters: int = 1) -> float:
    """The share of frequent characters among the non-ASCII ones; 0 where the bytes are not in this charset."""
    text = sample.decode(codec, "replace")
    foreign = _foreign(text)
    bad = foreign.count("�")
    if len(foreign) < min_characters or bad * 20 > len(foreign):
        return 0.0
    common = _SETS[codec]
    hits = sum(1 for character in foreign if character in common or _is_script_of(character, codec))
    return (hits - bad) / len(foreign)


def _is_script_of(character: str, codec: str) -> bool:
    # Not so the Korean syllables: most bytes of Chinese and Japanese texts read as one, but rarely as a frequent one.
    return codec in ("cp932", "euc_jp") and "ぁ" <= character <= "ヿ"


_MISREAD = re.compile(
    "[\u00c2-\u00f4][\u0080-\u00bf\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc\u2013-\u203a\u20ac\u2122]"
)


def _undo_double_encoding(text: str, body: bytes) -> str:
    """Text that was UTF-8, was taken for windows-1252, and was encoded once more, is read back.

    Only where every non-ASCII character takes part: a single É before a closing quotation mark looks the same.
    """
    # U+00C2 to U+00F4, which begin every misread character, are all written with the byte C3.
    if b"\xc3" not in body or not _MISREAD.search(text):
        return text
    try:
        return text.encode("latin-1").decode("utf-8")
    except UnicodeError:
        pass
    try:
        return codecs.charmap_encode(text, "strict", _WINDOWS_BACK)[0].decode("utf-8")
    except UnicodeError:
        return text


_WINDOWS_BACK = codecs.charmap_build(_windows_table("cp1252"))
