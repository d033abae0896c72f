"""The text of bytes: which evidence of their charset counts, and what becomes of bytes that do not fit it."""

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestd.text.charset import decode

LATIN = "Größe, Mühe und „Anführung“ – naïve Äußerungen"
CHINESE = "市议会投票保留图书馆，居民们在河边等候结果。"
JAPANESE = "市議会は図書館の存続を決めた。審議は六時間に及んだ。"
KOREAN = "시의회는 오래된 도서관을 유지하기로 결정했다."
RUSSIAN = "Городской совет решил сохранить старую библиотеку."
GREEK = "Το δημοτικό συμβούλιο αποφάσισε να διατηρήσει την παλιά βιβλιοθήκη."
CZECH = "Příliš žluťoučký kůň úpěl ďábelské ódy"


@pytest.mark.parametrize(
    ("body", "arguments", "text", "name"),
    [
        # A byte order mark decides, whatever is declared (Encoding Standard, section 6).
        (b"\xef\xbb\xbf\xe4\xb8\xad", {"declared": "gbk", "header": "text/xml; charset=big5"}, "中", "utf-8"),
        (b"\xff\xfe-N", {"declared": "utf-8"}, "中", "utf-16-le"),
        (b"\xfe\xffN-", {"declared": "utf-8"}, "中", "utf-16-be"),
        (b"\xff\xfe\x00\x00-N\x00\x00", {}, "中", "utf-32-le"),
        (b"\x00\x00\xfe\xff\x00\x00N-", {}, "中", "utf-32-be"),
        (b"\x84\x31\x95\x33\xd6\xd0", {}, "中", "gb18030"),
        # XML 1.0, appendix F: wide encodings without a mark are told by the zero bytes of the first characters.
        ("<?xml?>中".encode("utf-16-le"), {}, "<?xml?>中", "utf-16-le"),
        ("<?xml?>中".encode("utf-16-be"), {}, "<?xml?>中", "utf-16-be"),
        ("<a>中".encode("utf-32-le"), {}, "<a>中", "utf-32-le"),
        ("<a>中".encode("utf-32-be"), {}, "<a>中", "utf-32-be"),
        ("<中>".encode("utf-16-le"), {}, "<中>", "utf-16-le"),
        ("<中>".encode("utf-16-be"), {}, "<中>", "utf-16-be"),
        ('<?xml version="1.0" encoding="cp037"?><a>é</a>'.encode("cp037"), {}, None, "cp037"),
        ('<?xml version="1.0" encoding="cp500"?><a>é</a>'.encode("cp500"), {}, None, "cp500"),
        ('<?xml version="1.0" encoding="nonsense"?><a>é</a>'.encode("cp037"), {}, None, "cp037"),
        # A declaration of UTF-16 that can be read is not in UTF-16.
        (b"<?xml?>\xe4\xb8\xad", {"declared": "utf-16"}, "<?xml?>中", "utf-8"),
        (b"<?xml?>\xe4\xb8\xad", {"header": "text/xml; charset=utf-16le"}, "<?xml?>中", "utf-8"),
        # Valid UTF-8 with other than ASCII characters is UTF-8, whatever is declared.
        (LATIN.encode(), {"declared": "iso-8859-1"}, LATIN, "utf-8"),
        (CHINESE.encode(), {"declared": "gb2312", "header": "text/html; charset=gb2312"}, CHINESE, "utf-8"),
        (b"only ascii", {"declared": "shift_jis"}, "only ascii", "utf-8"),
        (b"", {"declared": "gbk"}, "", "utf-8"),
        # Declarations.
        (LATIN.encode("cp1252"), {"declared": "windows-1252"}, LATIN, "windows-1252"),
        (LATIN.encode("cp1252"), {"declared": "iso-8859-1"}, LATIN, "windows-1252"),
        (LATIN.encode("cp1252"), {}, LATIN, "windows-1252"),
        (CZECH.encode("cp1250"), {"declared": "windows-1250"}, CZECH, "windows-1250"),
        (CZECH.encode("iso8859-2"), {"header": "text/xml; charset=ISO-8859-2"}, CZECH, "iso8859-2"),
        (CHINESE.encode("gbk"), {"header": "text/html; charset=GB2312"}, CHINESE, "gb18030"),
        (JAPANESE.encode("shift_jis"), {"declared": "Shift_JIS"}, JAPANESE, "cp932"),
        (JAPANESE.encode("euc_jp"), {"declared": "EUC-JP"}, JAPANESE, "euc-jp"),
        (JAPANESE.encode("iso2022_jp"), {"declared": "ISO-2022-JP"}, JAPANESE, "iso-2022-jp"),
        (JAPANESE.encode("iso2022_jp"), {}, JAPANESE, "iso-2022-jp"),
        ("中文".encode("hz"), {"declared": "hz-gb-2312"}, "中文", "hz"),
        (b"~{VPND~}", {}, "~{VPND~}", "utf-8"),
        (KOREAN.encode("cp949"), {"declared": "ks_c_5601-1987"}, KOREAN, "cp949"),
        (RUSSIAN.encode("koi8-r"), {"declared": "koi8-r"}, RUSSIAN, "koi8-r"),
        (RUSSIAN.encode("iso8859-5"), {"declared": "iso-8859-5"}, RUSSIAN, "iso8859-5"),
        (RUSSIAN.encode("cp866"), {"declared": "ibm866"}, RUSSIAN, "cp866"),
        (GREEK.encode("iso8859-7"), {"declared": "iso-8859-7"}, GREEK, "iso8859-7"),
        # ISO-2022-JP is told by its escape sequences: to kanji, or to the Roman set of JIS X 0201.
        (b'\x1b$B$"', {}, "あ", "iso-2022-jp"),
        (b"a\x1b(Jb\x1b(Bc", {}, "abc", "iso-2022-jp"),
        # Bytes of which most are UTF-8 are that where nothing but UTF-8 is declared.
        ("été à cœur éé ".encode() + b"\xe9t\xe9 \xe9t\xe9", {"declared": "utf-8"}, "été à cœur éé �t� �t�", "utf-8"),
        # A label of UTF-16 is no evidence for bytes that are not.
        (CHINESE.encode("gbk"), {"declared": "utf-16", "header": "text/xml; charset=utf-32be"}, CHINESE, "gb18030"),
        # A declaration that the bytes contradict is overruled by the header, and both by the statistics of the text.
        (CHINESE.encode("gbk"), {"declared": "utf-8", "header": "text/xml; charset=gbk"}, CHINESE, "gb18030"),
        (JAPANESE.encode("shift_jis"), {"declared": "euc-jp"}, JAPANESE, "cp932"),
        (JAPANESE.encode("euc_jp"), {"declared": "shift_jis"}, JAPANESE, "euc-jp"),
        (JAPANESE.encode("euc_jp"), {"declared": "utf-8"}, JAPANESE, "euc-jp"),
        (KOREAN.encode("cp949"), {"declared": "iso-8859-1"}, KOREAN, "cp949"),
        (RUSSIAN.encode("koi8-r"), {"declared": "windows-1251"}, RUSSIAN, "koi8-r"),
        (RUSSIAN.encode("cp1251"), {"declared": "koi8-r"}, RUSSIAN, "windows-1251"),
        (LATIN.encode("cp1252"), {"declared": "utf-8"}, LATIN, "windows-1252"),
        (LATIN.encode("cp1252"), {"declared": "gb2312"}, LATIN, "windows-1252"),
        (LATIN.encode("cp1252"), {"declared": "no-such-charset"}, LATIN, "windows-1252"),
    ],
)
def test_evidence_of_the_charset(body, arguments, text, name):
    found, found_name = decode(body, **arguments)
    assert found == (body.decode(name) if text is None else text)
    assert found_name == name


