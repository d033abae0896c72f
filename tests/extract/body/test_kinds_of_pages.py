# ruff: noqa: E501  pages and what comes out of them stand on one line each
"""What belongs to an article, in kinds of pages that are easily read wrongly. Page level alone: no feed, no rule."""

import json
from typing import ClassVar

import pytest

from ingestd.extract.article import extract_article
from ingestd.model.article import Article
from ingestd.model.errors import Outcome
from tests.extract.helpers import PARAGRAPHS, SAETZE, page

P = "".join(f"<p>{text}</p>" for text in PARAGRAPHS)


def read(body: str, head: str = "") -> Article:
    return extract_article(
        None, page(f"<html><head><title>The library stays</title>{head}</head><body>{body}</body></html>")
    )


def ld(**node: object) -> str:
    return f'<script type="application/ld+json">{json.dumps(node)}</script>'


RELATED = (
    '<div class="related"><h3>Related stories</h3><ul>'
    + "".join(f'<li><a href="/n/{n}">Another story, number {n}</a></li>' for n in range(6))
    + "</ul></div>"
)
COMMENTS = (
    '<div id="comments"><h2>Comments</h2>'
    + "".join(
        f'<div class="comment"><b class="comment-author">reader{n}</b><p>I do not agree, since the roof leaks, and always has.</p></div>'
        for n in range(4)
    )
    + "</div>"
)


class TestNamesAreEvidence:
    @pytest.mark.parametrize(
        "name",
        [
            "related-work",
            "sharing-data",
            "comments",
            "social-cost",
            "popular-myths",
            "tags",
            "editor",
            "ratings",
            "promotion",
            "newsletter",
        ],
    )
    def test_headings_with_generated_ids_stay(self, name):
        words = name.replace("-", " ").capitalize()
        article = read(f'<article><h1>T</h1>{P}<h2 id="{name}">{words}</h2>{P}</article>')
        assert f"<h2>{words}</h2>" in article.html

    @pytest.mark.parametrize("name", ["social-media", "cookies", "sharing-a-boat", "comments-in-code", "side-effects"])
    def test_a_section_named_by_its_heading_stays(self, name):
        sections = "".join(
            f'<section id="{id_}"><h2>{id_.replace("-", " ")}</h2><p>Of {id_}: {PARAGRAPHS[0]}</p></section>'
            for id_ in ("setup", "use", name, "more", "end")
        )
        article = read(f"<article><h1>T</h1>{sections}</article>")
        assert f"Of {name}: " in article.text and f"<h2>{name.replace('-', ' ')}</h2>" in article.html

    @pytest.mark.parametrize(
        "box",
        [
            '<figure class="lightbox">{}</figure>', '<a class="lightbox" href="/big.jpg">{}</a>', '<div class="share-image">{}<span>Share</span></div>',
            '<div class="slider">{}</div>', '<div class="hide-on-print">{}</div>', '<div class="media-overlay"><div class="social">{}</div></div>',
        ],
    )  # fmt: skip
    def test_an_image_between_paragraphs_stays(self, box):
        image = '<img src="/i/a.jpg" width="800" height="500">'
        article = read(f"<article><h1>T</h1><div class=text>{P}{box.format(image)}{P}</div></article>")
        assert article.html.count("<img ") == 1
        assert "Share" not in article.text

    @pytest.mark.parametrize(
        "box",
        [
            '<div class="author-bio"><img src="/i/a.jpg"></div>', '<div class="ad-slot"><a href="/x"><img src="/i/a.jpg"></a></div>',
            '<div class="share"><img src="/i/f.png" width="16" height="16"></div>', '<div class="promo"><a href="/x"><img src="/i/a.jpg"><h4>Read this too</h4></a></div>',
        ],
    )  # fmt: skip
    def test_images_of_authors_and_advertisements_go(self, box):
        article = read(f"<article><h1>T</h1><div class=text>{P}{box}{P}</div></article>")
        assert "<img " not in article.html

    def test_lists_of_other_articles_and_comments_still_go(self):
        article = read(f"<article><h1>T</h1>{P}</article>{RELATED}{COMMENTS}")
        assert article.text == "\n".join(PARAGRAPHS)
        article = read(f"<div id=content><h1>T</h1>{P}{RELATED}{COMMENTS}</div>")
        assert article.text == "\n".join(PARAGRAPHS)

    def test_an_article_inside_an_unclosed_navigation_is_found(self):
        article = read(f"<nav><ul><li><a href=/a>Home</a></li></ul><div class=text><h1>T</h1>{P}{P}</div>")
        assert PARAGRAPHS[0] in article.text and "Home" not in article.text


