# ruff: noqa: E501  pages and what comes out of them stand on one line each
# mypy: disable-error-code="union-attr,no-untyped-call,index"

from datetime import UTC, datetime

import pytest

from ingestd.extract.article import extract_article
from ingestd.extract.page.author_names import split_names
from ingestd.extract.page.titles import without_site_name
from tests.extract.helpers import PARAGRAPHS, SAETZE, page

BODY = "<article>" + "".join(f"<p>{text}</p>" for text in PARAGRAPHS) + "</article>"


def read(head="", body="", url="https://news.example.org/2024/05/story.html", **options):
    return extract_article(None, page(f"<html><head>{head}</head><body>{body}{BODY}</body></html>", url), **options)


JSON_LD = """<script type="application/ld+json">{"@context": "https://schema.org", "@graph": [
 {"@type": "WebSite", "name": "The Paper"},
 {"@type": ["NewsArticle"], "headline": "A vote", "datePublished": "2024-05-01T08:30:00+08:00", "dateModified": "2024-05-01T09:00:00+08:00",
  "author": [{"@type": "Person", "name": "Ann Lee"}, {"@type": "Person", "name": "Bo Chen"}], "publisher": {"name": "The Paper"},
  "image": [{"@type": "ImageObject", "url": "/lead.jpg"}], "inLanguage": "en-gb"}]}</script>"""
OPEN_GRAPH = """<meta property="og:title" content="A vote | The Paper"><meta property="og:site_name" content="The Paper">
<meta property="article:published_time" content="2024-05-01T00:30:00Z"><meta property="article:modified_time" content="2024-05-02T00:00:00Z">
<meta name="author" content="By Ann Lee and Bo Chen"><meta property="og:image" content="https://news.example.org/lead.jpg"><meta property="og:locale" content="zh_CN">"""
MICRODATA = """<div itemscope itemtype="https://schema.org/Article"><h1 itemprop="headline">A vote</h1><span itemprop="author"><b itemprop="name">Ann Lee</b></span>
<meta itemprop="datePublished" content="2024-05-01T08:30:00+08:00"><img itemprop="image" src="/lead.jpg"></div>"""
PUBLISHED = datetime(2024, 5, 1, 0, 30, tzinfo=UTC)


def test_json_ld_metadata():
    article = read(JSON_LD + OPEN_GRAPH.replace("A vote", "Something else"))
    assert (article.title, article.authors, article.site_name, article.language) == (
        "A vote",
        ("Ann Lee", "Bo Chen"),
        "The Paper",
        "en-GB",
    )
    assert article.published.utc == PUBLISHED and article.published.raw == "2024-05-01T08:30:00+08:00"
    assert article.modified.utc.hour == 1
    assert dict(article.origins)["title"] == "json-ld"


def test_open_graph_and_meta():
    article = read(OPEN_GRAPH)
    assert (article.title, article.authors, article.site_name, article.language) == (
        "A vote",
        ("Ann Lee", "Bo Chen"),
        "The Paper",
        "zh-CN",
    )
    assert article.published.utc == PUBLISHED
    assert article.modified.utc == datetime(2024, 5, 2, tzinfo=UTC)
    assert article.image == "https://news.example.org/lead.jpg"


def test_microdata():
    article = read(body=MICRODATA)
    assert (article.title, article.authors, article.image) == (
        "A vote",
        ("Ann Lee",),
        "https://news.example.org/lead.jpg",
    )
    assert article.published.utc == PUBLISHED
    assert dict(article.origins)["published"] == "microdata"


@pytest.mark.parametrize(
    "broken",
    [
        '<script type="application/ld+json">{"@type": "NewsArticle", </script>',
        '<script type="application/ld+json"></script>',
        '<script type="application/ld+json">[[[[null, 3, "x", {"@type": 7, "author": [[], 5]}]]]]</script>',
        '<script type="application/ld+json">{"@type": "Article", "author": {"name": {"name": null}}, "image": {}}</script>',
        '<meta property="article:published_time" content="tomorrow, perhaps"><meta name=author content="https://facebook.com/x">',
    ],
)
def test_broken_metadata_is_ignored(broken):
    article = read(broken + "<title>A vote</title>", "<time datetime='2024-05-01T00:30:00Z'>1 May</time>")
    assert article.title == "A vote"
    assert article.authors == ()
    assert article.published.utc == PUBLISHED