@pytest.mark.parametrize(
    "header",
    [
        "text/xml; charset=koi8-r",
        "text/xml;charset=koi8-r",
        'text/xml; charset="koi8-r"',
        "text/xml; charset='KOI8-R'",
        "text/xml; Charset = koi8-r",
        "text/xml; version=1; charset=koi8-r; q=1",
        "text/xml; charset=koi8-r, text/html",
        "koi8-r",
    ],
)
def test_charset_of_a_content_type(header):
    word = "дом "  # too short for statistics
    assert decode(word.encode("koi8-r"), header=header) == (word, "koi8-r")


@pytest.mark.parametrize(
    ("body", "label", "text"),
    [
        # Bytes without a character in the code page are C1 controls (Encoding Standard, index of windows-1252).
        (b"\x81 caf\xe9", "windows-1252", "\x81 café"),
        (b"caf\xe9 \x8d\x8f\x90\x9d", "windows-1252", "café \x8d\x8f\x90\x9d"),
        # What the standard has, and the codecs of Python do not.
        (b"\xbc\xdb\xb8\xf1 \x80 5\xa3\xac\xce\xd2\xc3\xc7\xd4\xda\xd5\xe2\xc0\xef", "gbk", "价格 € 5，我们在这里"),
        ("這是一個測試，我們在這裡看".encode("big5") + b"\xa3\xe1", "big5", "這是一個測試，我們在這裡看€"),
        (JAPANESE.encode("euc_jp") + b"\xad\xa1\xad\xea", "euc-jp", JAPANESE + "①㈱"),
        (JAPANESE.encode("iso2022_jp") + b"\x1b$B-!-j\x1b(B.", "iso-2022-jp", JAPANESE + "①㈱."),
        # Damage: a byte that is no part of a character costs that character alone.
        (CHINESE.encode("gbk") + b"\xff" + CHINESE.encode("gbk"), "gbk", f"{CHINESE}�{CHINESE}"),
        (JAPANESE.encode("euc_jp") + b"\xff." + JAPANESE.encode("euc_jp"), "euc-jp", f"{JAPANESE}�.{JAPANESE}"),
        (CHINESE.encode() + b"\xff" + CHINESE.encode(), "utf-8", f"{CHINESE}�{CHINESE}"),
        (CHINESE.encode()[:-1], "utf-8", CHINESE[:-1] + "�"),
        (CHINESE.encode() + b"\xe4\xb8", "utf-8", CHINESE + "�"),
        # One Latin letter pasted into UTF-8 is that letter between letters, and nothing elsewhere.
        ("Größe größer größten ".encode() + b"Gr\xf6\xdfe", "utf-8", "Größe größer größten Größe"),
        ("Größe größer größten ".encode() + b"caf\xe9 au", "utf-8", "Größe größer größten caf� au"),
    ],
)
def test_bytes_that_do_not_fit(body, label, text):
    assert decode(body, declared=label)[0] == text


