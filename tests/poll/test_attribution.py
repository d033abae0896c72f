"""Whose change a new text is: that of our rules, settings and code is no row of the view `edits`; the site's is one."""

from dataclasses import replace
from typing import Any

import pytest

from ingestd.model.article import Article, BodyOrigin, FetchedArticle
from ingestd.model.errors import Outcome, PermanentError
from ingestd.model.feed import Entry
from ingestd.model.poll import WriteBatch
from ingestd.model.post import Post
from ingestd.poll.attribution import page_difference, updates_before_edit
from ingestd.store import sources, writes
from ingestd.text.content_digest import content_digest
from ingestd.text.plain_text import plain_text
from tests.archive.examples import POST
from tests.store import make
from tests.support.installation import Installation, Item, feed, page, prose
from tests.support.server import Answer

LINK = "/a/1"
NOTE = "<p class=note>本店今日八折，欢迎光临，详情请洽门市。</p>"
TEXT = prose("长江")
EDITED = TEXT.replace("大家都有说不完的话", "没有人愿意开口")
#: What an earlier version of the code left in the text.
LEFT_OVER = "以上就是今天的全部内容，感谢收看，我们明天再见。"
EARLIER_VERSION = "feed 1, page 1, settings 00000000"


class Site:
    """One source with one article."""

    def __init__(self, installation: Installation) -> None:
        self.installation = installation
        self.keeps_pages = True

    def serve(self, *pages: Answer, item: dict[str, Any] | None = None) -> None:
        self.installation.server.route(LINK, *pages)
        given = {"title": "一", "link": self.installation.server.url(LINK), "text": "摘要"} | (item or {})
        self.installation.server.route("/f", feed(Item(**given)))

    def configure(self, **source: Any) -> None:
        self.installation.configure({"name": "甲", "path": "/f", **source})
        if not self.keeps_pages:
            text = self.installation.path.read_text("utf-8").replace("[database]", "[database]\nkeep_pages = false")
            self.installation.path.write_text(text, "utf-8")

    async def visit(self) -> None:
        self.installation.clock.forward(days=8)
        assert await self.installation.visit() == 1

    @property
    def post(self) -> dict[str, Any]:
        return self.installation.rows("SELECT * FROM posts")[0]

    @property
    def reasons(self) -> list[str]:
        return [row["reason"] for row in self.installation.rows("SELECT reason FROM revisions ORDER BY revision")]

    @property
    def edits(self) -> list[str]:
        return [row["reason"] for row in self.installation.rows("SELECT reason FROM edits")]

    def earlier(self, reason: str) -> str:
        """The HTML of the revision with a reason."""
        return str(self.installation.value("SELECT content FROM revisions WHERE reason = ?", reason))

    def as_earlier_code_made_it(self, version: str | None = EARLIER_VERSION, entry: str | None = None) -> None:
        """Give the stored post the text that an earlier version of the code made, with its digests."""
        stored = self.post
        text = f"{stored['text']}\n{LEFT_OVER}"
        digest = content_digest(stored["title"], text)
        self.installation.execute(
            "UPDATE posts SET text = ?, content = content || ?, content_digest = ?, extraction_version = ?,"
            " page_digest = iif(page_digest IS NULL, NULL, ?), entry_digest = coalesce(?, entry_digest)",
            *(text, f"<p>{LEFT_OVER}</p>", digest, version, digest, entry),
        )


@pytest.fixture
def site(installation: Installation) -> Site:
    return Site(installation)


async def stored(site: Site, *pages: Answer, item: dict[str, Any] | None = None, **source: Any) -> None:
    site.serve(*pages, item=item)
    site.configure(**source)
    assert (await site.installation.fetch_one()).new == 1


async def with_changed_entry(site: Site, *pages: Answer, **item: Any) -> int:
    """Poll the feed with another entry: how many posts were updated."""
    site.serve(*pages, item=item)
    return (await site.installation.fetch_one(force=True)).updated