class TestLead:
    def test_the_standfirst_in_a_header_of_its_own_is_kept(self):
        article = read(
            f"<main><header><h1>The library stays</h1><p class=xy>After a long night, and to the surprise of many, the council has changed its mind.</p><p>By Ann Reed</p></header><div class=text>{P}</div></main>"
        )
        assert article.text.split("\n") == [
            "After a long night, and to the surprise of many, the council has changed its mind.",
            *PARAGRAPHS,
        ]

    @pytest.mark.parametrize(
        "image",
        [
            "<div class=hero><img src=/i/a.jpg width=1200></div>",
            "<amp-img src=/i/a.jpg width=1200 height=600></amp-img>",
            "<picture><img src=/i/a.jpg></picture>",
        ],
    )
    def test_a_lead_image_outside_of_the_text_is_kept(self, image):
        article = read(f"<article><h1>The library stays</h1>{image}<div class=text>{P}</div></article>")
        assert article.html.startswith('<p><img src="https://news.example.org/i/a.jpg"')

    def test_logos_and_portraits_are_no_lead_images(self):
        article = read(
            f"<div class=page><a class=logo href=/><img src=/logo.png></a><h1>T</h1><div class=author><img src=/me.jpg></div><div class=text>{P}</div></div>"
        )
        assert "<img" not in article.html

    def test_a_video_page_keeps_player_description_and_date(self):
        head = ld(**{"@type": "VideoObject", "name": "An interview", "uploadDate": "2024-05-01T10:00:00Z"})
        article = read(
            f'<main><h1>An interview</h1><div class=player><iframe src="https://www.youtube.com/embed/abcdefghijk"></iframe></div><div class=description><p>The librarian talks about thirty years, and about the roof.</p></div><details><summary>Transcript</summary><div>{P}</div></details></main>',
            head,
        )
        assert 'href="https://www.youtube.com/watch?v=abcdefghijk"' in article.html
        assert "The librarian talks about thirty years" in article.text
        assert article.published is not None


