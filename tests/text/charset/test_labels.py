"""Charset labels as browsers read them: WHATWG Encoding Standard, section 4.2, and what each name decodes to."""

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestd.text.charset import codec_of_label

#: Encoding, its labels, and bytes of it with their characters by the index of the standard.
ENCODINGS = [
    ("UTF-8", "unicode-1-1-utf-8 unicode11utf8 unicode20utf8 utf-8 utf8 x-unicode20utf8", "E4B8AD", "中"),
    ("IBM866", "866 cp866 csibm866 ibm866", "80F0", "АЁ"),
    (
        "ISO-8859-2",
        "csisolatin2 iso-8859-2 iso-ir-101 iso8859-2 iso88592 iso_8859-2 iso_8859-2:1987 l2 latin2",
        "A1A3",
        "ĄŁ",
    ),
    (
        "ISO-8859-3",
        "csisolatin3 iso-8859-3 iso-ir-109 iso8859-3 iso88593 iso_8859-3 iso_8859-3:1988 l3 latin3",
        "A1A6",
        "ĦĤ",
    ),
    (
        "ISO-8859-4",
        "csisolatin4 iso-8859-4 iso-ir-110 iso8859-4 iso88594 iso_8859-4 iso_8859-4:1988 l4 latin4",
        "A2B3",
        "ĸŗ",
    ),
    (
        "ISO-8859-5",
        "csisolatincyrillic cyrillic iso-8859-5 iso-ir-144 iso8859-5 iso88595 iso_8859-5 iso_8859-5:1988",
        "B0A1",
        "АЁ",
    ),
    (
        "ISO-8859-6",
        "arabic asmo-708 csiso88596e csiso88596i csisolatinarabic ecma-114 iso-8859-6 iso-8859-6-e iso-8859-6-i"
        " iso-ir-127 iso8859-6 iso88596 iso_8859-6 iso_8859-6:1987",
        "C7E8",
        "او",
    ),
    (
        "ISO-8859-7",
        "csisolatingreek ecma-118 elot_928 greek greek8 iso-8859-7 iso-ir-126 iso8859-7 iso88597 iso_8859-7"
        " iso_8859-7:1987 sun_eu_greek",
        "C1E1",
        "Αα",
    ),
    (
        "ISO-8859-8",
        "csiso88598e csisolatinhebrew hebrew iso-8859-8 iso-8859-8-e iso-ir-138 iso8859-8 iso88598 iso_8859-8"
        " iso_8859-8:1988 visual csiso88598i iso-8859-8-i logical",
        "E0F9",
        "אש",
    ),
    ("ISO-8859-10", "csisolatin6 iso-8859-10 iso-ir-157 iso8859-10 iso885910 l6 latin6", "A1B5", "Ąĩ"),
    ("ISO-8859-13", "iso-8859-13 iso8859-13 iso885913", "C0E0", "Ąą"),
    ("ISO-8859-14", "iso-8859-14 iso8859-14 iso885914", "A1F0", "Ḃŵ"),
    ("ISO-8859-15", "csisolatin9 iso-8859-15 iso8859-15 iso885915 iso_8859-15 l9", "A4BD", "€œ"),
    ("ISO-8859-16", "iso-8859-16", "A4AA", "€Ș"),
    ("KOI8-R", "cskoi8r koi koi8 koi8-r koi8_r", "C1D7", "ав"),
    ("KOI8-U", "koi8-ru koi8-u", "A4A6", "єі"),
    ("macintosh", "csmacintosh mac macintosh x-mac-roman", "8ADB", "ä€"),
    ("windows-874", "dos-874 iso-8859-11 iso8859-11 iso885911 tis-620 windows-874", "A1CB", "กห"),
    ("windows-1250", "cp1250 windows-1250 x-cp1250", "8CB9", "Śą"),
    ("windows-1251", "cp1251 windows-1251 x-cp1251", "C0B8", "Аё"),
    (
        "windows-1252",
        "ansi_x3.4-1968 ascii cp1252 cp819 csisolatin1 ibm819 iso-8859-1 iso-ir-100 iso8859-1 iso88591 iso_8859-1"
        " iso_8859-1:1987 l1 latin1 us-ascii windows-1252 x-cp1252",
        "8093",
        "€“",
    ),
    ("windows-1253", "cp1253 windows-1253 x-cp1253", "C1A2", "ΑΆ"),
    (
        "windows-1254",
        "cp1254 csisolatin5 iso-8859-9 iso-ir-148 iso8859-9 iso88599 iso_8859-9 iso_8859-9:1989 l5 latin5"
        " windows-1254 x-cp1254",
        "D0FD",
        "Ğı",
    ),
    ("windows-1255", "cp1255 windows-1255 x-cp1255", "E0A4", "א₪"),
    ("windows-1256", "cp1256 windows-1256 x-cp1256", "C781", "اپ"),
    ("windows-1257", "cp1257 windows-1257 x-cp1257", "C0E0", "Ąą"),
    ("windows-1258", "cp1258 windows-1258 x-cp1258", "D0F5", "Đơ"),
    ("x-mac-cyrillic", "x-mac-cyrillic x-mac-ukrainian", "80DD", "АЁ"),
    (
        "GBK",
        "chinese csgb2312 csiso58gb231280 gb2312 gb_2312 gb_2312-80 gbk iso-ir-58 x-gbk",
        "D6D0E946",
        "中镕",
    ),
    ("gb18030", "gb18030", "D6D08139EE39", "中㐀"),
    ("Big5", "big5 big5-hkscs cn-big5 csbig5 x-x-big5", "A4A4", "中"),
    ("EUC-JP", "cseucpkdfmtjapanese euc-jp x-euc-jp", "C6FCA4A2", "日あ"),
    ("ISO-2022-JP", "csiso2022jp iso-2022-jp", "1B2442467C1B2842", "日"),
    (
        "Shift_JIS",
        "csshiftjis ms932 ms_kanji shift-jis shift_jis sjis windows-31j x-sjis",
        "93FA8740B1",
        "日①ｱ",
    ),
    (
        "EUC-KR",
        "cseuckr csksc56011987 euc-kr iso-ir-149 korean ks_c_5601-1987 ks_c_5601-1989 ksc5601 ksc_5601 windows-949",
        "B0A18C63",
        "가똠",
    ),
    ("UTF-16BE", "unicodefffe utf-16be", "4E2D", "中"),
    ("UTF-16LE", "csunicode iso-10646-ucs-2 ucs-2 unicode unicodefeff utf-16 utf-16le", "2D4E", "中"),
]
LABELS = [(label, data, text) for _, labels, data, text in ENCODINGS for label in labels.split()]