BEFORE_AND_AFTER: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({}, {"remove": [".note"]}),
    ({"remove": [".note"]}, {}),
    ({"select": "article"}, {"select": "article", "remove": [".note", "h1"]}),
    ({"select": "article p"}, {}),
    ({}, {"article": "always", "remove": [".note"]}),
    ({}, {"title": ".note", "remove": [".note"]}),
]
IDS = ["added", "removed", "changed", "less", "with another mode", "for the title"]


class TestVisits:
    @pytest.mark.parametrize(("before", "after"), BEFORE_AND_AFTER, ids=IDS)
    async def test_another_rule_is_no_edit(self, site: Site, before: dict[str, Any], after: dict[str, Any]):
        await stored(site, page("一", TEXT + NOTE), **before)
        former, version = site.post["content"], site.post["extraction_version"]
        site.configure(**after)
        await site.visit()
        assert site.edits == []
        assert site.post["page_state"] is None
        assert site.post["title"] == "一"
        assert set(site.reasons) <= {"rule"}
        if site.post["content"] != former:
            assert site.earlier("rule") == former
            assert site.post["extraction_version"] != version
        await site.visit()
        assert site.edits == []
        assert len(site.reasons) <= 1

    async def test_a_rule_takes_effect_at_the_next_visit(self, site: Site):
        await stored(site, page("一", TEXT + NOTE))
        assert "八折" in site.post["text"]
        site.configure(remove=[".note"])
        await site.visit()
        assert "八折" not in site.post["text"]
        assert "长江的第12段" in site.post["text"]
        assert site.reasons == ["rule"]

    @pytest.mark.parametrize("version", [EARLIER_VERSION, None])
    async def test_better_code_is_no_edit(self, site: Site, version: str | None):
        await stored(site, page("一", TEXT))
        site.as_earlier_code_made_it(version)
        await site.visit()
        assert (site.edits, site.reasons, site.post["page_state"]) == ([], ["rule"], None)
        assert LEFT_OVER not in site.post["text"]
        assert LEFT_OVER in site.earlier("rule")
        assert site.post["extraction_version"] not in (EARLIER_VERSION, None)

    async def test_code_that_changes_nothing_of_a_page_costs_nothing(self, site: Site):
        await stored(site, page("一", TEXT))
        site.installation.execute("UPDATE posts SET extraction_version = ?", EARLIER_VERSION)
        before = site.post
        await site.visit()
        changed = {name for name, value in site.post.items() if value != before[name]}
        assert changed == {"page_checked_at"}

    async def test_text_that_the_present_rules_made_stays_where_the_page_says_the_same(self, site: Site):
        await stored(site, page("一", TEXT))
        # As if the feed's text had chosen another candidate for the article.
        site.as_earlier_code_made_it(site.post["extraction_version"])
        before = site.post
        await site.visit()
        changed = {name for name, value in site.post.items() if value != before[name]}
        assert changed == {"page_checked_at", "page_digest"}
        assert site.reasons == []

    @pytest.mark.parametrize("version", [EARLIER_VERSION, None])
    async def test_better_code_and_an_edit_at_once_are_two_revisions(self, site: Site, version: str | None):
        await stored(site, page("一", TEXT + NOTE), page("一", EDITED + NOTE))
        site.as_earlier_code_made_it(version)
        site.configure(remove=[".note"])
        await site.visit()
        assert (site.reasons, site.edits, site.post["page_state"]) == (["rule", "page"], ["page"], "changed")
        assert LEFT_OVER in site.earlier("rule")
        # The edit is between what the present rules make of the one page and of the other.
        assert "大家都有说不完的话" in site.earlier("page")
        assert LEFT_OVER not in site.earlier("page")
        assert "八折" not in site.earlier("page")
        assert "没有人愿意开口" in site.post["text"]
        assert site.post["revision"] == 3

    async def test_title_of_the_feed_stays_where_the_page_edits_its_text(self, site: Site):
        await stored(site, page("长江两岸（组图）", TEXT), page("长江两岸（组图）", EDITED), item={"title": "长江"})
        await site.visit()
        assert (site.edits, site.post["title"]) == (["page"], "长江")

    async def test_edit_by_the_page_leaves_the_entry_as_it_was_seen(self, site: Site):
        await stored(site, page("一", TEXT), page("一", EDITED))
        before = site.post["entry_digest"]
        await site.visit()
        assert site.post["entry_digest"] == before

    async def test_of_an_article_in_parts_a_rule_is_no_edit(self, site: Site):
        more = '<p><a class=next href="/a/1b">下一页</a></p>'
        second = prose("黄河")
        site.installation.server.route("/a/1b", page("一", second + NOTE))
        await stored(site, page("一", TEXT + NOTE + more), next_page="a.next")
        assert "黄河的第12段" in site.post["text"]
        site.configure(next_page="a.next", remove=[".note"])
        await site.visit()
        await site.visit()
        assert (site.edits, site.post["page_state"]) == ([], None)
        assert "黄河的第12段" in site.post["text"]

    async def test_article_of_the_feed_keeps_its_text_where_a_rule_changes_the_page(self, site: Site):
        whole = prose("整篇", 30)
        await stored(site, page("一", whole + NOTE), item={"text": whole})
        assert site.post["body_origin"] == "feed"
        await site.visit()
        before = site.post["content"]
        site.configure(remove=[".note"])
        await site.visit()
        assert (site.edits, site.reasons, site.post["content"], site.post["body_origin"]) == ([], [], before, "feed")
        # What the site edits after that is its edit, from what its page said before.
        site.serve(page("一", whole.replace("说不完的话", "难言之隐")), item={"text": whole})
        await site.visit()
        assert site.edits == ["page"]
        assert "说不完的话" in site.earlier("page")
        assert "难言之隐" in site.post["text"]