class TestKindsOfPages:
    def test_avatar_and_author_line_are_not_in_the_body(self):
        line = '<div class=q><a href=/@ann><img alt="Ann Reed" src=/a.jpeg width=44 height=44></a><a href=/@ann>Ann Reed</a><span>7 min read</span><span>May 1, 2024</span></div>'
        article = read(
            f"<article><h1>The library stays</h1>{line}{P}</article>", '<meta name="author" content="Ann Reed">'
        )
        assert article.text == "\n".join(PARAGRAPHS) and "<img" not in article.html

    def test_an_address_with_the_author_is_not_in_the_body(self):
        article = read(
            f"<article><h1>The library stays</h1><address><a rel=author href=/x>Ann Reed</a></address>{P}</article>",
            '<meta property="article:author" content="Ann Reed">',
        )
        assert article.text == "\n".join(PARAGRAPHS)

    def test_a_thread_has_its_posts_without_cards_and_signatures(self):
        posts = "".join(
            f'<div id="p{n}" class="post bg{n % 2}"><div class="inner"><dl class="postprofile"><dt><a href="/m/{n}">member{n}</a></dt><dd>Posts: {n}1</dd></dl><div class="postbody"><div id="c{n}"><h3><a href="#p{n}">Re: The roof</a></h3><div class="content">{text} {text}<br><br>{text}</div><div id="sig{n}" class="signature">Be kind to moderators.</div></div></div></div></div>'
            for n, text in enumerate(PARAGRAPHS)
        )
        article = read(
            f"<div id=wrap><div id=page-header><h1>Board</h1><p>A board about roofs</p></div><div id=page-body>{posts}</div></div>"
        )
        assert all(text in article.text for text in PARAGRAPHS)
        assert not any(word in article.text for word in ("member1", "Posts:", "Be kind", "A board"))

    def test_short_replies_to_a_long_post_are_comments(self):
        posts = "".join(
            f'<div class="post"><div class="in"><div class="body"><div class="c1"><div class="content">{text}</div></div></div></div></div>'
            for text in (P, "<p>No, it is not.</p>", "<p>Yes, it is, I think.</p>")
        )
        assert read(f"<div id=page-body>{posts}</div>").text == "\n".join(PARAGRAPHS)

    def test_the_paragraphs_of_an_article_in_json_ld_alone_stay_apart(self):
        body = "\n\n".join(f"{text} {text}" for text in PARAGRAPHS[:3])
        article = read('<div id="app"></div>', ld(**{"@type": "NewsArticle", "headline": "T", "articleBody": body}))
        assert article.html.count("<p>") == 3

    def test_headings_with_permalinks_keep_their_text(self):
        sections = "".join(
            f'<div class="section" id="s{n}"><h2><a class="toc-backref" href="#id{n}">Part {n}</a></h2>{P}</div>'
            for n in range(3)
        )
        article = read(f"<div class=body><h1>Guide</h1>{sections}</div>")
        assert article.html.count("<h2>") == 3

    def test_rows_that_hold_the_article_stay_a_table(self):
        rows = "".join(
            f"<tr><td>Film {n}</td><td>19{n}</td><td>A man, who has lost his way, finds it again, and then it ends.</td></tr>"
            for n in range(10, 40)
        )
        article = read(
            f"<div id=c><h1>Films</h1><p>The list has films, and what they are about.</p><table><tbody>{rows}</tbody></table></div>"
        )
        assert article.html.count("<td>") == 90

    def test_a_table_inside_a_cell_leaves_the_table_around_it(self):
        table = "<table><tr><th>Team</th><th>Points</th></tr><tr><td>Reds, who won at home and abroad</td><td>12</td></tr><tr><td>Blues</td><td>9 <table><tr><td>away</td><td>3</td></tr></table></td></tr></table>"
        article = read(f"<article><h1>T</h1>{P}{table}{P}</article>")
        assert article.html.count("<table>") == 2 and "<th>Team</th>" in article.html

    @pytest.mark.parametrize(
        "name", ["blanket-coverage.png", "grey-heron.jpg", "space-station.jpg", "clear-sky.jpg", "loading-dock.jpg"]
    )
    def test_pictures_are_no_spacers_for_a_word_in_their_names(self, name):
        assert f"/{name}" in read(f"<article><h1>T</h1>{P}<p><img src=/{name}></p>{P}</article>").html

    @pytest.mark.parametrize(
        "name",
        [
            "blank.gif",
            "spacer.gif",
            "grey.png",
            "loading-2.gif",
            "placeholder-wide.png",
            "transparent_1x1.png",
            "lazyload.gif",
        ],
    )
    def test_spacers_still_go(self, name):
        assert "<img" not in read(f"<article><h1>T</h1>{P}<p><img src=/{name}></p>{P}</article>").html

    def test_a_time_that_a_script_shows_is_the_date(self):
        article = read(
            f'<div class=text><h1>v2</h1><div>released <relative-time datetime="2024-05-01T09:30:00Z">1 May</relative-time></div>{P}</div>'
        )
        assert article.published is not None and article.published.raw.startswith("2024-05-01T09:30")

    def test_a_title_cut_at_a_quotation_mark_is_whole(self):
        article = read(
            f'<h1>Boy writes "help" on paper</h1><div class=text>{P}</div>',
            '<meta property="og:title" content="Boy writes "help" on paper">',
        )
        assert article.title == 'Boy writes "help" on paper'


TEASERS = (
    '<div class="stream"><h2>你可能还想看</h2>'
    + "".join(
        f'<div class="item"><a href="/n/{n}"><h3>别的新闻{n}</h3></a><p>第{n}条新闻的摘要，写了许多与本文无关的内容，例如天气、股市、体育和娱乐，等等，不一而足。</p></div>'
        for n in range(12)
    )
    + "</div>"
)