@pytest.mark.parametrize(
    "text",
    [
        "Größe",
        "l’œuvre déjà payée 100 €",
        "naïve – “quoted”",
        "日本語の見出し",
        "市议会投票",
        "Городской совет",
        "ÄÖÜ äöü ß",
    ],
)
@pytest.mark.parametrize("codec", ["cp1252", "latin-1"])
def test_utf8_that_was_encoded_twice_is_decoded_twice(text, codec):
    """Each byte of UTF-8 taken for a character of windows-1252 (where it has 256, as in browsers) and encoded again."""
    table = [
        chr(byte) if codec == "latin-1" else bytes([byte]).decode("cp1252", "ignore") or chr(byte)
        for byte in range(256)
    ]
    twice = "".join(table[byte] for byte in text.encode()).encode()
    assert decode(twice) == (text, "utf-8")


@pytest.mark.parametrize("text", ["É”", "Ã", "A CAFÉ’S", "Â und Ã sind Buchstaben", "RÉSUMÉ…", "COMMUNIQUÉ»"])
def test_letters_that_look_like_double_encoding_stay(text):
    assert decode(text.encode()) == (text, "utf-8")


@pytest.mark.parametrize(
    ("text", "codec"),
    [
        (CHINESE, "gb18030"),
        ("市議會投票保留圖書館，居民在河邊等候結果。", "big5hkscs"),
        (JAPANESE, "cp932"),
        (JAPANESE, "euc_jp"),
        (KOREAN, "cp949"),
        (RUSSIAN, "cp1251"),
        (RUSSIAN, "koi8-r"),
        (GREEK, "cp1253"),
    ],
)
@pytest.mark.parametrize("before", [0, 70_000, 200_000])
def test_text_behind_a_long_head_of_ascii_is_found(text, codec, before):
    """A page may begin with tens of kilobytes of scripts."""
    body = b"<script>" + b"x" * before + b"</script>" + text.encode(codec)
    assert decode(body)[0].endswith(text)


@given(st.text(st.characters(codec="gb18030", exclude_characters="\ufffd"), min_size=1, max_size=60))
@pytest.mark.slow
def test_declared_gb18030_round_trip(text):
    body = CHINESE.encode("gb18030") * 3 + text.encode("gb18030")
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        assert decode(body, declared="gb18030")[0] == CHINESE * 3 + text


@given(st.binary(max_size=200), st.sampled_from(["gbk", "big5", "euc-jp", "iso-2022-jp", "shift_jis", "euc-kr"]))
def test_what_a_codec_of_python_reads_is_read_alike(body, label):
    """The characters that are added to a codec do not change those that it has."""
    text, name = decode(
        JAPANESE.encode("iso2022_jp") + b"\n" + body if label == "iso-2022-jp" else body, declared=label
    )
    codec = {"gb18030": "gb18030", "big5-hkscs": "big5hkscs", "euc-jp": "euc_jp", "iso-2022-jp": "iso2022_jp_2"}.get(
        name
    )
    if codec is None:
        return
    try:
        expected = codecs.decode(body, codec)
    except UnicodeDecodeError:
        return
    assert text.endswith(expected.removeprefix("\ufeff"))  # a byte order mark, which GB18030 has too
