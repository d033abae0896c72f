"""The language of a text by its script."""

import pytest

from ingestd.text.script_language import script_language


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("", None),
        ("The summit opens in Geneva", None),
        ("Der Gipfel beginnt in Zürich, für fünf Tage", None),
        ("气候峰会今天在日内瓦开幕", "zh"),
        ("氣候峰會今天在日內瓦開幕", "zh"),
        ("苹果发布 iPhone 15 Pro Max 与 Apple Watch Ultra，售价不变", "zh"),
        ("今日の天気はどうですか", "ja"),
        ("東京都知事選挙、投票始まる", "ja"),
        ("台湾のニュース", "ja"),
        ("오늘의 날씨는 맑음", "ko"),
        ("สวัสดีชาวโลก", "th"),
        ("כל החדשות מישראל", "he"),
        ("Τα νέα της ημέρας", "el"),
        ("How to say 你好 in Mandarin, and five more phrases", None),
        ("三体", None),
        ("新闻 news 新闻 of the day from all over the world", None),
        ("Новости дня из Москвы", None),
    ],
)
def test_language_of_a_script(text, language):
    assert script_language(text) == language