class TestWhatTheDescriptionQuotes:
    DESCRIPTION = f'<meta name="description" content="{SAETZE[0]}">'

    def test_a_short_article_beside_many_teasers(self):
        article = read(
            f"<div class=wrap><div class=main><h1>图书馆</h1><div class=c><p>{SAETZE[0]}</p></div></div>{TEASERS}</div>",
            self.DESCRIPTION,
        )
        assert article.text == SAETZE[0]

    def test_a_long_article_is_not_cut_to_the_paragraph_that_is_quoted(self):
        text = "".join(f"<p>{line}</p>" for line in SAETZE)
        article = read(
            f"<div class=wrap><div class=main><h1>图书馆</h1><div class=c>{text}</div></div>{TEASERS}</div>",
            self.DESCRIPTION,
        )
        assert article.text == "\n".join(SAETZE)


class TestWalls:
    NODE: ClassVar[dict[str, object]] = {
        "@type": "NewsArticle",
        "headline": "T",
        "isAccessibleForFree": False,
        "hasPart": {"@type": "WebPageElement", "isAccessibleForFree": "False", "cssSelector": ".paid"},
    }
    WALL = '<div class="paid"><h2>Go on reading</h2><p>This story is for subscribers, who get unlimited access to all we write.</p><ul><li>Every article, every day of the week</li></ul><p>Already a subscriber? <a href=/login>Log in</a></p></div>'

    def test_the_free_part_is_the_article_and_a_problem_says_so(self):
        article = read(f"<article><h1>T</h1><div class=text>{P}</div>{self.WALL}</article>", ld(**self.NODE))
        assert article.text == "\n".join(PARAGRAPHS)
        assert [problem.outcome for problem in article.problems] == [Outcome.BEHIND_A_WALL]

    def test_a_paid_part_that_was_sent_is_part_of_the_article(self):
        article = read(
            f"<article><h1>T</h1><div class=text><p>{PARAGRAPHS[0]}</p><div class=paid>{P}</div></div></article>",
            ld(**self.NODE),
        )
        assert PARAGRAPHS[-1] in article.text and article.problems == ()

    def test_an_article_that_is_free_has_no_wall(self):
        article = read(
            f"<article><h1>T</h1><div class=text>{P}</div></article>",
            ld(**{**self.NODE, "isAccessibleForFree": True, "hasPart": None}),
        )
        assert article.problems == ()

    @pytest.mark.parametrize(
        "call",
        [
            "Already a subscriber? Log in",
            "Register now to continue reading.",
            "Skip past newsletter promotion",
            "Download our free news app",
            "Il vous reste 62% de cet article à lire.",
            "登录后查看全文",
            "Follow us on WhatsApp",
        ],
    )
    def test_calls_inside_the_article_go(self, call):
        article = read(f"<article><h1>T</h1><div class=text>{P}<p>{call}</p>{P}</div></article>")
        assert article.text == "\n".join((*PARAGRAPHS, *PARAGRAPHS))


class TestSectionsWithVariants:
    """Sections of one kind, whose classes beside the first say where advertisements or conclusions stand."""

    SECTIONS: ClassVar[list[str]] = [f"<h3>Part {n}</h3><p>{text}</p>" for n, text in enumerate(PARAGRAPHS)]

    @pytest.mark.parametrize("variant", ["report__section--ads", "share-after", "with-promo promo", "newsletter-below"])
    def test_sections_stay_whatever_their_variant(self, variant: str):
        parts = "".join(f'<section class="report__section {variant}">{text}</section>' for text in self.SECTIONS)
        article = read(f"<main><article><h1>The library stays</h1>{parts}</article></main>")
        assert [text for text in PARAGRAPHS if text not in article.text] == []

    def test_sections_whose_first_class_is_boilerplate_are_removed(self):
        boxes = "".join(f'<section class="promo promo--{n}">{text}</section>' for n, text in enumerate(self.SECTIONS))
        article = read(f"<main><article><h1>The library stays</h1>{P}{P}{P}</article>{boxes}</main>")
        assert "Part 1" not in article.text

    def test_single_box_of_a_variant_is_removed(self):
        box = f'<section class="block block-related">{self.SECTIONS[0]}</section>'
        article = read(
            f"<main><article><h1>The library stays</h1>{P.replace(PARAGRAPHS[0], 'It rained.')}</article>{box}"
        )
        assert "Part 0" not in article.text