def test_json_ld_with_raw_newlines_and_comments_around():
    head = '<script type="application/ld+json">//<![CDATA[\n{"@type": "NewsArticle", "headline": "A\nvote"}\n//]]></script>'
    assert read(head).title == "A vote"


VISIBLE = [
    ("<p class=info>来源：新华网　作者：王小明　2024年05月01日 08:30</p>", "Asia/Shanghai", ("王小明",), PUBLISHED),
    ("<div>2024-05-01 08:30:00</div><p>（本报记者 王小明 李四）</p>", "Asia/Shanghai", ("王小明", "李四"), PUBLISHED),
    ("<p>文／王小明</p><span class=date>2024/05/01 08:30</span>", "Asia/Shanghai", ("王小明",), PUBLISHED),
    (
        "<p class=byline>By Ann Lee and Bo Chen</p><time datetime='2024-05-01T00:30Z'>1 May</time>",
        None,
        ("Ann Lee", "Bo Chen"),
        PUBLISHED,
    ),
    (
        "<a rel=author href=/ann>Ann Lee</a><span class=date>May 1, 2024</span>",
        None,
        ("Ann Lee",),
        datetime(2024, 5, 1, tzinfo=UTC),
    ),
]


@pytest.mark.parametrize(("html", "zone", "authors", "published"), VISIBLE)
def test_metadata_of_visible_elements(html, zone, authors, published):
    article = read(body=html, timezone=zone)
    assert article.authors == authors
    assert article.published.utc == published


TITLES = [
    ("A vote - The Paper", "The Paper", None, "A vote"),
    ("A vote | News | The Paper", "The Paper", "A vote", "A vote"),
    ("The Paper: A vote", "The Paper", "A vote", "A vote"),
    ("市议会投票_新闻频道_某某网", None, None, "市议会投票"),
    ("市议会投票-某某日报", None, None, "市议会投票"),
    ("Left - and right", "The Paper", None, "Left - and right"),
    ("棱镜|数据业大整顿", "腾讯", None, "棱镜|数据业大整顿"),
    ("A vote", "A vote", None, "A vote"),
    ("腾讯裁员 | 深度", None, None, "腾讯裁员 | 深度"),
    ("法国大罢工-新华网", None, None, "法国大罢工"),
    ("Spider-Man returns — example.org", None, None, "Spider-Man returns"),
]


@pytest.mark.parametrize(("title", "site", "heading", "expected"), TITLES)
def test_title_without_site(title, site, heading, expected):
    assert without_site_name(title, site, heading, "example.org") == expected


NAMES = [
    (["By Ann Lee"], ("Ann Lee",)),
    (["Ann Lee, Bo Chen, and Cy Day"], ("Ann Lee", "Bo Chen", "Cy Day")),
    (["作者：王小明、李四"], ("王小明", "李四")),
    (["南都记者 王小明"], ("王小明",)),
    (["通讯员 田大有"], ("田大有",)),
    (["本报记者 王小明 通讯员 田大有"], ("王小明", "田大有")),
    (["本报通讯员田大有"], ("田大有",)),
    (["实习生 李四"], ("李四",)),
    (["https://facebook.com/ann"], ()),
    (["admin", "佚名", "2024-05-01"], ()),
    (["Ann Lee", "Ann Lee"], ("Ann Lee",)),
]


@pytest.mark.parametrize(("texts", "expected"), NAMES)
def test_author_names(texts, expected):
    assert split_names(texts) == expected


CANONICAL = [
    ('<link rel=canonical href="/2024/05/story">', "https://news.example.org/2024/05/story"),
    ('<link rel="canonical" href="https://news.example.org/">', None),
    (
        '<link rel=canonical href="javascript:x"><meta property=og:url content="https://news.example.org/s">',
        "https://news.example.org/s",
    ),
    ("", None),
]


@pytest.mark.parametrize(("head", "expected"), CANONICAL)
def test_canonical(head, expected):
    assert read(head).canonical_url == expected


def test_base_element_counts():
    article = read('<base href="https://cdn.example.org/x/">', '<meta property="og:image" content="lead.jpg">')
    assert (
        extract_article(
            None, page("<html><head><base href=//cdn.example.org/></head><body><p><a href=y>link</a> " + PARAGRAPHS[0])
        ).html.count("https://cdn.example.org/y")
        == 1
    )
    assert article.title is None


def test_metadata_of_an_article_in_embedded_data():
    text = "\\n".join(PARAGRAPHS * 2).replace("“", "'").replace("”", "'")
    article = read_script(text)
    assert article.text.splitlines() == [line.replace("“", "'").replace("”", "'") for line in PARAGRAPHS * 2]
    assert article.candidates[0].name == "json-ld"


