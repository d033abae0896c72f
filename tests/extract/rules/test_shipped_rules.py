"""The shipped site rules: each has its source, compiles, and picks the article out of a page built as the site is."""

import re
import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import soupsieve
from bs4 import BeautifulSoup
from lxml import html

from ingestd.extract.article import extract_article
from ingestd.extract.rules.site_rules import load_rules
from ingestd.model.article import Article, BodyOrigin
from ingestd.model.http import Response

ROOT = Path(__file__).parents[3]
PACK = (ROOT / "config" / "sites.toml").read_text("utf-8")
SITES = load_rules(PACK)
RULES: list[dict[str, Any]] = tomllib.loads(PACK)["site"]
PAGES: dict[str, dict[str, str]] = tomllib.loads(Path(__file__).with_name("site_pages.toml").read_text("utf-8"))
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
TIME = datetime(2026, 11, 22, 0, 0, tzinfo=UTC)
every_rule = pytest.mark.parametrize("rule", RULES, ids=[rule["name"] for rule in RULES])


def html_of(rule: dict[str, Any]) -> str:
    return f'<!DOCTYPE html><html><head><meta charset="utf-8"></head><body>{PAGES[rule["name"]]["html"]}</body></html>'


def soup_of(rule: dict[str, Any]) -> BeautifulSoup:
    return BeautifulSoup(html_of(rule), "lxml")


def read(rule: dict[str, Any]) -> Article:
    """The page of a rule as a poll reads it, without a feed's text and with all shipped rules."""
    url = PAGES[rule["name"]]["url"]
    headers = (("content-type", "text/html; charset=utf-8"),)
    page = Response(url, url, 200, headers, html_of(rule).encode(), TIME)
    return extract_article(None, page, site_rules=SITES, timezone="Asia/Shanghai")


def test_number_of_shipped_rules() -> None:
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
def test_every_selector_matches_its_page(rule: dict[str, Any]) -> None:
    soup = soup_of(rule)
    selectors = [*(rule[key] for key in SELECTORS if key in rule), *rule.get("remove", [])]
    assert [selector for selector in selectors if not soup.select(selector)] == []


@every_rule
def test_rule_selects_the_article_and_removes_boilerplate(rule: dict[str, Any]) -> None:
    article = read(rule)
    kept = re.findall(r"留\d", html_of(rule))
    assert bool(kept) == ("select" in rule)
    if kept:
        assert article.body_origin is BodyOrigin.RULE
        assert re.findall(r"留\d", article.text) == kept
        assert not re.findall(r"[外去]", article.text)
    else:
        assert article.body_origin is not BodyOrigin.RULE


@every_rule
def test_a_rule_reads_title_author_and_time(rule: dict[str, Any]) -> None:
    article = read(rule)
    found = {
        "title": article.title,
        "author": ", ".join(article.authors),
        "date": article.published.utc if article.published else None,
    }
    expected = {"title": "题", "author": "某人", "date": TIME}
    assert {key: found[key] for key in expected if key in rule} == {
        key: expected[key] for key in expected if key in rule
    }


@every_rule
def test_page_is_matched_by_its_own_rule(rule: dict[str, Any]) -> None:
    page = html.document_fromstring(html_of(rule))
    site = SITES.for_page(PAGES[rule["name"]]["url"], page)
    assert site is not None
    assert site.name == rule["name"]


@pytest.mark.parametrize("rule", [rule for rule in RULES if "detect" in rule], ids=lambda rule: str(rule["name"]))
def test_other_pages_match_no_platform(rule: dict[str, Any]) -> None:
    others = [other for other in RULES if other["name"] != rule["name"]]
    assert [other["name"] for other in others if soup_of(other).select(rule["detect"])] == []