class TestStandfirstInOtherLanguages:
    LEAD = "Nach langem Streit bleibt das alte Haus nun doch geöffnet, sehr zur Freude der Anwohner."

    @pytest.mark.parametrize(
        "name",
        [
            "vorspann",
            "chapo",
            "chapo_block",
            "article__chapeau",
            "ingress",
            "entradilla",
            "sommario",
            "perex",
            "bajada",
        ],
    )
    def test_block_with_the_name_of_a_lead_belongs_to_the_article(self, name: str):
        article = read(f'<main><div class="{name}">{self.LEAD}</div><div class="text">{P}</div></main>')
        assert article.text.startswith(self.LEAD)

    def test_lead_in_wrappers_of_a_page_builder(self):
        wrapped = f'<div class="item"><div class="para para--chapo"><div class="x"><p>{self.LEAD}</p></div></div></div>'
        text = f'<div class="item"><div class="para para--text">{P}{P}</div></div>'
        assert self.LEAD in read(f'<main><div class="items">{wrapped}{text}</div></main>').text


def test_icons_of_a_font_are_no_text():
    article = read(f'<article><p><i class="icon">\ue621</i> {PARAGRAPHS[0]}</p>{P}</article>')
    assert "\ue621" not in article.text
    assert article.text.startswith(PARAGRAPHS[0])


def test_private_use_character_inside_a_word_stays():
    """Old Chinese encodings have rare characters there (GBK, user-defined area)."""
    article = read(
        f"<article><p>作者王\ue863先生，{SAETZE[0]}</p>{''.join(f'<p>{text}</p>' for text in SAETZE)}</article>"
    )
    assert "王\ue863先生" in article.text


@pytest.mark.parametrize("name", ["author-box", "mvp-author-box-text", "about-the-author", "trust-badge-20GM8"])
def test_box_about_the_author_is_no_part_of_the_article(name: str):
    about = "Senior editor, with a focus on libraries. You can write to her, at any time, about anything."
    article = read(f'<article>{P}{P}<div class="{name}"><p>{about}</p></div></article>')
    assert about not in article.text


class TestStandfirstThatThePageDescribes:
    """The paragraph below the headline, far from the body, is what the page states as its description."""

    LEAD = "The rocky island, once stripped of its flora and fauna, makes an astonishing recovery"
    META = f'<meta property="og:description" content="{LEAD}">'

    def page(self, between: str, text: str = P) -> str:
        top = f'<div class="top"><div class="wrap"><h1>The library stays</h1><div class="x">{between}</div></div></div>'
        return f'<main><div>{top}<div class="main"><div class="cols"><div class="col"><div class="text">{text}</div></div></div></div></div></main>'

    @pytest.mark.parametrize("tag", ["p", "h2", "div", "span", "h3"])
    def test_it_belongs_to_the_article(self, tag: str):
        text = read(self.page(f"<{tag}>{self.LEAD}</{tag}>"), self.META).text
        assert text.startswith(self.LEAD)
        assert text.count(self.LEAD) == 1

    @pytest.mark.parametrize("ending", ["…", " of its own.", ""])
    def test_description_may_be_cut_or_longer(self, ending: str):
        meta = f'<meta name="description" content="{self.LEAD}{ending}">'
        assert read(self.page(f"<p>{self.LEAD}, as visitors report.</p>"), meta).text.startswith(self.LEAD)

    def test_it_is_not_taken_twice(self):
        text = read(self.page("<p>Other words</p>", f"<p>{self.LEAD}.</p>{P}"), self.META).text
        assert text.count(self.LEAD) == 1

    @pytest.mark.parametrize("box", ["nav", "aside", "footer"])
    def test_quotation_in_another_part_of_the_page_is_not_taken(self, box: str):
        assert self.LEAD not in read(self.page(f"<{box}><p>{self.LEAD}</p></{box}>"), self.META).text

    def test_text_before_the_headline_is_not_taken(self):
        body = f"<div><p>{self.LEAD}</p></div>{self.page('')}"
        assert self.LEAD not in read(body, self.META).text

    def test_short_description_is_no_evidence(self):
        meta = '<meta name="description" content="The rocky island">'
        assert "The rocky island" not in read(self.page("<h2>The rocky island</h2>"), meta).text

    def test_date_and_authors_below_it_are_removed(self):
        text = read(
            self.page(f"<p>{self.LEAD}.</p>", f"<p>21 August 2019, 7:40am</p><p>By Ann Lee</p>{P}"), self.META
        ).text
        assert text == "\n".join((f"{self.LEAD}.", *PARAGRAPHS))