def read_script(text):
    head = '<script type="application/ld+json">{"@type": "NewsArticle", "articleBody": "' + text + '"}</script>'
    return extract_article(
        None, page(f"<html><head>{head}</head><body><p>Loading the story, please wait a moment.</p></body></html>")
    )


BYLINES = [
    ("a sentence about the reporter", '<div class="author">记者在现场看到，屋顶</div>', ()),
    ("the same in a line", "<p>记者在现场看到</p>", ()),
    ("and in brackets", "<p>（记者从市政府获悉）</p>", ()),
    ("a reporter", "<p>本报记者 王小明</p>", ("王小明",)),
    ("two reporters", "<p>（本报记者 李雷 韩梅梅）</p>", ("李雷", "韩梅梅")),
    ("a pen name after a colon", "<p>记者：水瓶</p>", ("水瓶",)),
    ("a compound family name", "<p>文/欧阳修</p>", ("欧阳修",)),
    ("a date behind the name", '<div class="byline">T.C. Sottek Nov 29, 2016</div>', ("T.C. Sottek",)),
    ("a date that is glued to the name", '<div class="byline">Cindy Mangomini<span>December 21, 2016</span></div>', ("Cindy Mangomini",)),
    ("a Chinese date", '<div class="author">谢若含<span>2017-03-01 14:27:02</span></div>', ("谢若含",)),
    ("a role", '<div class="byline">Sam Stein Senior Politics Editor</div>', ("Sam Stein",)),
    ("a section", "<p>By Michael Larabel in Valve on</p>", ("Michael Larabel",)),
    ("a city", '<div class="byline">By Howard Schneider and Lindsay Dunsmuir | WASHINGTON</div>', ("Howard Schneider", "Lindsay Dunsmuir")),
    ("by doing something", "<p>By commenting, you agree to our rules</p>", ()),
    ("several authors in microdata", '<p><span itemprop="author">Julia Wong</span> and <span itemprop="author">Sam Levin</span></p>', ("Julia Wong", "Sam Levin")),
    ("an author of a teaser", '<aside><a rel="author">Someone Else</a></aside><p class="byline">By Ann Other</p>', ("Ann Other",)),
    ("an author in a list of stories", '<ul><li><span class="byline">By Someone Else</span> on what the council of Wickham did</li></ul><p>By Ann Other</p>', ("Ann Other",)),
    ("family name first", '<meta name="author" content="Gillman, Steve">', ("Steve Gillman",)),
    ("a meta element that names one of two", '<meta name="author" content="Julia Wong"><p><a rel="author">Julia Wong</a>, <a rel="author">Sam Levin</a></p>', ("Julia Wong", "Sam Levin")),
]  # fmt: skip


@pytest.mark.parametrize(("_name", "html", "authors"), BYLINES)
def test_bylines(_name, html, authors):
    body = "".join(f"<p>{text}</p>" for text in SAETZE)
    assert extract_article(None, page(f"<html><body>{html}<article>{body}</article></body></html>")).authors == authors


def _published(html, url="https://news.example.org/story.html"):
    body = "".join(f"<p>{text}</p>" for text in PARAGRAPHS)
    found = extract_article(None, page(f"<html>{html}<article>{body}</article></html>", url))
    return (found.published.raw if found.published else None, dict(found.origins).get("published"))


SHOWN_DATES = [
    ("19.07.2022, 14:30 Uhr", "19.07.2022, 14:30 Uhr"),
    ("Veröffentlicht am 19. Juli 2022", "19. Juli 2022"),
    ("Publié le 19 juillet 2022 à 14h30", "19 juillet 2022 à 14h30"),
    ("19 de julio de 2022", "19 de julio de 2022"),
    ("19 июля 2022", "19 июля 2022"),
    ("2022년 7월 19일 14:30", "2022년 7월 19일 14:30"),
    ("2022年7月19日（火） 14:30", "2022年7月19日（火） 14:30"),
    ("July 19th, 2022", "July 19th, 2022"),
    ("1.19.2 of the library", None),
]


@pytest.mark.parametrize(("text", "raw"), SHOWN_DATES)
def test_dates_as_they_are_shown(text, raw):
    assert _published(f"<body><p>{text}</p>") == (raw, "text" if raw else None)


