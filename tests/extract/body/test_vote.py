# mypy: disable-error-code="no-untyped-call"

from ingestd.extract.body.vote import TextCandidate, is_fragment, rank_candidates, shingle_f1, shingles
from tests.extract.helpers import PARAGRAPHS, SAETZE

ARTICLE = "\n".join(PARAGRAPHS)
CHINESE = "\n".join(SAETZE)


def option(name, text):
    return TextCandidate(name, f"<p>{text}</p>", text)


def test_shingles_count_words_and_han_characters():
    assert shingles("One two three four five") == {
        ("one", "two", "three", "four"): 1,
        ("two", "three", "four", "five"): 1,
    }
    assert shingles("图书馆开") == {("图", "书", "馆", "开"): 1}
    assert shingles("one") == {("one",): 1}
    assert not shingles("")


def test_agreement():
    assert shingle_f1(shingles(ARTICLE), shingles(ARTICLE)) == 1
    assert shingle_f1(shingles(ARTICLE), shingles(CHINESE)) == 0
    assert shingle_f1(shingles(""), shingles("")) == 0


def test_candidate_closest_to_the_others_is_first():
    ranked = rank_candidates(
        [option("all", ARTICLE + CHINESE), option("right", ARTICLE), option("some", "\n".join(PARAGRAPHS[:4]))]
    )
    assert ranked[0][0].name == "right"
    assert [score for _option, score in ranked] == sorted((score for _option, score in ranked), reverse=True)


def test_tie_is_decided_by_hint_then_order():
    two = [option("a", ARTICLE), option("b", "\n".join(PARAGRAPHS[:4]))]
    assert rank_candidates(two)[0][0].name == "a"
    assert rank_candidates([option("other", CHINESE * 2), option("b", ARTICLE)], PARAGRAPHS[0])[0][0].name == "b"


def test_fragment_ranks_below_the_longer_text_but_not_in_chinese():
    assert rank_candidates([option("piece", PARAGRAPHS[0]), option("whole", ARTICLE)])[0][0].name == "whole"
    assert rank_candidates([option("piece", SAETZE[0]), option("whole", CHINESE)])[0][0].name == "piece"
    assert not is_fragment(ARTICLE, ARTICLE)


def test_single_candidate_has_score_1():
    assert rank_candidates([option("a", ARTICLE)]) == [(option("a", ARTICLE), 1.0)]
