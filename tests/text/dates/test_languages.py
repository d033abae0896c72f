"""Dates in the languages of the world, as CLDR writes them: `cldr.json` holds what Babel 2.19 formats.

`full`, `long` and `medium` are the days 13 January, 14 February … 24 December 2021; `time` is 18 April 2021 at 00:05,
09:18, 12:30 and 23:59.
"""

import json
from pathlib import Path

import pytest

from ingestd.text.dates import parse_date

CLDR = json.loads(Path(__file__).with_name("cldr.json").read_text("utf-8"))
DAYS = [f"2021-{month:02}-{month + 12}" for month in range(1, 13)]
CLOCKS = ["00:05", "09:18", "12:30", "23:59"]


def day(raw: str, language: str | None) -> str | None:
    stamp = parse_date(raw, language=language, zone="UTC")
    return None if stamp is None else f"{stamp.utc:%Y-%m-%d}"


def test_the_table_has_what_it_promises():
    assert len(CLDR) == 46
    assert CLDR["de"]["full"][2] == "Montag, 15. März 2021"
    assert all(len(forms[width]) == 12 for forms in CLDR.values() for width in ("full", "long", "medium"))


@pytest.mark.parametrize("width", ["full", "long", "medium"])
@pytest.mark.parametrize("language", CLDR)
def test_every_month_of_a_language(language, width):
    assert {raw: day(raw, language) for raw in CLDR[language][width]} == dict(
        zip(CLDR[language][width], DAYS, strict=True)
    )


@pytest.mark.parametrize("language", CLDR)
def test_every_month_of_a_feed_without_a_language(language):
    """Croatian names some months as its neighbours name others; without the language these are not read as theirs."""
    found = [day(raw, None) for raw in CLDR[language]["long"]]
    if language != "hr":
        assert found == DAYS


@pytest.mark.parametrize("language", CLDR)
def test_names_in_upper_case(language):
    assert [day(raw.upper(), language) for raw in CLDR[language]["long"]] == DAYS


@pytest.mark.parametrize("language", [name for name in CLDR if "time" in CLDR[name]])
def test_times_of_a_language(language):
    stamps = [parse_date(raw, language=language, zone="UTC") for raw in CLDR[language]["time"]]
    assert [stamp and f"{stamp.utc:%Y-%m-%d %H:%M}" for stamp in stamps] == [f"2021-04-18 {clock}" for clock in CLOCKS]


@pytest.mark.parametrize(
    ("raw", "language", "expected"),
    [
        # Months that are named alike in neighbouring languages, and are not the same.
        ("18. listopada 2021", "hr", "2021-10-18"),
        ("18 listopada 2021", "pl", "2021-11-18"),
        ("18. listopadu 2021", "cs", "2021-11-18"),
        ("18. srpnja 2021", "hr", "2021-07-18"),
        ("18. srpna 2021", "cs", "2021-08-18"),
        ("18 lip 2021", "pl", "2021-07-18"),
        ("18. lip 2021", "hr", "2021-06-18"),
        ("18 travnja 2021", "hr", "2021-04-18"),
        ("18 травня 2021", "uk", "2021-05-18"),
        # Words that are a month and a weekday.
        ("mar 18 mai 2021", "fr", "2021-05-18"),
        ("mar, 18 mayo 2021", "es", "2021-05-18"),
        ("mar. 16 mars 2021", "fr", "2021-03-16"),
        ("16 Mar 2021 Sal", "tr", "2021-03-16"),
        ("Paz, 18 Nisan 2021", "tr", "2021-04-18"),
        ("18 paź 2021", "pl", "2021-10-18"),
        ("sub, 17. tra 2021.", "hr", "2021-04-17"),
        ("13 Şub 2021", "tr", "2021-02-13"),
        # Spelling: with and without accents, dots and apostrophes.
        ("18 août 2021", "fr", "2021-08-18"),
        ("18 aout 2021", "fr", "2021-08-18"),
        ("1er août 2021", "fr", "2021-08-01"),
        ("18 déc. 2021", "fr", "2021-12-18"),
        ("18 février 2021", "fr", "2021-02-18"),
        ("18 fe\u0301vrier 2021", "fr", "2021-02-18"),
        ("18. März 2021", "de", "2021-03-18"),
        ("18. Maerz 2021", "de", "2021-03-18"),
        ("18. Mrz 2021", "de", "2021-03-18"),
        ("18. Jänner 2021", "de", "2021-01-18"),
        ("lørdag 17. april 2021", "nb", "2021-04-17"),
        ("lordag 17. april 2021", "nb", "2021-04-17"),
        ("poniedziałek, 19 kwietnia 2021", "pl", "2021-04-19"),
        ("poniedzialek, 19 kwietnia 2021", "pl", "2021-04-19"),
        ("18 Mayıs 2021 Salı", "tr", "2021-05-18"),
        ("18 Mayis 2021 Sali", "tr", "2021-05-18"),
        ("18 MAYIS 2021", "tr", "2021-05-18"),
        ("п’ятниця, 16 квітня 2021", "uk", "2021-04-16"),
        ("пʼятниця, 16 квітня 2021", "uk", "2021-04-16"),
        ("dimecres, 21 d'abril de 2021", "ca", "2021-04-21"),
        ("21 d’abril de 2021", "ca", "2021-04-21"),
        ("18 de octubre del 2021", "es", "2021-10-18"),
        ("18 setiembre 2021", "es", "2021-09-18"),
        ("18/abr/2021", "pt", "2021-04-18"),
        ("segunda-feira, 19 de abril de 2021", "pt", "2021-04-19"),
        ("venerdì 16 aprile 2021", "it", "2021-04-16"),
        ("2021. április 18., vasárnap", "hu", "2021-04-18"),
        ("2021 m. balandžio 18 d.", "lt", "2021-04-18"),
        ("18. huhtikuuta 2021", "fi", "2021-04-18"),
        ("18 Ağustos 2021 Çarşamba", "tr", "2021-08-18"),
        # Points, vowel signs and marks of the direction of writing.
        ("18 באפריל 2021", "he", "2021-04-18"),
        ("18 אפריל 2021", "he", "2021-04-18"),
        ("\u200e18\u200f/\u200e04\u200f/\u200e2021\u200e", "ar", "2021-04-18"),
        ("18 ابريل 2021", "ar", "2021-04-18"),
        ("18 أبريل 2021", "ar", "2021-04-18"),
        ("۱۸ آوریل ۲۰۲۱", "fa", "2021-04-18"),
        ("सोमवार, 19 अप्रैल 2021", "hi", "2021-04-19"),
        ("१९ अप्रैल २०२१", "hi", "2021-04-19"),
        ("16 มี.ค. 2564", "th", "2021-03-16"),
        ("16 ม.ค. 2564", "th", "2021-01-16"),
        ("วันศุกร์ที่ 16 เมษายน พ.ศ. 2564", "th", "2021-04-16"),
        ("๑๖ เมษายน ๒๕๖๔", "th", "2021-04-16"),
        ("16 เมษายน 2021", "th", "2021-04-16"),
        # Another calendar is not misread.
        ("۲۹ فروردین ۱۴۰۰", "fa", None),
        ("29 Farvardin 1400", "fa", None),
        ("6 Ramadan 1442", "ar", None),
        ("18 April 2564", "en", None),
        # A word of no language is not passed over.
        ("18 Foober 2021", "en", None),
        ("18 Mayonnaise 2021", "en", None),
        ("Marchday 18 2021", "en", None),
    ],
)
def test_spellings_and_words_with_two_meanings(raw, language, expected):
    assert day(raw, language) == expected