def test_standfirst_without_a_full_stop():
    lead = "Microsoft will invest a billion over the next four years to speed up the removal of carbon"
    header = f"<header><h1>The library stays</h1><div class='c'><p>{lead}</p></div></header>"
    assert read(f"<article>{header}<div class='body'><div>{P}</div></div></article>").text.startswith(lead)


class TestSeveralArticlesOnOnePage:
    """Pages that load the next article below the first hold whole articles in one container."""

    OTHERS = "".join(
        f'<article class="item"><h2>Another headline {n}</h2><div>{"".join(f"<p>{text} {n}</p>" for text in PARAGRAPHS)}</div></article>'
        for n in range(1, 5)
    )
    OWN = f'<article class="item"><h2>The library stays</h2><div>{P}</div></article>'

    @pytest.mark.parametrize("order", ["{own}{others}", "{others}{own}"])
    def test_the_one_with_the_title_is_the_article(self, order: str):
        text = read(f'<main><div class="list">{order.format(own=self.OWN, others=self.OTHERS)}</div></main>').text
        assert text == "\n".join(PARAGRAPHS)

    def test_all_stay_where_none_has_the_title(self):
        """Entries of a live blog have headings of their own."""
        text = read(f'<main><h1>The library stays</h1><div class="list">{self.OTHERS}</div></main>').text
        assert [n for n in range(1, 5) if f"Another headline {n}" not in text] == []


@pytest.mark.parametrize(
    "line",
    [
        "1",
        "2018年3月20日，全国人大表决通过了《监察法》。",
        "On 21 August 2019 it rained.",
        "By the way, it rained.",
    ],
)
def test_short_line_below_the_first_sentence_is_no_byline(line: str):
    assert line in read(f"<article><p>{PARAGRAPHS[0]}</p><p>{line}</p>{P}</article>").text.splitlines()


class TestDescriptionDecidesBetweenCloseRegions:
    ABOUT = "".join(
        f"<p>{text}</p>"
        for text in (
            "The school in the capital prepares students, from all over the world, for leadership in public life.",
            "It was founded in 2003, by a foundation, and has grown since then to more than seven hundred students.",
        )
    )
    NEWS = f"<p>{PARAGRAPHS[0]}</p><p>{PARAGRAPHS[1][:60]}, it said.</p>"
    PAGE = (
        f'<div class="a"><div><div class="b"><h2>The library stays</h2><div>{NEWS}</div></div></div></div>'
        f'<div class="c"><div><div class="d"><div>{ABOUT}<p>Many of them come back, as teachers.</p></div></div></div></div>'
    )

    def test_region_that_it_quotes_is_the_article(self):
        meta = f'<meta name="description" content="{PARAGRAPHS[0]}">'
        text = read(self.PAGE, meta).text
        assert PARAGRAPHS[0] in text
        assert "founded in 2003" not in text

    def test_small_region_that_it_quotes_is_not(self):
        meta = '<meta name="description" content="Subscribe, and read more than forty articles a month, for free.">'
        box = "<div class='offer'><p>Subscribe, and read more than forty articles a month, for free.</p></div>"
        text = read(f"<main>{box}<article>{P}{P}</article></main>", meta).text
        assert text.count(PARAGRAPHS[4]) == 2
