import pytest

from ingestd.extract.body.completeness import MIN_COMPLETE_SCORE, completeness_score, has_clearly_less, is_truncated
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
