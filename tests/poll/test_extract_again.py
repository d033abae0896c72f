"""A kept page extracted again: what changes in the stored post, and what does not."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from ingestd.extract.rules.site_rules import SiteRules
from ingestd.extract.version import feed_version, page_version
from ingestd.model.article import BodyOrigin, KeptPage
from ingestd.model.post import DateOrigin, Post
from ingestd.model.source import SiteRule, Source
from ingestd.poll.extract_again import extract_again
from ingestd.poll.workers import WorkerPool
from ingestd.text.content_digest import content_digest

NOW = datetime(2026, 3, 1, tzinfo=UTC)
LATER = datetime(2026, 4, 1, tzinfo=UTC)
STORY = "渡轮公司周一宣布，因风浪过大，所有航线停航至周三，已购票的旅客可以退票或改签。" * 4
PAGE = f"<html><body><article><h1>停航</h1><p>{STORY}</p><p class=note>广告：本店今日八折。</p></article></body></html>"
KEPT = KeptPage(
    "https://x.example/1", "https://x.example/1", NOW, 200, PAGE.encode(), content_type="text/html; charset=utf-8"
)
SOURCE = Source("晨报", "https://x.example/feed", id=3, rule=SiteRule(select="article", remove=("h1", ".note")))
POST = Post(
    "https://x.example/1", "停航", NOW, "", (), (), "<p>旧</p>", "旧", None, NOW, DateOrigin.FEED, BodyOrigin.PAGE, id=9
)


async def again(pool: WorkerPool, post: Post = POST, source: Source | None = SOURCE, kept: KeptPage = KEPT):
    return await extract_again(post, kept, source, pool, SiteRules(), LATER)


async def test_changed_text_is_a_revision_by_extraction(pool: WorkerPool):
    update = await again(pool)
    assert update is not None
    assert (update.post_id, update.title, update.reason, update.at) == (9, "停航", "rule", LATER)
    assert (update.text, update.body_origin) == (STORY, BodyOrigin.RULE)
    assert (update.page, update.entry_digest, update.media) == (None, None, ())
    assert update.page_digest == content_digest("停航", STORY)


async def test_changed_markup_is_no_revision(pool: WorkerPool):
    update = await again(pool, replace(POST, text=STORY, content=f"<div>{STORY}</div>"))
    assert update is not None
    assert update.reason is None


async def test_unchanged_result_is_no_update(pool: WorkerPool):
    first = await again(pool)
    assert first is not None
    same = replace(POST, text=first.text, content=first.content, extraction_version=first.extraction_version)
    assert await again(pool, same) is None


async def test_unchanged_result_of_other_rules_is_an_update_of_the_version(pool: WorkerPool):
    first = await again(pool)
    assert first is not None
    before = replace(
        POST, text=first.text, content=first.content, extraction_version="feed 1, page 1, settings 00000000"
    )
    update = await again(pool, before)
    assert update is not None
    assert (update.reason, update.content) == (None, first.content)
    assert update.extraction_version == page_version((SOURCE.rule,), "auto").replace(feed_version(), "feed 1")


@pytest.mark.parametrize("body", ["", "<html><body></body></html>"], ids=["no bytes", "no text"])
async def test_page_without_text_is_no_update(pool: WorkerPool, body: str):
    assert await again(pool, kept=replace(KEPT, body=body.encode())) is None


async def test_of_an_article_in_parts_one_page_is_not_enough(pool: WorkerPool):
    paged = PAGE.replace("<article>", '<article><a class=next href="/1?page=2">下一页</a>')
    source = replace(SOURCE, rule=replace(SOURCE.rule, next_page="a.next"))
    assert await again(pool, source=source, kept=replace(KEPT, body=paged.encode())) is None


async def test_a_source_that_is_no_longer_configured_is_read_by_the_general_rules(pool: WorkerPool):
    update = await again(pool, source=None)
    assert update is not None
    assert STORY in update.text