def test_time_takes_precedence_over_a_date_of_the_same_day():
    meta = '<head><meta name="date" content="2016-12-15"></head><body>'
    assert _published(meta + '<time datetime="2016-12-15T15:33:00-05:00">3:33</time>') == (
        "2016-12-15T15:33:00-05:00",
        "text",
    )
    assert _published(meta + '<time datetime="2016-12-19T15:33:00-05:00">3:33</time>') == ("2016-12-15", "meta")
    assert _published(meta + '<meta property="og:pubdate" content="nonsense">') == ("2016-12-15", "meta")


def test_date_beside_a_link_has_lowest_precedence():
    teaser = '<div class="related"><time datetime="2020-01-01">2020</time></div>'
    assert _published(f'<body>{teaser}<p class="date">May 2, 2024</p>')[0] == "May 2, 2024"
    assert _published(f"<body>{teaser}")[0] == "2020-01-01"


def test_date_in_the_url_is_the_fallback():
    assert _published("<body>", "https://e.org/2012/05/11/story/") == ("2012-05-11", "address")
    assert _published("<body>", "https://e.org/20120511/story/") == ("2012-05-11", "address")
    assert _published("<body>", "https://e.org/2012/13/11/story/") == (None, None)
    assert _published("<body><p>July 19, 2022</p>", "https://e.org/2012/05/11/story/")[1] == "text"


def test_title_equal_to_the_site_name_is_the_fallback():
    logo = "<h1>好奇心日报</h1>"
    assert read("<title>这个约会软件，想帮你找对象_好奇心日报</title>", logo).title.startswith("这个约会软件")
    head = '<meta property="og:title" content="Example News"><meta property="og:site_name" content="Example News">'
    assert read(head, "<h1>The roof of the old library</h1>").title == "The roof of the old library"
    assert read(head).title == "Example News"


LONG_NAVIGATION = "".join(f"<li><a href=/s{number}>Section {number}</a></li>" for number in range(400))


def test_a_date_behind_long_navigation_is_found():
    body = f"<ul>{LONG_NAVIGATION}</ul><p>Posted on May 1, 2024</p>"
    article = extract_article(None, page(f"<title>T</title><body>{body}</body>", "https://news.example.org/x"))
    assert article.published is not None and article.published.utc.date().isoformat() == "2024-05-01"


@pytest.mark.parametrize("title", ["白鹭“回家”-中新网", "候鸟早到？--人民网", "湿地白鹭增加-中新网"])
def test_the_name_of_a_site_behind_a_hyphen_is_left_out(title):
    article = extract_article(None, page(f"<title>{title}</title><body><p>文</p></body>"))
    assert article.title == title.split("-")[0]


@pytest.mark.parametrize("author", ['size="20"', "View more posts", "Reviewed by Ann Reed", "All posts by Ann"])
def test_labels_are_no_authors(author):
    html = f"<title>T</title><body><div class=author>{author}</div><p>x</p></body>"
    assert extract_article(None, page(html)).authors == ()


def test_the_account_is_the_author_of_last_resort_on_wechat():
    body = '<a id="js_name"> 芦苇湾观鸟 </a><div id="js_content"><p>候鸟来了。</p></div>'
    url = "https://mp.weixin.qq.com/s/abc"
    assert extract_article(None, page(f"<title>T</title><body>{body}</body>", url)).authors == ("芦苇湾观鸟",)
    named = f'<meta name="author" content="沈北雁"><title>T</title><body>{body}</body>'
    assert extract_article(None, page(named, url)).authors == ("沈北雁",)


@pytest.mark.parametrize(
    ("head", "heading", "title"),
    [
        ("", "10<sup>6</sup> visitors", "10^6 visitors"),
        ('<meta property="og:title" content="106 visitors">', "10<sup>6</sup> visitors", "10^6 visitors"),
        ("<title>106 visitors - The Paper</title>", "10<sup>6</sup>\n visitors", "10^6 visitors"),
        ('<meta property="og:title" content="Visitors">', "10<sup>6</sup> visitors", "Visitors"),
        ("", "The 1<sup>st</sup> of H<sub>2</sub>O", "The 1st of H2O"),
        ("", "<ruby>漢字<rt>かんじ</rt></ruby>の町", "漢字(かんじ)の町"),
    ],
)
def test_raised_text_of_a_title_is_that_of_the_heading(head, heading, title):
    site = '<meta property="og:site_name" content="The Paper">'
    assert read(site + head, f"<h1>{heading}</h1>").title == title