class TestVisitsWithoutKeptPages:
    @pytest.fixture(autouse=True)
    def _without_pages(self, site: Site) -> None:
        site.keeps_pages = False

    async def test_edit_under_the_same_rules_is_an_edit(self, site: Site):
        await stored(site, page("一", TEXT), page("一", EDITED))
        assert site.installation.rows("SELECT * FROM pages") == []
        await site.visit()
        assert (site.reasons, site.edits, site.post["page_state"]) == (["page"], ["page"], "changed")

    @pytest.mark.parametrize("later", [TEXT, EDITED], ids=["the same page", "an edited page"])
    async def test_what_cannot_be_told_apart_is_kept_and_no_edit(self, site: Site, later: str):
        await stored(site, page("一", TEXT + NOTE), page("一", later + NOTE))
        former = site.post["content"]
        site.configure(remove=[".note"])
        await site.visit()
        assert (site.reasons, site.edits, site.post["page_state"]) == (["unclear"], [], None)
        assert site.earlier("unclear") == former
        assert "八折" not in site.post["text"]
        # From now on the rules are those of the stored text.
        site.serve(page("一", EDITED.replace("天还没有亮", "太阳落山了") + NOTE))
        await site.visit()
        assert site.edits == ["page"]


class TestAlternation:
    async def test_page_of_another_text_is_not_compared_with(self, site: Site):
        one, two = page("一", TEXT + NOTE), page("一", EDITED + NOTE)
        await stored(site, one, two, one, two)
        await site.visit()
        await site.visit()
        assert (site.edits, site.post["revision"]) == (["page", "page"], 3)
        site.configure(remove=[".note"])
        await site.visit()
        assert site.edits == ["page", "page"], "the kept page is that of the other text"
        assert "没有人愿意开口" in site.post["text"]
        assert site.reasons == ["page", "page"], "each text is kept once"
        assert site.post["revision"] == 4


