"""What is not the article: words in classes and ids, and phrases in the text, by which pages mark their furniture."""

import re
from functools import lru_cache

from ingestd.extract.tree import words

#: Elements that never hold article text.
FURNITURE = words(
    "script style template iframe frame object embed applet button select textarea input svg canvas "
    "dialog nav map link meta datalist audio video menu"
)

_WORDS = words(
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
    "rating ratings vote likes slider carousel swiper feedback correction report-error editor zeren "
    "zebian statement shengming "
    "disclaimer"
)
_BAD = re.compile(
    r"(?:^|[\s_\-])(?:"
    + "|".join(sorted(map(re.escape, _WORDS), key=len, reverse=True))
    + r")(?:\d{1,4}(?:x\d{1,4})?)?(?:[\s_\-]|$)",
    re.IGNORECASE,
)
_BAD_PARTS = re.compile(
    r"comment|breadcrumb|relat(?:ed|ion)(?!al)|recommend|sidebar|share|social|newsletter|promo|sponsor"
    r"|outbrain|taboola|disqus"
    r"|pagination|advert|cookie|subscri|popular|trending|most-?read|qr-?code|tuijian|xiangguan|fenxiang"
    r"|pinglun|guanggao|hotlist|next-?post|prev-?post|post_next",
    re.IGNORECASE,
)
_GOOD = re.compile(
    r"article|body|content|entry|main|post|story|text|blog|detail|news|rich|TRS_Editor|zhengwen|neirong"
    r"|wenzhang|artibody|cont\b|Cnt",
    re.IGNORECASE,
)
#: Names that sites give to the element that holds exactly the article.
BODY_NAMES = re.compile(
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


#: Names of layout and page builders that only sound like furniture: what is cut off, not hidden; a box, not a widget.
_HARMLESS = re.compile(
    r"(?<![\w-])(?:overflow(?:-[xy])?-hidden|[\w-]*label-hidden|(?:no|without|has|with)-(?:sidebars?|comments?|share|ads?)"
    r"|elementor-(?:widget(?:-(?:wrap|container|text-editor|theme-post-content|heading|image))?|text-editor))(?![\w-])",
    re.IGNORECASE,
)
#: The classes that WordPress gives a post: its tags and categories are among them, whatever they are called.
_POST_CLASSES = re.compile(r"(?<![\w-])(?:hentry|status-publish)(?![\w-])")


@lru_cache(maxsize=16_384)
def is_bad_name(names: str) -> bool:
    """True where class or id name furniture and do not name the article as well."""
    if not _is_furniture_name(names) or BODY_NAMES.search(names) or _POST_CLASSES.search(names):
        return False
    return _is_furniture_name(_HARMLESS.sub(" ", names))


def _is_furniture_name(names: str) -> bool:
    return bool(_BAD.search(names) or _BAD_PARTS.search(names))


@lru_cache(maxsize=16_384)
def name_weight(names: str) -> float:
    """A factor for the score of a container by what its class and id say."""
    if not names.strip():
        return 1.0
    weight = 1.0
    if BODY_NAMES.search(names):
        weight *= 1.6
    elif _GOOD.search(names):
        weight *= 1.2
    if _BAD.search(names) or _BAD_PARTS.search(names):
        weight *= 0.4
    return weight


#: Short blocks that are furniture by what they say, wherever they stand.
_PHRASES = re.compile(
    r"^\W*(?:"
    r"(?:责任)?编辑\s*[:：]|[（(【\[]?\s*责(?:任)?编(?:辑)?\s*[:：/]|扫码|扫描.{0,12}二维码"
    r"|长按.{0,10}二维码|微信扫|关注.{0,16}(?:公众号|微信|微博)|更多(?:精彩|新闻|内容|资讯)"
    r"|相关(?:阅读|文章|新闻|报道|推荐|链接|专题)|推荐阅读|延伸阅读|热门(?:推荐|文章|新闻)|猜你喜欢|上一篇"
    r"|(?:[上下]一?[页頁]\W*)+$|阅读全文\W*$|本文来源\s*[:：]|已收藏|收藏成功|閱讀全文\W*$|請繼續往下閱讀|加入官方帳號"
    r"|下一篇|分享(?:到|至|：|:|$)|点击.{0,8}(?:查看|下载|进入|阅读)"
    r"|版权(?:声明|所有|归)|免责声明|未经授权|本文(?:转自|转载自)|转载请|举报|打赏|点赞|收藏本文"
    r"|返回(?:首页|顶部|列表)|特别声明|声明\s*[:：]|打开(?:APP|客户端)|下载(?:APP|客户端)"
    r"|(?:read|see|view) (?:more|also|next|all)\b|related (?:articles?|stories|posts|coverage|topics"
    r"|content|reading|links)\b|also (?:read|on)\b"
    r"|share (?:this|on|via|with)\b|click (?:here|to)\b.{0,40}$|tweet$|share$|print$|e-?mail$"
    r"|advertisement\b|sponsored\b|(?:story|article) continues below"
    r"|follow (?:us|me|@)|sign up (?:for|to)\b|subscribe\b|most (?:read|popular|viewed)\b|you (?:may"
    r"|might) also\b|recommended (?:for|stories|articles)\b"
    r"|posted (?:in|under)\b|filed under\b|tagged\b|tags?\s*:|categor(?:y|ies)\s*:|copyright\b|©"
    r"|all rights reserved|leave a (?:comment|reply)"
    r"|\d+ comments?\b|comments? \(\d+\)|next (?:article|post|page)|previous (?:article|post|page)"
    r"|skip to\b|photo gallery|continue reading|back to top|more from\b|more on this"
    r"|loading\b|please enable|your browser)",
    re.IGNORECASE,
)


#: Phrases that are furniture even as a whole sentence.
_SENTENCES = re.compile(
    r"^\W*(?:(?:责任)?编辑|责编|扫码|扫描|长按|微信扫|关注|更多(?:精彩|新闻|内容|资讯)|版权(?:声明|所有"
    r"|归)|免责声明|未经授权|本文(?:转自|转载自)|转载请|特别声明|声明"
    r"|点击|打开|下载|read more|click|follow|sign up|subscribe|©|copyright (?:©|\(c\)|\d)|all rights"
    r"|share this|please enable|your browser)",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"(?:[.!?][\"”’)]?|[。！？][”」』）]?)$")


#: Calls to follow an account, wherever in a line they stand.
_CALLS = re.compile(
    r"(?:扫描|扫一扫|扫码|長按|长按|识别|掃描).{0,10}(?:二维码|二維碼).{0,30}(?:关注|關注|加入|下载)"
    r"|关注.{0,10}(?:官方微信|官方微博|微信公众号|公众号).{0,12}(?:二维码|微信号|微信中搜)"
)


def is_furniture_text(text: str) -> bool:
    """True for a short line that is no part of an article: 责任编辑, share calls, related links' headings.

    A whole sentence is let through unless it begins with what only furniture says: "Also on Tuesday, the council …".
    """
    if len(text) > 160:
        return False
    if not _PHRASES.match(text):
        return not text.isascii() and bool(_CALLS.search(text))
    is_sentence = len(text) > (20 if not text.isascii() else 45) and bool(_SENTENCE_END.search(text))
    return not is_sentence or bool(_SENTENCES.match(text))


LEAD_NAMES = re.compile(
    r"lead|intro|standfirst|summary|abstract|excerpt|deck|subtitle|sub-?headline|kicker|daodu|zhaiyao|dek\b",
    re.IGNORECASE,
)


_LIST_HEADING = re.compile(
    r"^\W*(?:相关(?:阅读|文章|新闻|报道|推荐|链接|专题)|相關(?:閱讀|文章|新聞|報導)|推荐阅读|延伸阅读"
    r"|延伸閱讀|热门(?:推荐|文章|新闻)|猜你喜欢|(?:related|recommended|more|also|further|read|see|most"
    r"|you may)\b)",
    re.IGNORECASE,
)


def is_list_heading(text: str) -> bool:
    """True for a line that announces links to other articles."""
    return bool(_LIST_HEADING.match(text))