CHINESE_TITLE = "<title>市议会投票决定保留老图书馆</title>"


@pytest.mark.parametrize(
    ("html_attributes", "head", "hour", "origin"),
    [
        ("", CHINESE_TITLE, 0, "text"),
        # Templates of other countries leave their language in the page.
        (' lang="en"', CHINESE_TITLE, 0, "text"),
        (' lang="zh-CN"', CHINESE_TITLE, 0, "language"),
        ("", "<title>The library stays</title>", 8, "assumed"),
        ("", "<title>도서관은 문을 닫지 않는다고 시의회가 결정했다</title>", 23, "text"),
        ("", '<title>A1</title><meta name="description" content="居民们收集了四千多个签名">', 0, "text"),
    ],
)
def test_zone_of_a_date_without_one_is_that_of_the_language(html_attributes, head, hour, origin):
    shown = '<span class="date">2024-05-01 08:30</span>'
    html = f"<html{html_attributes}><head>{head}</head><body>{shown}{BODY}</body></html>"
    published = extract_article(None, page(html)).published
    assert (published.utc.hour, str(published.zone_origin)) == (hour, origin)


def test_own_zone_of_a_source_precedes_the_language_of_the_text():
    shown = '<span class="date">2024-05-01 08:30</span>'
    published = read(CHINESE_TITLE, shown, timezone="Europe/Berlin").published
    assert published.utc.hour == 6


# The names that the standard for Chinese government sites gives (国办发〔2017〕47号, annex).
GOVERNMENT = """<title>山西品牌丝路行正式启动 - 山西省人民政府门户网站</title><meta name="SiteName" content="山西省人民政府门户网站">
<meta name="ArticleTitle" content="山西品牌丝路行正式启动"><meta name="PubDate" content="2019-09-18 06:23">"""


def test_metadata_of_chinese_government_sites():
    article = read(GOVERNMENT, "<h1>山西省人民政府网站</h1>")
    assert (article.title, article.site_name) == ("山西品牌丝路行正式启动", "山西省人民政府门户网站")
    assert article.published.utc == datetime(2019, 9, 17, 22, 23, tzinfo=UTC)


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("载人航天工程全线备战空间站建造任务_中国载人航天官方网站", "载人航天工程全线备战空间站建造任务"),
        (
            "关于批准财政部发行特别国债购买外汇的决议__2007年第23号国务院公报_中国政府网",
            "关于批准财政部发行特别国债购买外汇的决议",
        ),
        ("短题_第二部分的名字_中国政府网", "短题_第二部分的名字"),
        ("snake_case_names in Python explained", "snake_case_names in Python explained"),
    ],
)
def test_column_and_site_after_underscores_are_no_part_of_the_title(title, expected):
    assert without_site_name(title, None) == expected


def test_key_words_for_search_engines_are_no_title():
    article = read(
        "<title>最新出炉的报告：全球经济增长率降低</title>", "<h1>今日股市_明日股市_大盘预测_股市分析 - 明日大盘网</h1>"
    )
    assert article.title == "最新出炉的报告：全球经济增长率降低"


@pytest.mark.parametrize(
    "text",
    [
        "优质原创作者",
        "篇 暂无简介",
        "发布于",
        "网络整理",
        "整合",
        "Taboola",
        'size="20"',
        "View more posts",
        "Reviewed by Ann Lee",
    ],
)
def test_labels_are_no_names_of_authors(text):
    assert split_names([text]) == ()


def test_nickname_in_quotation_marks_is_part_of_a_name():
    assert split_names(['By Amanda "Tania Mae" Tan']) == ('Amanda "Tania Mae" Tan',)


def test_date_in_an_element_named_in_camel_case():
    shown = '<div class="PublishDate ArticleHeader_publishDate"><span>Dienstag,</span> <b>29. Januar 2019</b></div>'
    assert read(body=shown).published.utc == datetime(2019, 1, 29, tzinfo=UTC)


def test_time_of_a_quoted_post_is_not_that_of_the_article():
    quoted = '<blockquote><p>A post</p><time datetime="2018-03-12T19:30:12+00:00"></time></blockquote>'
    shown = '<span class="dateline">29 January 2019</span>'
    assert read(body=quoted + shown).published.utc == datetime(2019, 1, 29, tzinfo=UTC)


def test_time_in_the_vocabulary_of_baidu():
    assert read('<meta itemprop="dateUpdate" content="2019-10-08 12:00:57+08:00">').published.utc.hour == 4
