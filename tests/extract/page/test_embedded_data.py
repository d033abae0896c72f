# ruff: noqa: E501  pages and what comes out of them stand on one line each
"""Pages that carry their article as data for a script."""

import json

import pytest

from ingestd.extract.article import extract_article
from ingestd.extract.page.embedded_data import embedded_article_html
from tests.extract.helpers import PARAGRAPHS, SAETZE, assert_cpu_time_is_linear, page

HTML = "".join(f"<p>{text}</p>" for text in SAETZE)
STATE = {
    "props": {
        "menu": ["Home", "News"],
        "article": {"id": 7, "title": "Roof", "body": HTML},
        "comments": [{"text": "Nice. " * 400}],
    }
}
BLOCKS = {"story": {"blocks": [{"type": "p", "text": text} for text in PARAGRAPHS]}}
PLAIN = {"data": {"content": "\n".join(PARAGRAPHS)}}

DATA = [
    ("Next", f'<div id="__next"></div><script id="__NEXT_DATA__" type="application/json">{json.dumps(STATE)}</script>', SAETZE),
    ("state", f"<div id=app></div><script>window.__INITIAL_STATE__ = {json.dumps(STATE)};(function(){{}})()</script>", SAETZE),
    ("variable", f"<div id=app></div><script>var allData = {json.dumps(STATE)};\nvar adKeys = [];</script>", SAETZE),
    ("text of JSON", f"<div id=app></div><script>window.S=JSON.parse({json.dumps(json.dumps(STATE))})</script>", SAETZE),
    ("blocks", f'<script type="application/json">{json.dumps(BLOCKS)}</script>', PARAGRAPHS),
    ("plain text", f'<div>Loading…</div><script type="application/json">{json.dumps(PLAIN)}</script>', PARAGRAPHS),
    ("textarea", f"<textarea class=article-content>{HTML.replace('<', '&lt;')}</textarea>", SAETZE),
]  # fmt: skip


@pytest.mark.parametrize(("_name", "html", "texts"), DATA)
def test_an_article_in_the_data_of_a_script(_name, html, texts):
    found = extract_article(None, page(f"<html><body>{html}</body></html>"))
    assert found.text == "\n".join(texts)
    assert [candidate.name for candidate in found.candidates] == ["data"]


def test_visible_article_takes_precedence_over_embedded_data():
    data = f'<script type="application/json">{json.dumps(PLAIN)}</script>'
    assert extract_article(None, page(f"<html><body><article>{HTML}</article>{data}</body></html>")).text == "\n".join(
        SAETZE
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    "make",
    [
        lambda n: "<script>var x = {broken</script>" + " " * n,
        lambda n: "<script>" + "a=[" * n + "</script>",
        lambda n: '<script type="application/json">' + "[" * n + "</script>",
        lambda n: "<script>x = " + json.dumps(["b=[1,2"] * n) + "</script>",
        lambda n: "<script>" + "JSON.parse(" * n + "</script>",
        lambda n: "<textarea>" * n,
        lambda n: "<script " * n,
    ],
)
def test_hostile_data_take_linear_time(make):
    assert_cpu_time_is_linear(lambda size: embedded_article_html(make(size)) == "" or pytest.fail(), 15_000)
