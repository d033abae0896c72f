import random
import re

import pytest

from ingestd.extract.body.completeness import MIN_COMPLETE_SCORE, completeness_score, has_clearly_less, is_truncated
from ingestd.text.characters import CJK
from tests.extract.helpers import PARAGRAPHS, SAETZE

ARTICLE = "\n".join(PARAGRAPHS)
CHINESE = "\n".join(SAETZE)

CASES = [
    ("whole English article", ARTICLE, "", None, True),
    ("whole Chinese article", CHINESE, "", None, True),
    (
        "short Chinese item is whole",
        "中新社北京电 气象台今天发布暴雨预警。预计今晚到明天有大雨，请注意防范。",
        "",
        None,
        True,
    ),
    ("ellipsis", PARAGRAPHS[0] + " " + PARAGRAPHS[1][:40] + "…", "", None, False),
    ("dots in brackets", ARTICLE + " [...]", "", None, False),
    ("read more", ARTICLE + "\nRead more", "", None, False),
    ("continue reading with a name", ARTICLE + "\nContinue reading →", "", None, False),
    ("阅读全文", CHINESE + "阅读全文", "", None, False),
    ("繼續閱讀", CHINESE + " 繼續閱讀 »", "", None, False),
    ("WordPress foot is no cut", ARTICLE + "\nThe post A vote appeared first on A site.", "", None, True),
    ("one line without end", "The council voted on Tuesday to keep the library", "", None, False),
    ("covers the page", ARTICLE, "", ARTICLE + "\nOne more line.", True),
    ("a fifth of the page", PARAGRAPHS[0], "", ARTICLE, False),
    ("Chinese first paragraph of a page", SAETZE[0], "", CHINESE, False),
    ("page is a wall", ARTICLE, "", "Please sign in to read this story.", True),
    ("nothing", "", "", None, False),
]


@pytest.mark.parametrize(("_name", "content", "summary", "page", "expected"), CASES, ids=[case[0] for case in CASES])
def test_completeness_of_feed_texts(_name, content, summary, page, expected):
    assert (completeness_score(content, summary, page) >= MIN_COMPLETE_SCORE) is expected


def test_sentence_about_reading_is_no_truncation_mark():
    assert not is_truncated("She said that she would never stop reading more than one book a week.")
    assert is_truncated("点击查看全文")


def test_paywall_text_is_shorter_than_the_feed():
    assert has_clearly_less("Sign in to go on.", ARTICLE)
    assert not has_clearly_less(ARTICLE, PARAGRAPHS[0])
    assert not has_clearly_less(CHINESE, CHINESE)


def shingles(text: str) -> set[tuple[str, ...]]:
    words = re.findall(f"[{CJK}]|[^\\W_]+", text.lower())
    size = min(4, len(words)) or 1
    return {tuple(words[at : at + size]) for at in range(len(words) - size + 1)}


def test_the_score_by_page_is_that_of_shared_runs_of_four_words():
    draw = random.Random(21)
    letters = "ab _9.é“’—ßİÀŒ香港か한😀²"
    scores = set()
    for _ in range(500):
        page = " ".join("".join(draw.choices(letters, k=draw.randint(1, 6))) for _ in range(draw.randint(1, 60)))
        content = (page[: draw.randint(1, len(page))] + draw.choice(("", " further words a b c"))).strip()
        ours, theirs = shingles(content), shingles(page)
        if not theirs or not content or not page.strip() or is_truncated(content):
            continue
        covered, kept = len(ours & theirs) / len(theirs), len(ours & theirs) / (len(ours) or 1)
        if covered >= 0.8:
            expected = 0.95
        elif kept < 0.3 and len(ours) > len(theirs):
            expected = 0.8
        else:
            expected = 0.7 if len(ours) >= len(theirs) else round(covered * 0.6, 3)
        assert completeness_score(content, page_text=page) == expected, (content, page)
        scores.add(expected)
    assert len(scores) > 50
