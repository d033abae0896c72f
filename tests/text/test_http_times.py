"""Times as text, against Python's own readers and writers."""

from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestd.text.script_language import script_language
from ingestd.text.times import epoch_ms, from_epoch_ms, from_utc_text, http_date, utc_text
from tests.text.charset.test_texts_of_languages import SENTENCES

ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
MOMENTS = st.datetimes(
    datetime(1900, 1, 2),  # noqa: DTZ001 - the zone follows
    datetime(2199, 12, 30),  # noqa: DTZ001 - the zone follows
    timezones=ZONES,
)


@given(MOMENTS)
def test_utc_text_is_what_python_reads(moment):
    text = utc_text(moment)
    assert len(text) == len("2021-04-18T01:45:12.653Z")
    read = datetime.fromisoformat(text)
    assert timedelta(0) <= moment - read < timedelta(milliseconds=1)
    assert from_utc_text(text) == read


@given(st.lists(MOMENTS, min_size=2, max_size=8))
def test_texts_are_in_the_order_of_their_times(moments):
    """Columns of times are compared as texts."""
    cut = [moment.replace(microsecond=0) for moment in moments]
    assert sorted(map(utc_text, cut)) == [utc_text(moment) for moment in sorted(cut)]


@given(MOMENTS)
def test_epoch_milliseconds(moment):
    exact = moment.astimezone(UTC)
    assert from_epoch_ms(epoch_ms(moment)) == exact.replace(microsecond=exact.microsecond // 1000 * 1000)
    assert epoch_ms(moment) // 1000 == int(moment.replace(microsecond=0).timestamp())


@given(MOMENTS)
def test_http_dates_are_what_python_writes(moment):
    whole = moment.replace(microsecond=0)
    assert http_date(format_datetime(whole)) == whole
    assert http_date(format_datetime(whole.astimezone(UTC), usegmt=True)) == whole


@pytest.mark.parametrize("text", ["", "2021", "x", "2021-13-18T01:45:12.653Z", "Sun, 06 Nov 1994"])
def test_other_texts_are_no_stored_time(text):
    with pytest.raises(ValueError, match=r".+"):
        from_utc_text(text)


SCRIPTS = {"zh": "zh", "zh-tw": "zh", "ja": "ja", "ko": "ko", "th": "th", "el": "el", "he": "he"}


@pytest.mark.parametrize("language", SENTENCES)
def test_language_by_script(language):
    """Of a script that several languages have, nothing follows."""
    assert script_language(SENTENCES[language]) == SCRIPTS.get(language)
    assert script_language(f"{SENTENCES['en']} {SENTENCES['fr']} “{SENTENCES[language][:8]}”") is None
