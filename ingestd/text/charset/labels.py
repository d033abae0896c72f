"""Labels of charsets → codecs of Python, and back to the public name of a codec.

Labels mean what they mean to browsers (WHATWG Encoding Standard, section 4.2). A charset is decoded as the widest
superset of it that is in use: GB 2312 and GBK as GB 18030, Shift_JIS as windows-31J.
"""

import codecs

import webencodings

# The codec for each name in the Encoding Standard that Python knows for a narrower charset, or not at all.
_CODECS = {
    "ibm866": "cp866",
    "iso-8859-8-i": "iso8859-8",
    "macintosh": "mac-roman",
    "x-mac-cyrillic": "mac-cyrillic",
    "gbk": "gb18030",
    "big5": "big5hkscs",
    "shift_jis": "cp932",
    "iso-2022-jp": "iso2022_jp_2",
    "euc-kr": "cp949",
    "windows-874": "cp874",
    "utf-16le": "utf-16-le",
    "utf-16be": "utf-16-be",
}
# Labels that the standard does not have, but feeds do.
_OTHER_LABELS = {
    "utf-8": "utf8mb4 utf-8n",
    "cp1252": "latin-1 iso8859_1",
    "cp1251": "ms-cyrl win-1251 win1251",
    "gb18030": "cp936 ms936 windows-936 euc-cn gb2312-80 hz-gbk",
    "big5hkscs": "big5-tw cp950 ms950",
    "euc_jp": "eucjp ujis",
    "cp932": "cp932",
    "cp949": "cp949 uhc",
    "hz": "hz-gb-2312 hz",
    "utf-16-le": "u16 utf16",
    "utf-32-le": "utf-32 utf-32le ucs-4 iso-10646-ucs-4 csucs4 utf32 u32",
    "utf-32-be": "utf-32be",
}
_LABELS = {
    label: _CODECS.get(name) or codecs.lookup(name).name
    for label, name in webencodings.LABELS.items()
    if name not in ("replacement", "x-user-defined")
} | {label: codec for codec, labels in _OTHER_LABELS.items() for label in labels.split()}
_NOT_OF_DOCUMENTS = frozenset(("idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined"))
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
    codec = _LABELS.get(folded) or _LABELS.get(folded.replace("_", "-"))
    if codec is not None:
        return codec
    try:
        info = codecs.lookup(folded)
    except (LookupError, ValueError):
        return None
    # base64, zlib and rot13 are codecs of Python but no charsets; idna and unicode-escape are none of documents.
    is_text = getattr(info, "_is_text_encoding", True)
    return info.name if is_text and info.name.replace("_", "-") not in _NOT_OF_DOCUMENTS else None
