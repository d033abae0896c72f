"""Article pages of the simulated sites: about 60 KB, of which the article is a tenth, as on the real web.

Around the article stands boilerplate: menus, teasers of other articles, advertisements,
comments, a cookie notice, scripts and styles. Four layouts, by site; every twentieth Chinese site is in GBK.
"""

import json
from functools import lru_cache
from html import escape
from random import Random

from tests.bench.site import Site, Story, story_rng
from tests.bench.words import Language, marked_up

#: Layout: what opens and closes the article, and the class of the aside beside it.
LAYOUTS = (
    (
        '<main><article class="article" itemscope itemtype="https://schema.org/NewsArticle">',
        "</article></main>",
        "sidebar",
    ),
    ('<div id="wrap"><div class="post hentry"><div class="entry-content">', "</div></div></div>", "widget-area"),
    ('<div class="content_left"><div id="artibody" class="article-body">', "</div></div>", "rec-list"),
    ('<table width="960"><tr><td class="story" valign="top">', "</td></tr></table>", "rightcol"),
)


def page(site: Site, number: int) -> bytes:
    """The article page of a story, whole."""
    top, middle, bottom = _chrome(site.index, site.base)
    story = site.story(number)
    text = top.replace("%%META%%", _meta(site, story), 1) + _article(site, story) + middle + bottom
    return text.encode(site.encoding, "xmlcharrefreplace")


def article_paragraphs(site: Site, number: int) -> list[str]:
    """The paragraphs of the whole article as HTML; those in the feed come first."""
    words, story = site.language, site.story(number)
    rng = story_rng(site.index, number + 500_000)
    return [
        *story.paragraphs,
        *(marked_up(rng, words.paragraph(rng, rng.randint(2, 5)), f"{site.base}/topic/{n}") for n in range(9)),
    ]


def _meta(site: Site, story: Story) -> str:
    linked = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": story.title,
        "datePublished": story.date.isoformat(),
        "author": [{"@type": "Person", "name": story.author}],
        "mainEntityOfPage": story.url,
        "publisher": {"@type": "Organization", "name": site.title},
    }
    return (
        f"<title>{escape(story.title)} | {site.title}</title>\n"
        f'<link rel="canonical" href="{story.url}">\n'
        f'<meta property="og:title" content="{escape(story.title)}">\n'
        f'<meta property="og:url" content="{story.url}">\n<meta property="og:type" content="article">\n'
        f'<meta property="article:published_time" content="{story.date.isoformat()}">\n'
        f'<meta name="author" content="{escape(story.author)}">\n'
        f'<meta name="description" content="{escape(story.title)}">\n'
        f'<script type="application/ld+json">{json.dumps(linked, ensure_ascii=False)}</script>\n'
    )


def _article(site: Site, story: Story) -> str:
    opening, closing, _ = LAYOUTS[site.index % 4]
    paragraphs = article_paragraphs(site, story.number)
    picture = story.image or f"{site.base}/img/none.png"
    parts = [
        opening,
        f"\n<h1>{escape(story.title)}</h1>\n",
        f'<div class="byline">{escape(story.author)} <time datetime="{story.date.isoformat()}">'
        f"{story.date:%Y-%m-%d %H:%M}</time></div>\n",
        '<ul class="share"><li><a href="#">Facebook</a></li><li><a href="#">微信</a></li></ul>\n',
        *paragraphs[:2],
        f'<figure><img src="{picture}" alt="{escape(story.title)}" width="800" height="450">'
        f"<figcaption>{site.title}</figcaption></figure>\n",
        *paragraphs[2:6],
        '<div class="ad ad-mpu" id="ad-1"><script>adslot("mpu",1)</script><span>Advertisement</span></div>\n',
        "<h2>2025</h2>\n<blockquote>" + paragraphs[0] + "</blockquote>\n",
        *paragraphs[6:],
        closing,
    ]
    return "\n".join(parts)


@lru_cache(maxsize=2048)
def _chrome(index: int, base: str) -> tuple[str, str, str]:
    """What all pages of a site share: before the article, the aside after it, and the end."""
    site = Site(index, base)
    words, rng = site.language, Random(-index - 1)
    menu = _links(rng, words, base, 60)
    top = (
        f'<!DOCTYPE html>\n<html lang="{words.tag}">\n<head>\n<meta charset="{site.encoding}">\n%%META%%'
        f'<meta name="viewport" content="width=device-width">\n<style>{_style(rng, 60)}</style>\n'
        f'<script>{_script(rng, 60)}</script>\n</head>\n<body class="single">\n'
        f'<div id="cookie-notice" role="dialog"><p>Cookies</p><button>OK</button></div>\n'
        f'<header class="site-header"><a href="{base}/">{site.title}</a><form action="/search"><input name="q"></form>'
        f'</header>\n<nav class="menu"><ul>{menu}</ul></nav>\n'
    )
    teasers = "".join(
        f'<div class="teaser"><a href="{base}/t/{n}"><img src="{base}/img/t{n}.jpg" alt="" loading="lazy"><h3>'
        f"{escape(words.headline(rng, n))}</h3></a><p>{escape(words.paragraph(rng, 1))}</p></div>\n"
        for n in range(24)
    )
    comments = "".join(
        f'<div class="comment" id="c{n}"><b>reader{n}</b><p>{escape(words.paragraph(rng, 2))}</p>'
        '<a href="#" class="reply">Reply</a></div>\n'
        for n in range(10)
    )
    aside = f'<aside class="{LAYOUTS[index % 4][2]}">{teasers}</aside>\n<section id="comments">{comments}</section>\n'
    bottom = (
        f"<footer><ul>{_links(rng, words, base, 45)}</ul><p>© 2025 {site.title}</p></footer>\n"
        f"<script>{_script(rng, 250)}</script>\n</body>\n</html>\n"
    )
    return top, aside, bottom


def _links(rng: Random, words: Language, base: str, count: int) -> str:
    return "".join(
        f'<li class="menu-item menu-{n}"><a href="{base}/section/{n}">{escape(rng.choice(words.topics))} {n}</a></li>\n'
        for n in range(count)
    )


def _style(rng: Random, rules: int) -> str:
    return "".join(
        f".c{n}{{margin:{rng.randrange(40)}px;color:#{rng.randrange(16**6):06x};display:flex}}\n" for n in range(rules)
    )


def _script(rng: Random, lines: int) -> str:
    return "".join(
        f'window.q=window.q||[];q.push({{"id":{rng.randrange(10**9)},"on":function(a,b){{return a<b&&"</p>"}}}});\n'
        for _ in range(lines)
    )