class TestChangedEntries:
    @pytest.mark.parametrize(("before", "after"), BEFORE_AND_AFTER[:4], ids=IDS[:4])
    async def test_another_rule_is_no_edit_of_the_text(self, site: Site, before: dict[str, Any], after: dict[str, Any]):
        await stored(site, page("一", TEXT + NOTE), **before)
        former = site.post["content"]
        site.configure(**after)
        await with_changed_entry(site, page("一", TEXT + NOTE), text="另一段摘要，说的是同一件事。")
        assert site.edits == []
        assert site.reasons == (["rule"] if site.post["content"] != former else [])

    async def test_another_rule_and_an_edit_are_two_revisions(self, site: Site):
        await stored(site, page("一", TEXT + NOTE))
        site.configure(remove=[".note"])
        assert await with_changed_entry(site, page("一", EDITED + NOTE), title="一（更新）") == 1
        assert (site.reasons, site.edits) == (["rule", "entry"], ["entry"])
        assert "八折" in site.earlier("rule")
        assert "八折" not in site.earlier("entry")
        assert "大家都有说不完的话" in site.earlier("entry")
        assert "没有人愿意开口" in site.post["text"]
        assert site.post["title"] == "一（更新）"
        # The page was kept with the text that it gave.
        site.configure()
        await site.visit()
        assert site.edits == ["entry"]

    async def test_edited_title_beside_another_rule_is_an_edit_of_the_title(self, site: Site):
        await stored(site, page("一", TEXT + NOTE))
        site.configure(remove=[".note"])
        await with_changed_entry(site, page("一", TEXT + NOTE), title="一（更正）")
        rows = site.installation.rows("SELECT reason, old_title, new_title FROM edits")
        assert rows == [{"reason": "entry", "old_title": "一", "new_title": "一（更正）"}]
        assert site.reasons == ["rule", "entry"]

    async def test_without_the_kept_page_the_text_is_unclear_and_the_title_an_edit(self, site: Site):
        site.keeps_pages = False
        await stored(site, page("一", TEXT + NOTE))
        site.configure(remove=[".note"])
        await with_changed_entry(site, page("一", EDITED + NOTE), title="一（更正）")
        assert (site.reasons, site.edits) == (["unclear", "entry"], ["entry"])

    async def test_page_in_place_of_the_feeds_text_by_the_configuration(self, site: Site):
        await stored(site, page("一", TEXT), item={"text": "渡轮明日停航，后天恢复。"}, article="never")
        first = site.post["content"]
        site.configure(article="auto")
        await with_changed_entry(site, page("一", TEXT), text="渡轮明日停航，周五恢复。")
        assert "长江的第12段" in site.post["text"]
        # The edit is that of the feed's text; the page's text is ours to take.
        assert site.edits == ["entry"]
        assert site.earlier("entry") == first
        rest = site.installation.rows("SELECT content FROM revisions WHERE reason = 'rule'")
        assert all("周五恢复" in row["content"] for row in rest)

    async def test_text_of_a_page_stays_where_the_source_fetches_none_any_more(self, site: Site):
        await stored(site, page("一", TEXT))
        before = site.post["content"]
        site.configure(article="never")
        await with_changed_entry(site, page("一", TEXT), title="一（更正）", text="另一段摘要…")
        assert (site.post["content"], site.post["title"]) == (before, "一（更正）")
        assert site.edits == ["entry"]

    async def test_text_of_a_feed_under_the_same_code_is_an_edit(self, site: Site):
        await stored(site, page("一", TEXT), item={"text": TEXT}, article="never")
        await with_changed_entry(site, page("一", TEXT), text=EDITED)
        assert (site.reasons, site.edits) == (["entry"], ["entry"])

    @pytest.mark.parametrize("version", ["feed 1", None])
    async def test_text_of_a_feed_under_other_code_is_no_edit(self, site: Site, version: str | None):
        await stored(site, page("一", TEXT), item={"text": TEXT}, article="never")
        site.as_earlier_code_made_it(version, entry="of earlier code")
        await with_changed_entry(site, page("一", TEXT), text=TEXT + "<!-- 2 -->")
        assert (site.reasons, site.edits) == (["unclear"], [])
        assert LEFT_OVER in site.earlier("unclear")
        assert LEFT_OVER not in site.post["text"]
        # Under one code again, an edit is one.
        await with_changed_entry(site, page("一", TEXT), text=EDITED)
        assert site.edits == ["entry"]

    async def test_what_other_code_makes_of_the_stored_text_is_ours(self, site: Site):
        await stored(site, page("一", TEXT), item={"text": TEXT}, article="never")
        site.as_earlier_code_made_it("feed 1", entry="of earlier code")
        site.installation.execute("UPDATE posts SET content = replace(content, '<p>以上', '<p hidden>以上')")
        await with_changed_entry(site, page("一", TEXT), text=TEXT + "<!-- 2 -->")
        assert (site.reasons, site.edits) == (["rule"], [])

    async def test_imported_text_is_not_said_to_be_edited(self, site: Site):
        await stored(site, page("一", TEXT), item={"text": TEXT}, article="never")
        site.as_earlier_code_made_it(None, entry="")
        site.installation.execute("UPDATE posts SET body_origin = 'archive', entry_digest = NULL")
        await with_changed_entry(site, page("一", TEXT), text=TEXT + "<!-- 2 -->")
        assert (site.reasons, site.edits) == (["unclear"], [])


