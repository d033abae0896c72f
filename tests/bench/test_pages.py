"""The evaluation set is what its generator makes, the measure measures, and extraction stays above its floor."""

import json
import statistics
from pathlib import Path

import pytest

from tests.bench import make_pages, pages
from tests.bench.page_plans import PLANS
from tests.bench.shingles import f1, shingles, tokens

HERE = Path(__file__).parent
CASES = pages.cases()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("石桥 2026年", ["石", "桥", "2026", "年"]),
        ("The Mill's wheel, twice.", ["the", "mill", "s", "wheel", "twice"]),
        ("時計台が動く", ["時", "計", "台", "が", "動", "く"]),
        ("등대 불", ["등", "대", "불"]),
        ("Мельница в Каменке", ["мельница", "в", "каменке"]),
        ("「，。」…", []),
    ],
)
def test_tokens_are_characters_of_han_kana_and_hangul_and_words_of_the_rest(text: str, expected: list[str]) -> None:
    assert tokens(text) == expected


def test_shingles_count_how_often_a_run_occurs() -> None:
    assert shingles("a b c d a b c d") == {
        ("a", "b", "c", "d"): 2,
        ("b", "c", "d", "a"): 1,
        ("c", "d", "a", "b"): 1,
        ("d", "a", "b", "c"): 1,
    }
    assert shingles("一二") == {("一", "二"): 1}


@pytest.mark.parametrize(
    ("expected", "got", "score"),
    [
        ("石桥修好了", "石桥，修好了！", 1.0),
        ("", "", 1.0),
        ("石桥修好了", "", 0.0),
        ("石桥修好了", "完全别的话语", 0.0),
        ("a b c d e f g h", "a b c d e f g h i j k l m", 2 * 5 / 15),
        ("a b c d e f g h", "a b c d e", 2 * 2 / 7),
    ],
)
def test_f1_of_missing_and_surplus_text(expected: str, got: str, score: float) -> None:
    assert f1(expected, got) == pytest.approx(score)


def test_stored_set_equals_the_generated_one() -> None:
    index = json.loads((pages.PAGES / "index.json").read_text("utf-8"))
    assert list(index) == list(PLANS)
    for name, plan in PLANS.items():
        page, expected, entry = make_pages.made(name, plan)
        assert (pages.PAGES / f"{name}.html").read_bytes() == page, name
        assert (pages.PAGES / f"{name}.txt").read_text("utf-8") == expected + "\n", name
        assert index[name] == entry


def test_the_set_is_large_mixed_and_half_chinese() -> None:
    chinese = [case for case in CASES if case.lang.startswith("zh")]
    assert len(CASES) >= 60
    assert len(CASES) / 2 <= len(chinese) <= len(CASES) * 0.6
    assert len({case.structure for case in CASES}) >= 30
    assert len({case.expected for case in CASES}) == len(CASES)
    assert sum(path.stat().st_size for path in pages.PAGES.iterdir()) < 3_000_000


def test_pages_hold_the_text_and_boilerplate() -> None:
    for case in CASES:
        said = PLANS[case.name].charset
        line = case.expected.splitlines()[0]
        if case.structure != "script_only":
            assert line[:12] in case.page.decode(said), case.name
        assert len(case.page) > len(case.expected.encode(said, "ignore")), case.name


@pytest.mark.slow
def test_extraction_reaches_the_minimum_f1() -> None:
    scores = [pages.scored(case, pages.by_ingestd, rounds=1) for case in CASES]
    assert statistics.fmean(score.f1 for score in scores) >= 0.98
    assert [f"{score.case.name} {score.f1:.3f}" for score in scores if score.f1 < 0.8] == []
    for language in ("zh-Hans", "zh-Hant", "en"):
        assert statistics.fmean(score.f1 for score in scores if score.case.lang == language) >= 0.97
    levels = {score.level for score in scores}
    assert levels == {"rule", "feed", "page"}
    assert statistics.fmean(score.f1 for score in scores if score.level == "rule") >= 0.98


@pytest.mark.slow
def test_without_rules_and_feed_only_the_pages_without_text_are_lost() -> None:
    scores = [pages.scored(case, pages.by_page_alone, rounds=1) for case in CASES]
    lost = [score.case.structure for score in scores if score.f1 < 0.5]
    assert set(lost) <= {"script_only"}
    assert statistics.fmean(score.f1 for score in scores if score.case.structure != "script_only") >= 0.96


def test_the_runner_writes_the_figures_of_every_extractor(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    few = pages.cases(["zh-wechat", "zh-breaks-gbk", "en-script"])
    monkeypatch.setattr(pages, "cases", lambda: few)
    pages.main(["--json", str(tmp_path / "figures.json"), "--rounds", "1"])
    figures = json.loads((tmp_path / "figures.json").read_text("utf-8"))
    own = figures["extractors"]["ingestd"]
    assert figures["pages"] == 3
    assert {level: part["pages"] for level, part in own["by_level"].items()} == {"rule": 1, "feed": 1, "page": 1}
    assert set(own["by_language"]) == {"zh-Hans", "en"}
    assert own["cpu_ratio"] == 1.0
    assert set(figures["by_page"]) == {"zh-wechat", "zh-breaks-gbk", "en-script"}
    assert "trafilatura" in figures["extractors"]
    out = capsys.readouterr().out
    assert "3 pages, mean F1" in out
    assert "ingestd by level" in out
