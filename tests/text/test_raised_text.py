"""Powers, footnote marks, ordinals, charges and ruby, as plain text has them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestd.text.plain_text import plain_text


def raised(base: str, over: str, after: str = "") -> str:
    return plain_text(f"<p>{base}<sup>{over}</sup>{after}</p>")


@pytest.mark.parametrize(
    ("base", "over", "text"),
    [
        # Powers of ten, and of two.
        ("10", "6", "10^6"),
        ("10", "-3", "10^-3"),
        ("10", "12", "10^12"),
        ("6.02 × 10", "23", "6.02 × 10^23"),
        ("2", "10", "2^10"),
        ("2", "32", "2^32"),
        ("2", "n", "2^n"),
        ("2", "n-1", "2^(n-1)"),
        # Variables.
        ("x", "2", "x^2"),
        ("a", "3", "a^3"),
        ("y = x", "10", "y = x^10"),
        ("e", "x", "e^x"),
        ("e", "iπ", "e^(iπ)"),
        ("e", "-x", "e^(-x)"),
        ("θ", "2", "θ^2"),
        ("πr", "2", "πr^2"),
        ("E = mc", "2", "E = mc^2"),
        ("(x + 1)", "2", "(x + 1)^2"),
        ("(sin x)", "2", "(sin x)^2"),
        ("x", "1/2", "x^1/2"),
        # Units.
        ("5 m", "2", "5 m^2"),
        ("5 km", "2", "5 km^2"),
        ("5 cm", "3", "5 cm^3"),
        ("9.8 m/s", "2", "9.8 m/s^2"),
        ("W m", "-2", "W m^-2"),
        ("s", "-1", "s^-1"),
        ("100 ft", "2", "100 ft^2"),
        ("5 in", "2", "5 in^2"),
        ("5平方公里", "2", "5平方公里^2"),
        # Charges of ions.
        ("Na", "+", "Na^+"),
        ("Cl", "-", "Cl^-"),
        ("Fe", "3+", "Fe^3+"),
        # Footnote marks.
        ("word", "1", "word[1]"),
        ("word.", "12", "word.[12]"),
        ("in 1999", "3", "in 1999[3]"),
        ("word", "1,2", "word[1,2]"),
        ("word", "3–5", "word[3–5]"),
        ("word", "1 2", "word[1 2]"),
        ("word", "a", "word[a]"),
        ("word", "[7]", "word[7]"),
        ("word", "(7)", "word(7)"),
        ("单词", "2", "单词[2]"),
        ("”", "4", "”[4]"),
        ("5 km", "12", "5 km[12]"),
        ("(2019)", "2", "(2019)[2]"),
        ("(the end)", "2", "(the end)[2]"),
        ("2", "3", "2[3]"),
        ("1,000", "2", "1,000[2]"),
        # Endings of words and ordinals.
        ("1", "st", "1st"),
        ("22", "nd", "22nd"),
        ("3", "rd", "3rd"),
        ("4", "th", "4th"),
        ("1", "er", "1er"),
        ("2", "e", "2e"),
        ("2", "ème", "2ème"),
        ("n", "o", "no"),
        ("M", "lle", "Mlle"),
        ("D", "r", "Dr"),
        ("Acme", "TM", "AcmeTM"),
        ("Acme", "®", "Acme®"),
        ("St", "e", "Ste"),
        # Anything longer is text.
        ("word", "see the note below", "wordsee the note below"),
        ("word", "", "word"),
        ("word", " ", "word"),
    ],
)
def test_raised_text_over_its_base(base, over, text):
    assert raised(base, over) == text
    assert raised(f"Before {base}", over, " after") == f"Before {text} after"


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ('x<sup><a href="#n">2</a></sup>', "x[2]"),  # what is a link is a note, also over a variable
        ('10<sup><a href="#n">3</a></sup>', "10[3]"),
        ('<a href="#n"><sup>note</sup></a>', "[note]"),
        ('word<sup><a href="#n">*</a></sup>', "word[*]"),
        ('word<sup><a href="#n">1</a>, <a href="#m">2</a></sup>', "word[1, 2]"),
        ('word<sup><a href="/tm">trademark</a></sup>', "wordtrademark"),
        ("<sup>14</sup>C", "14C"),
        ("<sup>235</sup>U and <sup>238</sup>U", "235U and 238U"),
        ("x<sup>a<sub>1</sub></sup>", "x^(a1)"),
        ("a<sup>b", "ab"),
        ("a</sup>b", "ab"),
        ("<sup><sup>2</sup></sup>", "[2]"),
        ("x<b><sup>2</sup></b>", "x^2"),
        ("x <sup>2</sup>", "x [2]"),
        ("<p>x</p><sup>2</sup>", "x\n[2]"),
    ],
)
def test_markup_around_raised_text(markup, text):
    assert plain_text(markup) == text


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        # The examples of HTML, section 4.5.10.
        ("<ruby>漢<rp>(</rp><rt>かん</rt><rp>)</rp>字<rp>(</rp><rt>じ</rt><rp>)</rp></ruby>", "漢(かん)字(じ)"),
        ("<ruby>漢<rt>かん</rt>字<rt>じ</rt></ruby>", "漢(かん)字(じ)"),
        ("<ruby>漢字<rt>かんじ</ruby>です", "漢字(かんじ)です"),
        ("<ruby><rb>東<rb>京<rt>とう<rt>きょう</ruby>", "東京(とう)(きょう)"),
        ("<ruby>汉<rt>hàn</rt></ruby><ruby>字<rt>zì</rt></ruby>", "汉(hàn)字(zì)"),
        ("<ruby>漢<rt> </rt></ruby>字", "漢字"),
    ],
)
def test_ruby(markup, text):
    assert plain_text(markup) == text


@given(
    st.lists(
        st.sampled_from(
            [
                "<sup>",
                "</sup>",
                "<a href='#'>",
                "</a>",
                "<rt>",
                "</rt>",
                "<rp>",
                "<ruby>",
                "x",
                "10",
                "2",
                " ",
                "\n",
                "(",
                ")",
            ]
        ),
        max_size=16,
    )
)
def test_no_mark_is_left_and_no_letter_is_lost(parts):
    text = plain_text("".join(parts))
    assert not any(mark in text for mark in "\x01\x02\x03\x04\x05\x06\x07")
    if "<rp>" not in parts:
        assert [c for c in text if c.isalnum()] == [c for c in "".join(p for p in parts if "<" not in p) if c.isalnum()]