def article(text: str, title: str = "一", version: str | None = "feed 2, page 2, settings 0") -> Article:
    return Article(f"<p>{text}</p>", text, BodyOrigin.PAGE, title=title, extraction_version=version)


@pytest.mark.parametrize(
    ("kept", "version", "reason"),
    [
        (article("new"), "feed 2, page 2, settings 0", "rule"),
        (article("new"), None, "rule"),
        (article("old"), "feed 1", "page"),
        (article("new", title="二"), None, "page"),
        (None, "feed 2, page 2, settings 0", "page"),
        (None, "feed 2, page 2, settings 1", "unclear"),
        (None, None, "unclear"),
    ],
)
def test_whose_difference_it_is(kept: Article | None, version: str | None, reason: str):

    assert page_difference(replace(POST, extraction_version=version), article("new"), kept) == reason
    assert page_difference(POST, article("new", version=None), None) == "unclear"


BEFORE, AFTER = article("一句话。\n旧闻。"), article("一句话。\n新闻。")


@pytest.mark.parametrize(
    ("post", "now", "kept", "reason"),
    [
        # The post has the feed's edited text, and the page says it too now.
        ({"text": "一句话。\n新闻。"}, AFTER, BEFORE, "rule"),
        ({"text": "新闻。\n还有一句。"}, AFTER, BEFORE, "rule"),
        ({"text": "新闻。"}, article("一句话。\n新闻"), BEFORE, "rule"),
        ({"text": "一句话。"}, article("一句话。"), BEFORE, "rule"),
        # A line that went is one that the post still has; a line that came is one that it has not.
        ({"text": "一句话。\n旧闻。\n新闻。"}, AFTER, BEFORE, "page"),
        ({"text": "一句话。"}, AFTER, BEFORE, "page"),
        ({"text": "新闻。"}, article("新闻。\n又一句。"), BEFORE, "page"),
        # The post has the page's text.
        ({"text": "一句话。\n新闻。", "body_origin": BodyOrigin.PAGE}, AFTER, BEFORE, "page"),
        # The page's title is the one of before, that of the post, or another one.
        ({"text": "新闻。", "title": "二"}, replace(AFTER, title="二"), BEFORE, "rule"),
        ({"text": "新闻。", "title": "二"}, AFTER, BEFORE, "rule"),
        ({"text": "新闻。", "title": "二"}, replace(AFTER, title="三"), BEFORE, "page"),
        ({"text": "新闻。", "title": ""}, replace(AFTER, title=None), BEFORE, "rule"),
        ({"text": "新闻。", "title": "二"}, replace(AFTER, title=None), BEFORE, "page"),
    ],
)
def test_a_page_that_says_what_the_feed_said_before_is_not_edited(post, now: Article, kept: Article, reason: str):
    stored = replace(POST, **({"body_origin": BodyOrigin.FEED, "title": "一"} | post))
    assert page_difference(stored, now, kept) == reason


# What is stored before an edit, for each pair of origins, versions and words.

OTHER_CODE, THIS_CODE = "feed 1, page 1, settings 0", "feed 2, page 2, settings 0"
URL = "https://news.example/2026/1.html"
WORDS = prose("黄河", 6)


