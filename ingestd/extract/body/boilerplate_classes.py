"""Words in class and id attributes that mark boilerplate, the article's body, or its lead."""

import re
from functools import lru_cache

from ingestd.extract.html.tree import word_set

#: Elements that never hold text of an article.
NON_CONTENT_TAGS = word_set(
    "script style template frame applet button select textarea input svg canvas dialog nav map link meta datalist menu"
)

_BOILERPLATE_WORDS = word_set(
    "ad ads advert advertisement advertising adv adbox adsense adslot adunit banner promo promotion promoted "
    "sponsor sponsored breadcrumb breadcrumbs crumb crumbs comment comments comentarios disqus respond replies "
    "reply commentlist livefyre cookie cookies consent gdpr footer foot footnav copyright masthead menu navbar "
    "navigation nav navi pager pagination pagenav paging popup modal overlay lightbox tooltip newsletter "
    "subscribe subscription signup login signin register related relatedposts recommend recommended "
    "recommendation recommendations recirc more-stories readmore outbrain taboola zergnet share sharing sharebar "
    "shareaholic sharedaddy sociable social socials addthis addtoany jiathis bshare sidebar side skip skyscraper "
    "tag tags taglist toolbar widget widgets author-bio authorbio bio byline hot hotnews rank ranking qrcode "
    "erweima weixin-code print-only noprint no-print screen-reader-text sr-only visually-hidden hidden hide "
    "invisible metadata post-meta entry-meta entry-utility jp-relatedposts mw-editsection navbox vertical-navbox "
    "toc reflist catlinks trending popular most-read mostread latest teaser teasers prev-next nextprev post-nav "
    "rating ratings vote likes slider slides slideshow carousel swiper feedback correction report-error editor zeren "
    "zebian statement shengming "
    "disclaimer"
)
_BOILERPLATE_NAME = re.compile(
    r"(?:^|[\s_\-])(?:"
    + "|".join(sorted(map(re.escape, _BOILERPLATE_WORDS), key=len, reverse=True))
    + r")(?:\d{1,4}(?:x\d{1,4})?)?(?:[\s_\-]|$)",
    re.IGNORECASE,
)
_BOILERPLATE_NAME_PART = re.compile(
    r"comment|breadcrumb|relat(?:ed|ion)(?!al)|recommend|sidebar|share|social|newsletter|promo|sponsor"
    r"|outbrain|taboola|disqus"
    r"|pagination|advert|cookie|subscri|popular|trending|most-?read|qr-?code|tuijian|xiangguan|fenxiang"
    r"|author-?box|about-?(?:the-?)?author|trust-?badge|interesting-?articles|pinglun|guanggao|hotlist|next-?post|prev-?post|post_next",
    re.IGNORECASE,
)
_CONTENT_NAME_PART = re.compile(
    r"article|body|content|entry|main|post|story|text|blog|detail|news|rich|TRS_Editor|zhengwen|neirong"
    r"|wenzhang|artibody|cont\b|Cnt",
    re.IGNORECASE,
)
#: Names of the element that holds exactly the article.
_ARTICLE_BODY_NAME = re.compile(
    r"(?:^|[\s_\-])(?:entry-content|post-content|article-content|article-body|articlebody|article__body"
    r"|article_body|article-text"
    r"|article__content|article_content|articlecontent|article-main|post-body|postbody|post_body"
    r"|post__content|post-text|post_content"
    r"|story-body|storybody|story-content|story_content|story-text|storytext|news-content|news_content"
    r"|newscontent|news-text|news_txt"
    r"|content-body|body-content|blog-content|blog-post-content|single-content|td-post-content"
    r"|rich_media_content|js_content|js_article"
    r"|trs_editor|artibody|article-detail|article_detail|newstext|main-text|main_text|maintext"
    r"|main-content-text|markdown-body|e-content"
    r"|richtext|rich-text|text-content|zhengwen|post_text|caas-body|content-text|show_content|left_zw"
    r"|endtext|cnt_bd|the_content|pf-content)(?:[\s_\-]|$)",
    re.IGNORECASE,
)


#: Names from CSS frameworks and page builders that contain a boilerplate word and mark layout only.
_LAYOUT_NAME = re.compile(
    r"(?<![\w-])(?:overflow(?:-[xy])?-hidden|[\w-]*label-hidden|(?:no|without|has|with)-(?:sidebars?|comments?|share|ads?)"
    r"|elementor-(?:widget(?:-(?:wrap|container|text-editor|theme-post-content|heading|image))?|text-editor))(?![\w-])",
    re.IGNORECASE,
)
#: The boundary of words in camel case (`content|Foot`).
_CAMEL_CASE_BOUNDARY = re.compile(r"(?<=[a-z])(?=[A-Z])(?!Tag)")
#: Classes of a WordPress post. Its other classes are tags and categories with any name.
_WORDPRESS_POST_CLASS = re.compile(r"(?<![\w-])(?:hentry|status-publish)(?![\w-])")


@lru_cache(maxsize=16_384)
def is_boilerplate_name(names: str) -> bool:
    """True where class or id mark boilerplate and do not also mark the article. `names` is class and id."""
    if not _has_boilerplate_word(names) or _ARTICLE_BODY_NAME.search(names) or _WORDPRESS_POST_CLASS.search(names):
        return False
    return _has_boilerplate_word(_LAYOUT_NAME.sub(" ", names))


def _has_boilerplate_word(names: str) -> bool:
    return bool(_BOILERPLATE_NAME.search(_CAMEL_CASE_BOUNDARY.sub("-", names)) or _BOILERPLATE_NAME_PART.search(names))


@lru_cache(maxsize=16_384)
def name_weight(names: str) -> float:
    """A factor for the score of a container, by its class and id."""
    if not names.strip():
        return 1.0
    weight = 1.0
    if _ARTICLE_BODY_NAME.search(names):
        weight *= 1.6
    elif _CONTENT_NAME_PART.search(names):
        weight *= 1.2
    if _BOILERPLATE_NAME.search(names) or _BOILERPLATE_NAME_PART.search(names):
        weight *= 0.4
    return weight


#: Names of the lead: the summary above an article that belongs to it.
LEAD_NAME = re.compile(
    r"lead|intro|standfirst|summary|abstract|excerpt|deck|subtitle|sub-?headline|kicker|daodu|zhaiyao|dek\b|descri(?:be|ption)|synopsis"
    r"|vorspann|teaser-?text|chap[oe]\b|chap[oe][_-]|chapeau|ingress|manchet|entradilla|bajada|copete|sumario|sommario|catenaccio"
    r"|occhiello|lide\b|sapo\b|linha-fina|zajawka|perex",
    re.IGNORECASE,
)
