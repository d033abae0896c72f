"""A sentence in each language, in each charset that it is written in: with its label, and without any.

The sentences are Article 1 of the Universal Declaration of Human Rights in the official translations.
"""

import pytest

from ingestd.text.charset import decode

SENTENCES = {
    "en": "All human beings are born free and equal in dignity and rights.",
    "fr": "Tous les êtres humains naissent libres et égaux en dignité et en droits. Ils sont doués de raison.",
    "de": "Alle Menschen sind frei und gleich an Würde und Rechten geboren.",
    "es": "Todos los seres humanos nacen libres e iguales en dignidad y derechos y, dotados como están de razón.",
    "pt": "Todos os seres humanos nascem livres e iguais em dignidade e em direitos. Dotados de razão.",
    "sv": "Alla människor är födda fria och lika i värde och rättigheter.",
    "pl": "Wszyscy ludzie rodzą się wolni i równi pod względem swej godności i swych praw.",
    "cs": "Všichni lidé rodí se svobodní a sobě rovní co do důstojnosti a práv. Jsou nadáni rozumem a svědomím.",
    "hu": "Minden emberi lény szabadon születik és egyenlő méltósága és joga van. Az emberek ésszel bírnak.",
    "tr": "Bütün insanlar hür, haysiyet ve haklar bakımından eşit doğarlar. Akıl ve vicdana sahiptirler.",
    "lt": "Visi žmonės gimsta laisvi ir lygūs savo orumu ir teisėmis. Jiems suteiktas protas ir sąžinė.",
    "vi": "Tất cả mọi người sinh ra đều được tự do và bình đẳng về nhân phẩm và quyền.",
    "ru": "Все люди рождаются свободными и равными в своем достоинстве и правах. Они наделены разумом и совестью.",
    "uk": "Всі люди народжуються вільними і рівними у своїй гідності та правах. Вони наділені розумом і совістю.",
    "bg": "Всички хора се раждат свободни и равни по достойнство и права. Те са надарени с разум и съвест.",
    "el": "Όλοι οι άνθρωποι γεννιούνται ελεύθεροι και ίσοι στην αξιοπρέπεια και τα δικαιώματα.",
    "he": "כל בני האדם נולדו בני חורין ושווים בערכם ובזכויותיהם. כולם חוננו בתבונה ובמצפון.",
    "ar": "يولد جميع الناس أحرارا متساوين في الكرامة والحقوق. وقد وهبوا عقلا وضميرا.",
    "th": "มนุษย์ทั้งหลายเกิดมามีอิสระและเสมอภาคกันในเกียรติศักดิ์และสิทธิ",
    "zh": "人人生而自由，在尊严和权利上一律平等。他们赋有理性和良心，并应以兄弟关系的精神相对待。",
    "zh-tw": "人人生而自由，在尊嚴和權利上一律平等。他們賦有理性和良心，並應以兄弟關係的精神相對待。",
    "ja": "すべての人間は、生まれながらにして自由であり、かつ、尊厳と権利とについて平等である。",
    "ko": "모든 인간은 태어날 때부터 자유로우며 그 존엄과 권리에 있어 동등하다.",
}
#: The labels of the charsets of each language; behind the bar those that are read without a label, too.
CHARSETS = {
    "en": "iso-8859-1 | us-ascii utf-8",
    "fr": "iso-8859-15 | iso-8859-1 windows-1252 utf-8",
    "de": "iso-8859-15 | iso-8859-1 windows-1252 utf-8",
    "es": "iso-8859-15 | iso-8859-1 windows-1252 utf-8",
    "pt": "iso-8859-15 | iso-8859-1 windows-1252 utf-8",
    "sv": "iso-8859-15 | iso-8859-1 windows-1252 utf-8",
    "pl": "iso-8859-2 windows-1250 iso-8859-16 | utf-8",
    "cs": "iso-8859-2 windows-1250 | utf-8",
    "hu": "iso-8859-2 windows-1250 | utf-8",
    "tr": "iso-8859-9 windows-1254 | utf-8",
    "lt": "iso-8859-13 windows-1257 iso-8859-4 | utf-8",
    "vi": "| utf-8",
    "ru": "| windows-1251 koi8-r iso-8859-5 ibm866 utf-8",
    "uk": "koi8-u | windows-1251 utf-8",
    "bg": "| windows-1251 iso-8859-5 utf-8",
    "el": "iso-8859-7 | windows-1253 utf-8",
    "he": "iso-8859-8 | windows-1255 utf-8",
    "ar": "| windows-1256 iso-8859-6 utf-8",
    "th": "tis-620 | windows-874 utf-8",
    "zh": "| gb2312 gbk gb18030 utf-8",
    "zh-tw": "| big5 utf-8",
    "ja": "| shift_jis euc-jp iso-2022-jp utf-8",
    "ko": "| euc-kr utf-8",
}
PYTHON = {"ibm866": "cp866", "windows-874": "cp874", "tis-620": "cp874", "big5": "big5", "shift_jis": "cp932"}
CASES = [(language, label) for language, labels in CHARSETS.items() for label in labels.replace("|", " ").split()]
UNLABELLED = [(language, label) for language, labels in CHARSETS.items() for label in labels.partition("|")[2].split()]


def page(language: str, label: str) -> tuple[str, bytes]:
    text = f"<html><body><p>{SENTENCES[language]}</p></body></html>"
    return text, text.encode(PYTHON.get(label, label))


@pytest.mark.parametrize(("language", "label"), CASES)
def test_sentence_with_its_label(language, label):
    text, body = page(language, label)
    assert decode(body, declared=label)[0] == text
    assert decode(body, declared=label.upper(), header="text/html")[0] == text
    assert decode(body, header=f"text/html; charset={label}")[0] == text


@pytest.mark.parametrize(("language", "label"), UNLABELLED)
def test_sentence_without_a_label(language, label):
    text, body = page(language, label)
    assert decode(body)[0] == text
    assert decode(body, header="text/html")[0] == text


@pytest.mark.parametrize(("language", "label"), UNLABELLED)
def test_sentence_with_the_label_of_a_careless_server(language, label):
    """Latin-1 is the default of many servers, and UTF-8 that of many templates."""
    text, body = page(language, label)
    assert decode(body, header="text/html; charset=ISO-8859-1")[0] == text
    assert decode(body, declared="utf-8")[0] == text


@pytest.mark.parametrize("language", SENTENCES)
def test_utf8_under_any_label(language):
    text, body = page(language, "utf-8")
    for label in ("iso-8859-1", "windows-1251", "gbk", "shift_jis", "euc-kr", "utf-16", "ascii", "nonsense"):
        assert decode(body, declared=label) == (text, "utf-8")
