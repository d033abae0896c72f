"""The shipped site rules: each has its source, compiles, and picks the article out of a page built as the site is."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import soupsieve
from bs4 import BeautifulSoup, Tag

ROOT = Path(__file__).parent.parent
RULES: list[dict[str, Any]] = tomllib.loads((ROOT / "config" / "sites.toml").read_text("utf-8"))["site"]
PAGES: dict[str, dict[str, str]] = tomllib.loads((ROOT / "tests" / "site_pages.toml").read_text("utf-8"))
KEYS = {
    "name",
    "hosts",
    "detect",
    "url",
    "select",
    "remove",
    "title",
    "author",
    "date",
    "next_page",
    "evidence",
    "evidence_date",
}
SELECTORS = ("detect", "select", "title", "author", "date", "next_page")
EXPECTED = {"title": "题", "author": "某人", "date": "2026-11-22 08:00"}
every_rule = pytest.mark.parametrize("rule", RULES, ids=[rule["name"] for rule in RULES])


def soup_of(rule: dict[str, Any]) -> BeautifulSoup:
    return BeautifulSoup(f"<html><body>{PAGES[rule['name']]['html']}</body></html>", "lxml")


def picked(rule: dict[str, Any], soup: BeautifulSoup) -> list[Tag]:
    """All matches in document order; one inside another is already there with it."""
    matches = soup.select(rule["select"])
    return [tag for tag in matches if not any(parent in matches for parent in tag.parents)]


def value(soup: BeautifulSoup, selector: str) -> str:
    tag = soup.select_one(selector)
    assert tag is not None, f"{selector} matches nothing"
    return str(tag.get("content") or tag.get("datetime") or tag.get_text()).strip()


def test_there_are_the_rules_that_were_promised() -> None:
    names = {rule["name"] for rule in RULES}
    assert len(RULES) >= 30
    assert len(names) == len(RULES)
    assert names >= {
        *(
            "联合早报",
            "BBC 中文",
            "德国之声",
            "法国国际广播电台",
            "自由亚洲电台",
            "美国之音",
            "纽约时报中文网",
            "端传媒",
        ),
        *("Matters", "中国数字时代", "微信公众号", "财新", "澎湃新闻", "新浪", "网易", "腾讯新闻", "搜狐", "人民网"),
        *("新华网", "36氪", "虎嗅", "少数派", "Solidot", "知乎专栏", "豆瓣小组"),
        *("Medium", "Substack", "WordPress", "Ghost", "Blogger", "YouTube"),
    }
    assert set(PAGES) == names


@every_rule
def test_a_rule_names_its_source_and_when_it_was_read(rule: dict[str, Any]) -> None:
    assert set(rule) <= KEYS
    if "evidence_date" in rule:
        assert re.fullmatch(r"20\d\d-[01]\d-[0-3]\d", rule["evidence_date"])
    else:
        assert re.fullmatch(r"[\w.-]+/[\w.-]+ \S+ @ [0-9a-f]{40}", rule["evidence"])


@every_rule
def test_a_rule_applies_somewhere_and_its_selectors_compile(rule: dict[str, Any]) -> None:
    assert rule.get("hosts") or rule.get("detect")
    assert rule.get("select") or rule.get("title")
    assert rule.get("url", "https://").startswith("https://")
    for host in rule.get("hosts", []):
        assert re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)+", host)
    for selector in [*(rule[key] for key in SELECTORS if key in rule), *rule.get("remove", [])]:
        soupsieve.compile(selector)


def test_no_host_has_two_rules_for_one_path() -> None:
    places = [(host, rule.get("url", "/")) for rule in RULES for host in rule.get("hosts", [])]
    assert len(places) == len(set(places))


@every_rule
def test_a_rule_picks_the_article_and_drops_what_is_not_of_it(rule: dict[str, Any]) -> None:
    soup = soup_of(rule)
    kept = re.findall(r"留\d", soup.get_text())
    if "select" not in rule:
        assert not kept
        return
    parts = picked(rule, soup)
    unwanted = {
        selector: [tag for part in parts for tag in part.select(selector)] for selector in rule.get("remove", [])
    }
    assert [selector for selector, tags in unwanted.items() if not tags] == [], "the page does not show them"
    for tags in unwanted.values():
        for tag in tags:
            tag.extract()
    text = "".join(part.get_text() for part in parts)
    assert kept
    assert re.findall(r"留\d", text) == kept
    assert "外" not in text
    assert "去" not in text


@every_rule
def test_a_rule_reads_title_author_and_time(rule: dict[str, Any]) -> None:
    soup = soup_of(rule)
    read = {key: value(soup, rule[key]) for key in EXPECTED if key in rule}
    assert read == {key: EXPECTED[key] for key in read}


@every_rule
def test_the_page_of_a_rule_lies_where_the_rule_applies(rule: dict[str, Any]) -> None:
    address = re.sub(r"^https?://(www\.)?", "", PAGES[rule["name"]]["url"])
    host = address.partition("/")[0]
    if "detect" in rule:
        assert soup_of(rule).select(rule["detect"])
    else:
        assert any(f".{host}".endswith(f".{own}") for own in rule["hosts"])
        assert address.startswith(re.sub(r"^https?://(www\.)?", "", rule.get("url", "")))


@pytest.mark.parametrize("rule", [rule for rule in RULES if "detect" in rule], ids=lambda rule: str(rule["name"]))
def test_a_platform_is_not_seen_where_it_is_not(rule: dict[str, Any]) -> None:
    others = [other for other in RULES if other["name"] != rule["name"]]
    assert [other["name"] for other in others if soup_of(other).select(rule["detect"])] == []
