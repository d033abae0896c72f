"""Words are marked where they stand in the text as it is written, and posts are scored by them."""

import pytest

from ingestd.text.search.matches import MAX_MARKED_CHARS, mark, relevance, snippet, term_weights


@pytest.mark.parametrize(
    ("text", "terms", "marked"),
    [
        ("香港渡轮公司", ["渡轮"], "香港«渡轮»公司"),
        ("party ART Art, smart", ["art"], "party «ART» «Art», smart"),
        ("Caf\u00e9 cafe\u0301s cafe\u0301", ["cafe"], "«Caf\u00e9» cafe\u0301s «cafe\u0301»"),
        ("ＡＢＣ abc", ["abc"], "«ＡＢＣ» «abc»"),
        ("climate\nsummit", ["climate summit"], "«climate\nsummit»"),
        ("渡轮公司", ["渡轮", "轮公"], "«渡轮公»司"),
        ("C++ (new)", ["c++", "(new)"], "«C++» «(new)»"),
        ("nothing", ["else"], "nothing"),
    ],
)
def test_marks(text, terms, marked):
    assert mark(text, terms) == marked


def test_snippet_is_the_part_around_the_first_term():
    text = "前" * 100 + "渡轮" + "后" * 100
    assert snippet(text, ["渡轮"]) == "…" + "前" * 20 + "«渡轮»" + "后" * 38 + "…"
    assert snippet("渡轮\n停航", ["渡轮"]) == "«渡轮» 停航"
    assert snippet("无" * 100, ["渡轮"]) == "无" * 60 + "…"
    assert snippet("", ["渡轮"]) == ""


def test_a_term_far_down_a_huge_text_is_not_sought():
    assert "«" not in snippet("x" * MAX_MARKED_CHARS + " 渡轮", ["渡轮"])


def test_titles_and_rare_terms_count_more():
    texts = [("渡轮", "停航"), ("天气", "渡轮 的 的 的"), ("的", "天气 的")]
    weights = term_weights(texts, ["渡轮", "的"])
    assert weights["渡轮"] == weights["的"]
    assert term_weights(texts, ["停航", "的"])["停航"] > weights["的"]
    scores = [relevance(title, text, {"渡轮": 1.0}) for title, text in texts]
    assert scores[0] > scores[1] > scores[2] == 0
