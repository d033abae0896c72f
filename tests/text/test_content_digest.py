"""What counts as a change of an article, and what does not: pairs of texts with equal and with different digests."""

import random
import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestd.model.feed import Entry
from ingestd.text.content_digest import content_digest, entry_digest, significant_text

TEXT = "The council voted to keep the old library.\nThe debate went on for six hours."
CHINESE = "市议会投票保留图书馆。\n辩论持续了六个小时。"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        # White space, punctuation, case, width.
        ("One two.", "One  two."),
        ("One two.", "One\ntwo"),
        ("One two.", "one, TWO!"),
        ("“One” – two…", '"One" - two...'),
        ("ＡＢＣ １２３", "ABC 123"),
        ("ｶﾞ", "ガ"),
        ("ﬁne", "fine"),
        ("Straße", "STRASSE"),
        ("cafe\u0301", "café"),
        # Addresses.
        ("See https://a.example/1 for more", "See https://b.example/2?utm=x for more"),
        ("See http://a.example", "See"),
        # Counters of readers and of comments, anywhere.
        ("A story. 12 views", "A story. 1,345 views"),
        ("A story. Views: 12", "A story. Views: 99"),
        ("A story (12 comments)", "A story (7 comments)"),
        ("A story. 1 comment", "A story."),
        ("A story. 3.4k views", "A story. 12K+ views"),
        ("A story. 12 page views", "A story. 15 pageviews"),
        ("阅读 1234 正文", "阅读 5678 正文"),
        ("阅读量：12万 正文", "阅读量：13万 正文"),
        ("1,234次浏览 正文", "88次浏览 正文"),
        ("評論(12)", "評論(345)"),
        ("12条评论", ""),
        ("点赞 12", "点赞 99"),
        ("閲覧数 12", "閲覧数 14"),
        ("조회수 12", "조회수 14"),
        ("Просмотров: 12", "Просмотров: 13"),
        ("1 комментарий", "2 комментария"),
        ("Kommentare (3)", "Kommentare (4)"),
        ("3 commentaires", "4 commentaires"),
        ("コメント(3)", "コメント(4)"),
        ("Hits: 12", "Hits: 13"),
        ("3 readers online", "12 readers online"),
        # Lines that plug-ins for blogs add.
        ("Story.\n(Visited 222 times, 1 visits today)", "Story.\n(Visited 1,223 times, 4 visits today)"),
        ("Story.\nThis entry was viewed 12 times.", "Story.\nThis entry was viewed 13 times."),
        ("Story.\nRead 12 times", "Story.\nRead 13 times"),
        ("Story.\nRating: 4.5/5 (12 votes)", "Story.\nRating: 4.7/5 (13 votes)"),
        ("Story.\n[Total: 5 Average: 4.2]", "Story.\n[Total: 6 Average: 4.3]"),
        ("Story.\n👍 12", "Story.\n👍 13"),
        ("Story.\n❤️ 12", "Story.\n❤️ 9"),
        ("點讚數：12", "點讚數：99"),
        ("转发(3)", "转发(5)"),
        ("12 轉發", "15 轉發"),
        ("瀏覽次數：3", "瀏覽次數：99999"),
        ("刚刚", ""),
        ("發佈於 剛剛", "發佈於 3 天前"),
        ("发布于 2周前", "发布于 3個月前"),
        ("3 secs. 10 minutes ago", "3 secs. 11 minutes ago"),
        # Counters of reactions, in short lines.
        ("12 likes", "99 likes"),
        ("Likes: 5", "Likes: 6"),
        ("5 shares, 3 retweets", "8 shares, 4 retweets"),
        ("点击：33", "点击：44"),
        ("33次播放", "35次播放"),
        # Relative times.
        ("Posted 3 hours ago", "Posted 5 days ago"),
        ("Posted an hour ago", "Posted 2 hrs ago"),
        ("Posted just now", "Posted 1 min ago"),
        ("发布于 3小时前", "发布于 2天前"),
        ("发布于 刚刚", "发布于 5分钟前"),
        ("發佈於 3 個月前", "發佈於 1 年前"),
        # Dates and times, in short lines.
        ("Updated 18 April 2021", "Updated 19 May 2022"),
        ("Updated April 18th, 2021", "Updated May 1, 2021"),
        ("Updated 2021-04-18 23:18", "Updated 2021/04/19 07:05:11"),
        ("更新于 2021年4月18日 23:18", "更新于 2021年4月19日 08:00"),
        ("at 11:18 p.m.", "at 7:05 AM"),
        ("at 23:18 UTC", "at 23:19 +0200"),
        # Labels of advertisements, as lines of their own.
        ("Text\nAdvertisement\nmore", "Text\nmore"),
        ("Text\n- ADVERTISEMENT -\nmore", "Text\nmore"),
        ("Text\nSponsored content\nmore", "Text\nmore"),
        ("正文\n广告\n更多", "正文\n更多"),
    ],
)
def test_incidental_differences(old, new):
    assert content_digest("", old) == content_digest("", new)
    assert content_digest("Title", f"{TEXT}\n{old}") == content_digest("title", f"{TEXT}\n{new}")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("One two", "One three"),
        ("One two", "One two three"),
        ("One two", "two One"),
        ("not guilty", "guilty"),
        ("市议会投票保留", "市议会投票拆除"),
        ("他说是", "她说是"),
        # Numbers, signs and currencies.
        ("The vote was 5 to 3", "The vote was 5 to 4"),
        ("Growth of 5", "Growth of -5"),
        ("Growth of 5", "Growth of 5%"),
        ("It costs $5", "It costs €5"),
        ("It costs 5.50", "It costs 55.1"),
        ("Minus −5 degrees", "Minus 5 degrees"),
        ("20° outside", "20 outside"),
        ("C++", "C"),
        ("Great 👍", "Great 👎"),
        ("Great 👍", "Great"),
        # Words of counters and advertisements that are text.
        ("Their views on the matter differ", "Their opinions on the matter differ"),
        ("The advertisement was banned", "The was banned"),
        ("He comments on the game", "He on the game"),
        ("Sie kommentierte 3 Spiele", "Sie kommentierte 4 Spiele"),
        ("The total was 5 and the average 4", "The total was 6 and the average 4"),
        ("He was seen 3 times", "He was seen 4 times"),
        # In a sentence a number beside such a word is text.
        (
            "After a long evening with many turns the home side won the last game of the season by 5 points in front of"
            " a full house.",
            "After a long evening with many turns the home side won the last game of the season by 7 points in front of"
            " a full house.",
        ),
        (
            "The court that had been asked to decide on the matter said that the contract of 18 April 2021 was void"
            " from the very beginning.",
            "The court that had been asked to decide on the matter said that the contract of 19 April 2021 was void"
            " from the very beginning.",
        ),
        ("Ten years on", "Twelve years on"),
        ("1984", "1985"),
    ],
)
def test_changes_of_an_article(old, new):
    assert content_digest("", old) != content_digest("", new)
    assert content_digest("Title", f"{TEXT}\n{old}") != content_digest("Title", f"{TEXT}\n{new}")