def of(origin: BodyOrigin, version: str | None, html: str = "<p>旧</p>") -> Post:
    """A stored post of the source."""
    given: dict[str, Any] = {"from_url": URL, "content": html, "text": plain_text(html), "id": 1, "source_id": 1}
    return replace(POST, body_origin=origin, extraction_version=version, **given)


def found(origin: BodyOrigin, version: str | None, text: str = "新") -> Article:
    return Article(f"<p>{text}</p>", text, origin, title="一", extraction_version=version)


async def before_edit(
    installation: Installation,
    post: Post,
    article: Article,
    *,
    entry: Entry | None = None,
    kept: str | None = None,
    first_part: Article | None = None,
    workers: Any = None,
) -> list[tuple[str | None, str]]:
    """The reasons and texts of the updates before an edit; `kept` is the body of the page that was kept."""
    installation.configure({"name": "甲", "path": "/f"})
    result: list[tuple[str | None, str]] = []
    async for opened in installation.open():
        context = opened if workers is None else replace(opened, workers=workers)
        [source] = await context.database.writing(sources.sync, installation.configured(), installation.clock())
        page_of = (
            make.page(kept.encode(), url=URL, final_url=URL, content_type="text/html; charset=utf-8") if kept else None
        )
        new = make.new(1, like=post, page=page_of, content_digest=content_digest(post.title, post.text))
        await context.database.writing(writes.write, WriteBatch(1, installation.clock(), posts=(new,)))
        fetched = FetchedArticle(article, first_part=first_part)
        updates = await updates_before_edit(post, fetched, entry or Entry(title="一"), source, context)
        result += [(update.reason, update.text.partition("\n")[0]) for update in updates]
    return result


FEED, SUMMARY, NONE, PAGE = BodyOrigin.FEED, BodyOrigin.SUMMARY, BodyOrigin.NONE, BodyOrigin.PAGE


@pytest.mark.parametrize(
    ("post", "article", "entry", "expected"),
    [
        # The present rules made the stored text: all of the difference is the site's.
        (of(PAGE, THIS_CODE), found(PAGE, THIS_CODE), "", []),
        (of(FEED, THIS_CODE), found(PAGE, THIS_CODE), "改", []),
        (of(PAGE, None), found(PAGE, None), "", [("unclear", "新")]),
        (of(PAGE, OTHER_CODE), found(PAGE, THIS_CODE), "", [("unclear", "新")]),
        # The feed's text, under the same code and under other code.
        (of(FEED, "feed 2"), found(FEED, THIS_CODE), "", []),
        (of(SUMMARY, "feed 2"), found(FEED, THIS_CODE), "", []),
        (of(NONE, "feed 2"), found(SUMMARY, THIS_CODE), "", []),
        (of(FEED, "feed 1"), found(FEED, THIS_CODE), "", [(None, "旧"), ("unclear", "新")]),
        (of(SUMMARY, "feed 1"), found(FEED, THIS_CODE), "", [(None, "旧"), ("unclear", "新")]),
        (of(NONE, "feed 1"), found(FEED, THIS_CODE), "", [("unclear", "新")]),
        (
            of(FEED, "feed 1", "<p>旧</p><p hidden>注</p>"),
            found(FEED, THIS_CODE),
            "",
            [("rule", "旧"), ("unclear", "新")],
        ),
        (of(FEED, "feed 1", "<p hidden></p>"), found(FEED, THIS_CODE), "", [("unclear", "新")]),
        # The page's text takes the place of the feed's.
        (of(FEED, "feed 2"), found(PAGE, THIS_CODE), "改", [("entry", "改"), ("rule", "新")]),
        (of(SUMMARY, "feed 2"), found(PAGE, THIS_CODE), "改", [("entry", "改"), (None, "新")]),
        (of(NONE, "feed 2"), found(PAGE, THIS_CODE), "改", [("entry", "改"), (None, "新")]),
        (of(FEED, "feed 2"), found(PAGE, THIS_CODE), "", [("unclear", "新")]),
        (of(FEED, "feed 1"), found(PAGE, THIS_CODE), "改", [("unclear", "新")]),
        (of(PAGE, "feed 2"), found(FEED, THIS_CODE), "改", [("unclear", "新")]),
        (of(PAGE, "feed 1"), found(FEED, THIS_CODE), "改", [("unclear", "新")]),
        (of(BodyOrigin.ARCHIVE, None), found(FEED, THIS_CODE), "改", [("unclear", "新")]),
    ],
)
async def test_what_is_stored_before_an_edit(
    installation: Installation, post: Post, article: Article, entry: str, expected: list[tuple[str | None, str]]
):
    assert await before_edit(installation, post, article, entry=Entry(title="一", summary=entry)) == expected


