"""Labels of charsets → codecs of Python, and back to the public name of a codec.

Labels mean what they mean to browsers (WHATWG Encoding Standard, section 4.2). A charset is decoded as the widest
superset of it that is in use: GB 2312 and GBK as GB 18030, Shift_JIS as windows-31J.
"""

import codecs

# The labels of each codec that Python's own lookup does not know, or knows for a narrower charset.
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
#: The public names of codecs that Python spells in another way.
PUBLIC_NAMES = {
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


def codec_of_label(name: str) -> str | None:
    """The codec of Python for a charset label as browsers map it (WHATWG Encoding); None for an unknown label."""
    folded = name.strip().strip("\"'").lower()[:64]
    codec = _CODECS.get(folded) or _CODECS.get(folded.replace("_", "-"))
    if codec is not None:
        return codec
    try:
        info = codecs.lookup(folded)
    except (LookupError, ValueError):
        return None
    # base64, zlib and rot13 are codecs of Python but no charsets; idna and unicode_escape are none of documents.
    is_text = getattr(info, "_is_text_encoding", True)
    return info.name if is_text and info.name not in {"idna", "punycode", "unicode_escape", "undefined"} else None
