"""Which pages the evaluation set has: half of them Chinese, the rest English and a few others."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Plan:
    """One page to make.

    `shape` is its structure; `parts` the optional blocks of the article by their letters (h headings, l and o lists,
    t table, f figures, q quote, c code); `feed` what the entry of the feed has: a "summary", the "whole" article, a
    "teaser" (the first paragraph and an invitation to read on) or "none"; `clutter` the language of what stands around
    the article, where it is another one; `label` the charset that the page claims, where it is not the truth.
    """

    shape: str
    lang: str
    parts: str = ""
    paragraphs: int = 6
    charset: str = "utf-8"
    url: str = "https://news.example/2026/11/{name}.html"
    feed: str = "summary"
    clutter: str | None = None
    label: str | None = None


HANS, HANT = "zh-Hans", "zh-Hant"

PLANS = {
    # Simplified Chinese, on addresses that no rule knows.
    "zh-article": Plan("article_tag", HANS, "hf"),
    "zh-soup": Plan("div_soup", HANS),
    "zh-tables-gbk": Plan("tables_layout", HANS, charset="gb18030"),
    "zh-tables-lists": Plan("tables_layout", HANS, "h", charset="gb18030", feed="none"),
    "zh-breaks": Plan("breaks", HANS, "h"),
    "zh-breaks-gbk": Plan("breaks", HANS, charset="gb18030"),
    "zh-flash": Plan("flash", HANS, paragraphs=1),
    "zh-flash-two": Plan("flash", HANS, paragraphs=2, feed="whole"),
    "zh-feature": Plan("feature", HANS, "hfq", 9),
    "zh-feature-long": Plan("feature", HANS, "hflt", 12, feed="none"),
    "zh-comments": Plan("comments_longer", HANS, paragraphs=3),
    "zh-comments-lists": Plan("comments_longer", HANS, "l", 5),
    "zh-related": Plan("related_inside", HANS, "h"),
    "zh-cookie": Plan("cookie_banner", HANS, paragraphs=4),
    "zh-paywall": Plan("paywall", HANS, paragraphs=2),
    "zh-live": Plan("live_blog", HANS, paragraphs=8),
    "zh-sidebar": Plan("sidebar_longer", HANS, paragraphs=3),
    "zh-portal": Plan("portal", HANS, "f"),
    "zh-sections": Plan("sections", HANS, "hf"),
    "zh-gallery": Plan("gallery", HANS, paragraphs=7),
    "zh-discuz": Plan("discuz", HANS, paragraphs=5),
    "zh-discuz-gbk": Plan("discuz", HANS, paragraphs=3, charset="gb18030"),
    "zh-theme": Plan("wordpress_theme", HANS, "hl"),
    "zh-hexo": Plan("hexo", HANS, "hc"),
    "zh-hugo": Plan("hugo", HANS, "hlc"),
    "zh-government": Plan("government", HANS, "t"),
    "zh-government-gbk": Plan("government", HANS, "o", charset="gb18030"),
    "zh-script": Plan("script_only", HANS, paragraphs=5, feed="whole"),
    "zh-amp": Plan("amp", HANS, "hf"),
    "zh-newsletter": Plan("newsletter", HANS, "h"),
    "zh-bulky": Plan("bulky", HANS, "hf", 8),
    "zh-bulky-breaks": Plan("bulky_breaks", HANS, "h", 7),
    "zh-mislabelled": Plan("breaks", HANS, "h", label="gb2312"),
    "zh-whole": Plan("article_tag", HANS, "hf", feed="whole"),
    "zh-whole-short": Plan("flash", HANS, paragraphs=1, feed="whole"),
    "zh-teaser": Plan("article_tag", HANS, "h", 7, feed="teaser"),
    "zh-teaser-short": Plan("portal", HANS, paragraphs=2, feed="teaser"),
    # Simplified Chinese, on addresses or platforms that have a rule.
    "zh-wechat": Plan("wechat", HANS, "hf", url="https://mp.weixin.qq.com/s/{name}"),
    "zh-wechat-list": Plan("wechat", HANS, "lq", url="https://mp.weixin.qq.com/s/{name}", feed="none"),
    "zh-sina": Plan("sina", HANS, "f", url="https://finance.sina.com.cn/roll/2026-11-22/{name}.shtml"),
    "zh-sohu": Plan("sohu", HANS, "hf", url="https://www.sohu.com/a/{name}"),
    "zh-wordpress": Plan("wordpress", HANS, "hlq", url="https://blog.example/{name}/"),
    # Traditional Chinese, and the two mixed.
    "hant-news": Plan("taiwan_news", HANT, "hf", url="https://www.example.tw/news/{name}"),
    "hant-news-big5": Plan("breaks", HANT, charset="big5hkscs"),
    "hant-tables-big5": Plan("tables_layout", HANT, charset="big5hkscs"),
    "hant-article": Plan("article_tag", HANT, "hlf"),
    "hant-rule": Plan("taiwan_news", HANT, "h", url="https://news.ltn.com.tw/news/life/breakingnews/{name}"),
    "hant-whole": Plan("breaks", HANT, "h", feed="whole"),
    "hant-mixed": Plan("related_inside", HANT, "q", clutter=HANS),
    # English.
    "en-article": Plan("article_tag", "en", "hf"),
    "en-soup": Plan("div_soup", "en"),
    "en-tables": Plan("tables_layout", "en"),
    "en-breaks": Plan("breaks", "en", "h"),
    "en-flash": Plan("flash", "en", paragraphs=1),
    "en-feature": Plan("feature", "en", "hfqt", 9),
    "en-comments": Plan("comments_longer", "en", paragraphs=3),
    "en-related": Plan("related_inside", "en", "h"),
    "en-cookie": Plan("cookie_banner", "en", paragraphs=4),
    "en-paywall": Plan("paywall", "en", paragraphs=2),
    "en-live": Plan("live_blog", "en", paragraphs=8),
    "en-sidebar": Plan("sidebar_longer", "en", paragraphs=3),
    "en-microdata": Plan("microdata", "en", "hl"),
    "en-json-ld": Plan("json_ld", "en", "t"),
    "en-sections": Plan("sections", "en", "hf"),
    "en-interview": Plan("interview", "en", "h"),
    "en-forum": Plan("forum", "en", paragraphs=4),
    "en-hugo": Plan("hugo", "en", "hc"),
    "en-newsletter": Plan("newsletter", "en", "h"),
    "en-amp": Plan("amp", "en", "hf"),
    "en-script": Plan("script_only", "en", paragraphs=5, feed="whole"),
    "en-bulky": Plan("bulky", "en", "hft", 8),
    "en-bulky-breaks": Plan("bulky_breaks", "en", "h", 7),
    "en-whole": Plan("related_inside", "en", "hl", feed="whole"),
    "en-teaser": Plan("div_soup", "en", "h", 7, feed="teaser"),
    "en-teaser-short": Plan("article_tag", "en", paragraphs=2, feed="teaser"),
    "en-wordpress": Plan("wordpress", "en", "hlf", url="https://blog.example/{name}/"),
    "en-medium": Plan("medium", "en", "hqf", url="https://medium.com/@someone/{name}"),
    "en-substack": Plan("substack", "en", "hf", url="https://someone.substack.com/p/{name}"),
    "en-ghost": Plan("ghost", "en", "hlc", url="https://blog.example/{name}/"),
    "en-blogger": Plan("blogger", "en", url="https://someone.blogspot.com/2026/11/{name}.html"),
    # Others.
    "ja-article": Plan("article_tag", "ja", "hf", 5),
    "ja-breaks": Plan("breaks", "ja", paragraphs=5, charset="shift_jis"),
    "ja-blog": Plan("hexo", "ja", "l", 4),
    "ko-article": Plan("article_tag", "ko", "hl", 5),
    "ko-tables": Plan("tables_layout", "ko", paragraphs=5, charset="euc-kr"),
    "ru-article": Plan("related_inside", "ru", "h", 5),
    "ru-breaks": Plan("breaks", "ru", paragraphs=5, charset="windows-1251"),
    "fr-article": Plan("article_tag", "fr", "hl", 5),
    "fr-whole": Plan("breaks", "fr", "h", 5, feed="whole"),
    "fr-soup": Plan("div_soup", "fr", paragraphs=5),
}