KEPT = page("一", WORDS).body
FIRST = plain_text(WORDS).partition("\n")[0]


@pytest.mark.parametrize(
    ("post", "article", "expected"),
    [
        (of(PAGE, OTHER_CODE, WORDS), found(PAGE, THIS_CODE), [(None, FIRST)]),
        (of(PAGE, OTHER_CODE), found(PAGE, THIS_CODE), [("rule", FIRST)]),
        (of(BodyOrigin.RULE, OTHER_CODE), found(PAGE, THIS_CODE), [("rule", FIRST)]),
        (of(PAGE, OTHER_CODE), found(BodyOrigin.RULE, THIS_CODE), [("rule", FIRST)]),
        # The page says nothing of a text that the feed gave.
        (of(FEED, "feed 1"), found(PAGE, THIS_CODE), [("unclear", "新")]),
        (of(PAGE, OTHER_CODE), found(FEED, THIS_CODE), [("unclear", "新")]),
        (of(BodyOrigin.ARCHIVE, None), found(PAGE, THIS_CODE), [("unclear", "新")]),
    ],
)
async def test_what_the_present_rules_make_of_the_kept_page(
    installation: Installation, post: Post, article: Article, expected: list[tuple[str | None, str]]
):
    assert await before_edit(installation, post, article, kept=str(KEPT)) == expected


@pytest.mark.parametrize(
    ("of_article", "first_part", "expected"),
    [
        # The first page is the kept one: the difference is ours.
        ("新", WORDS, [("rule", "新")]),
        ("新", "<p>改</p>", []),
        (WORDS, None, [("rule", FIRST)]),
        ("新", None, []),
    ],
)
async def test_of_an_article_in_parts_the_first_page_is_compared(
    installation: Installation, of_article: str, first_part: str | None, expected: list[tuple[str | None, str]]
):
    kept = str(page("一", WORDS, head='<link rel="next" href="1_2.html">').body)
    article = replace(found(PAGE, THIS_CODE), html=of_article, text=plain_text(of_article))
    part = replace(article, html=first_part, text=plain_text(first_part)) if first_part else None
    assert await before_edit(installation, of(PAGE, OTHER_CODE), article, kept=kept, first_part=part) == expected


@pytest.mark.parametrize(("origin", "titles"), [(FEED, ["二", "二"]), (SUMMARY, ["旧", "旧"])])
async def test_the_title_is_edited_with_the_text_of_the_feed(
    installation: Installation, origin: BodyOrigin, titles: list[str]
):
    installation.configure({"name": "甲", "path": "/f"})
    post = replace(of(origin, "feed 2"), title="旧")
    fetched = FetchedArticle(replace(found(PAGE, THIS_CODE), title="二"))
    async for context in installation.open():
        [source] = await context.database.writing(sources.sync, installation.configured(), installation.clock())
        updates = await updates_before_edit(post, fetched, Entry(title="二", summary="改"), source, context)
        assert [update.title for update in updates] == titles


class _NoWorkers:
    """A pool whose jobs exceed their bounds."""

    async def run(self, *_: Any, **__: Any) -> Any:
        raise PermanentError(Outcome.PAGE_TOO_COSTLY, "took too long")


@pytest.mark.parametrize("post", [of(FEED, "feed 1"), of(FEED, "feed 2")])
async def test_a_text_that_cannot_be_extracted_is_unclear(installation: Installation, post: Post):
    article = found(FEED if post.extraction_version == "feed 1" else PAGE, THIS_CODE)
    assert await before_edit(installation, post, article, workers=_NoWorkers()) == [("unclear", "新")]
