"""Charset labels and the decoding of bytes; whole feeds in some fifty charsets are in the corpus."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestd.text.charset import codec_of_label, decode

ZH = "联合早报的测试标题：这是中文新闻，我们在这里"


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("gb2312", "gb18030"),
        ("GBK", "gb18030"),
        (" x-gbk ", "gb18030"),
        ("big5", "big5hkscs"),
        ("ISO-8859-1", "cp1252"),
        ("ascii", "cp1252"),
        ("latin1", "cp1252"),
        ("Shift_JIS", "cp932"),
        ("euc-kr", "cp949"),
        ("iso-8859-9", "cp1254"),
        ("utf8", "utf-8"),
        ("'utf-8'", "utf-8"),
        ("iso-8859-15", "iso8859-15"),
        ("nonsense", None),
        ("", None),
        ("base64", None),
        ("rot13", None),
        ("zlib", None),
        ("idna", None),
        ("x" * 10_000, None),
        ("utf-8\0", None),
    ],
)
def test_codecs_of_labels_as_in_browsers(name, codec):
    assert codec_of_label(name) == codec


@pytest.mark.parametrize(
    ("header", "declared"),
    [
        ("gb2312", None),
        ("text/html; charset=gb2312", None),
        ('text/html;Charset = "GBK"; x=y', None),
        ("text/html", "gbk"),
        (None, "gbk"),
        (None, None),
        ("text/html; charset=utf-8", "utf-8"),
        ("text/html; charset=nonsense", "gb18030"),
    ],
)
def test_chinese_bytes_are_decoded_whatever_label_they_have(header, declared):
    assert decode(f"<p>{ZH}</p>".encode("gbk"), header=header, declared=declared) == (f"<p>{ZH}</p>", "gb18030")


def test_declaration_beats_header_where_both_decode():
    assert decode("é".encode("cp1252"), header="koi8-r", declared="windows-1252") == ("é", "windows-1252")


def test_empty_body_is_empty_text():
    assert decode(b"") == ("", "utf-8")


@pytest.mark.parametrize("mark", ["utf-8-sig", "utf-16", "utf-32"])
def test_a_byte_order_mark_is_removed(mark):
    assert decode("<a/>".encode(mark), declared="latin-1")[0] == "<a/>"


@given(st.text())
def test_valid_utf8_round_trip(text):
    """The prefix excludes texts that begin with a byte order mark or look like UTF-16 or ISO-2022."""
    body = f"<p>中文 {text}".encode("utf-8", "ignore")
    assert decode(body) == (body.decode(), "utf-8")


@given(st.binary(max_size=400), st.sampled_from([None, "gbk", "big5", "utf-16", "cp1252", "iso-2022-jp", "x"]))
def test_any_bytes_decode_to_text(body, declared):
    text, name = decode(body, header=declared, declared=declared)
    assert isinstance(text, str)
    assert name


@pytest.mark.parametrize("codec", ["gb18030", "big5hkscs", "cp932", "euc_jp", "cp949", "koi8-r", "cp1251"])
def test_a_long_text_with_a_few_bad_bytes_stays_in_its_charset(codec):
    words = {
        "big5hkscs": "這是一個測試，我們在這裡看新聞",
        "cp932": "これは日本語のテストです",
        "cp949": "한국어 기사입니다",
    }
    words |= {"euc_jp": words["cp932"], "koi8-r": "Это русский текст", "cp1251": "Это русский текст", "gb18030": ZH}
    body = (words[codec] + "\n").encode(codec) * 30 + b"\xff\n" + (words[codec] + "\n").encode(codec) * 30
    text, _ = decode(body, declared=codec)
    assert text.count(words[codec]) >= 58


@pytest.mark.parametrize(
    ("codec", "text"),
    [
        ("gb18030", "中文标题：河水"),
        ("gb18030", "市议会投票保留图书馆"),
        ("gb18030", "渡口老站房改成口述史展厅"),
        ("gb18030", "天还没有亮，居民们就来到河边。"),
        ("cp949", "한국 경제 전망"),
        ("cp949", "서울시는 수요일 새로운 계획을 발표했다."),
        ("cp949", "대통령은 오늘 국회에서 연설했다"),
        ("euc_jp", "東京都知事は記者会見で説明した。"),
        ("cp932", "東京都知事は記者会見で説明した。"),
        ("big5hkscs", "台北市政府今天宣布新的計畫。"),
        ("cp1252", "Größenwahn in Köln: »Es läuft« – naïve Äußerungen"),
    ],
)
def test_a_few_words_without_a_label_are_decoded(codec: str, text: str):
    assert decode(f"<rss><title>{text}</title></rss>".encode(codec))[0] == f"<rss><title>{text}</title></rss>"


ALPHABETS = [
    ("cp874", "สภาเทศบาลตัดสินใจเก็บห้องสมุดเก่าไว้ การอภิปรายดำเนินไปหกชั่วโมง"),
    ("windows-1251", "Городской совет решил сохранить старую библиотеку."),
    ("koi8-r", "Городской совет решил сохранить старую библиотеку."),
    ("windows-1253", "Το δημοτικό συμβούλιο αποφάσισε να διατηρήσει την παλιά βιβλιοθήκη."),
    ("windows-1255", "מועצת העיר החליטה לשמור על הספרייה הישנה. הדיון נמשך שש שעות."),
    ("windows-1256", "قرر المجلس البلدي الإبقاء على المكتبة القديمة."),
]


@pytest.mark.parametrize("label", ["own", "none", "iso-8859-1", "utf-8"])
@pytest.mark.parametrize(("name", "text"), ALPHABETS)
def test_other_alphabets_are_decoded_whatever_label_they_have(name, text, label):
    """Thai is not taken for Korean, and a label of Latin-1, the default of many servers, is overruled."""
    declared = {"own": {"cp874": "windows-874"}.get(name, name), "none": None}.get(label, label)
    body = f"<p>{text}</p>".encode(name)
    assert decode(body, declared=declared) == (f"<p>{text}</p>", name)


@pytest.mark.parametrize(
    ("codec", "text"), [("cp1250", "Zażółć gęślą jaźń"), ("gbk", "图书馆"), ("cp1254", "İstanbul'da şöyle")]
)
def test_of_two_labels_the_one_that_is_not_latin_takes_precedence(codec, text):
    assert decode(text.encode(codec), declared="iso-8859-1", header=codec)[0] == text


def test_latin_texts_are_decoded_as_latin():
    for text in ("Größe, Mühe und „Anführung“", "l’œuvre déjà payée 100 €", "ÀÉÈÇ", "ÅÄÖ åäö"):
        assert decode(text.encode("cp1252"), declared="iso-8859-1") == (text, "windows-1252")