@pytest.mark.parametrize(("label", "data", "text"), LABELS)
def test_label_of_the_standard(label, data, text):
    for written in (label, label.upper(), f" {label}\n", f'"{label}"'):
        codec = codec_of_label(written)
        assert codec is not None, written
        assert bytes.fromhex(data).decode(codec) == text, written


@pytest.mark.parametrize(
    ("label", "data", "text"),
    [
        ("cp936", "D6D0", "中"),
        ("ms936", "D6D0", "中"),
        ("windows-936", "D6D0", "中"),
        ("EUC-CN", "D6D0", "中"),
        ("gb2312-80", "D6D0", "中"),
        ("cp950", "A4A4", "中"),
        ("MS950", "A4A4", "中"),
        ("Big5-TW", "A4A4", "中"),
        ("eucJP", "C6FC", "日"),
        ("ujis", "C6FC", "日"),
        ("cp932", "93FA", "日"),
        ("UHC", "8C63", "똠"),
        ("cp949", "8C63", "똠"),
        ("HZ-GB-2312", "7E7B56507E7D", "中"),
        ("latin-1", "80", "€"),
        ("win-1251", "C0", "А"),
        ("WIN1251", "C0", "А"),
        ("utf8mb4", "C3A9", "é"),
        ("UTF16", "2D4E", "中"),
        ("UTF-32", "2D4E0000", "中"),
        ("UCS-4", "2D4E0000", "中"),
        ("utf-32be", "00004E2D", "中"),
        ("shift_jis_2004", "93FA", "日"),
        ("johab", "8861", "가"),
        ("cp437", "8D", "ì"),
        ("viscii", None, None),
    ],
)
def test_labels_of_feeds_that_the_standard_does_not_have(label, data, text):
    codec = codec_of_label(label)
    assert (codec and bytes.fromhex(data).decode(codec)) == text


@pytest.mark.parametrize(
    "label",
    [
        *("", " ", "utf-9", "x-user-defined", "none", "auto", "8bit", "hex", "bz2", "quopri", "uu", "rot-13", "idna"),
        *("punycode", "unicode-escape", "unicode_escape", "raw_unicode_escape", "undefined", "charset=utf-8"),
        *("mbcs_", "%s", "../utf-8"),
    ],
)
def test_what_is_no_charset(label):
    assert codec_of_label(label) is None


@given(st.text(max_size=80))
def test_any_label_gives_a_codec_of_text_or_none(label):
    codec = codec_of_label(label)
    if codec is not None:
        assert isinstance(codecs.lookup(codec).decode(b"a b", "replace")[0], str)