def test_title_counts():
    assert content_digest("One", TEXT) != content_digest("Two", TEXT)
    assert content_digest("One (12 comments)", TEXT) == content_digest("One (13 comments)", TEXT)


@pytest.mark.parametrize(("title", "text"), [("", ""), ("T", ""), ("", "x"), (CHINESE, CHINESE), ("\ud83d", "\udc00")])
def test_digest_has_32_hexadecimal_digits(title, text):
    digest = content_digest(title, text)
    assert len(digest) == 32
    assert int(digest, 16) >= 0


@pytest.mark.parametrize("length", [10, 49_990, 50_000, 50_001, 120_000])
def test_long_texts_are_digested_alike(length):
    """Whether a text is cached or not changes nothing, and a change at its end counts."""
    text = "word " * (length // 5)
    assert content_digest("T", text) == content_digest("t", text.upper() + "\nAdvertisement")
    assert content_digest("T", text) != content_digest("T", text + "end")


def test_entry_is_digested_by_its_content_or_else_its_summary():
    whole = Entry(title="T", content="<p>One <b>two</b></p>", summary="Other")
    assert entry_digest(whole) == content_digest("T", "One two")
    assert entry_digest(Entry(title="T", summary="<p>One two</p>")) == content_digest("T", "One two")
    assert entry_digest(Entry(title="T")) == content_digest("T", "")


@given(st.text(max_size=60), st.sampled_from([" ", "\n", "\t", "  \n "]))
def test_surrounding_space_never_counts(text, space):
    assert significant_text(f"{space}{text}{space}") == significant_text(text)


@given(st.text(max_size=60))
def test_significant_text_is_made_of_letters_digits_and_signs(text):
    found = significant_text(text)
    assert not any(char.isspace() for char in found)
    assert all(char.isalnum() or char in "_$€£¥₩%+°-\u2212" or not char.isascii() for char in found)


def test_what_is_significant_is_the_same_by_tables_and_by_the_definition():
    """Letters, digits, currencies, percent, degree and plus; a minus before a digit, and not behind a letter."""
    significant = re.compile("[\\w$€£¥₩%+°\U0001f300-\U0001faff]+|[-\u2212](?<!\\w.)(?=\\d)")
    draw = random.Random(21)
    letters = "abCßé1-+ .²½$£€%’“—…，：３ＡÀŒĀ香😀\u0338\u0301=<\u2212\xa0\u3000"
    for _ in range(2000):
        # In a long line nothing is taken for a date.
        text = "long " * 20 + "".join(draw.choices(letters[: draw.randint(8, len(letters))], k=draw.randint(1, 60)))
        folded = unicodedata.normalize("NFKC", text).casefold()
        assert significant_text(text) == "".join(significant.findall(folded)), text


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("Posted 5分钟前 by us", "Posted by us"),
        ("Posted 3 days ago by us", "Posted by us"),
        ("Posted 5分钟前 or an hour ago by us", "Posted or by us"),
        ("Chicago says 3 days", "Chicago says 3 days"),
    ],
)
def test_relative_times_of_either_language_are_incidental(text, same):
    assert significant_text(text) == significant_text(same)
