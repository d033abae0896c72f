"""Whether a page still shows the stored article, edited or not."""

from datetime import UTC, datetime

import pytest

from ingestd.model.article import Article, BodyOrigin
from ingestd.model.post import DateOrigin, Post
from ingestd.poll.edits import MIN_UNRELATED_TEXT_CHARS, can_be_edit_of

NOW = datetime(2026, 3, 1, tzinfo=UTC)
STORY = (
    "渡轮公司周一宣布，因风浪过大，所有航线停航至周三，已购票的旅客可以退票或改签，码头将派车接送滞留的旅客前往市区。"
)
OTHER = "博物馆本周展出一批十九世纪的航海图，策展人说其中最早的一张绘于一八三〇年，此前从未公开，展览免费，为期两个月。"


def post(title: str = "渡轮停航三日", text: str = STORY) -> Post:
    return Post(
        "https://x.example/1",
        title,
        NOW,
        "",
        (),
        (),
        f"<p>{text}</p>",
        text,
        None,
        NOW,
        DateOrigin.FEED,
        BodyOrigin.PAGE,
    )


def article(title: str | None, text: str) -> Article:
    return Article(html=f"<p>{text}</p>", text=text, body_origin=BodyOrigin.PAGE, title=title)


@pytest.mark.parametrize(
    ("title", "text", "expected"),
    [
        ("渡轮停航三日", OTHER, True),
        ("渡轮停航三日（更新）", STORY, True),
        ("航线恢复通航", STORY + "公司称周四恢复。", True),
        ("航海图展览开幕", OTHER, False),
        (None, OTHER, False),
        (None, STORY, True),
    ],
    ids=["the title stays", "both stay", "the text stays", "neither", "another text, no title", "the text, no title"],
)
def test_same_article_needs_title_or_wording(title: str | None, text: str, expected: bool):
    assert can_be_edit_of(article(title, text), post()) is expected


@pytest.mark.parametrize(
    ("stored", "text", "expected"),
    [(STORY * 3, "请登录", False), ("短讯", "另一则", True), (STORY * 3, "", False), ("", "", True)],
    ids=["a wall in the place of a story", "two short texts", "nothing in the place of a story", "two empty ones"],
)
def test_without_comparable_text_a_much_shorter_one_is_another_article(stored: str, text: str, expected: bool):
    assert len(STORY * 3) > MIN_UNRELATED_TEXT_CHARS > len("请登录")
    assert can_be_edit_of(article(None, text), post("渡轮停航三日", stored)) is expected
