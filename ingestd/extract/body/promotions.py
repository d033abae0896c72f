# ruff: noqa: E501  a group of phrases stands on one line
"""Promotions inside an article: boxes for newsletters, apps, channels, subscriptions, surveys and jobs of the publisher."""

import re
from itertools import islice

from ingestd.extract.html.tree import Element, text_of, word_set

#: A promotion is a box with at most so many characters and lines of text, and at most this share of the article.
MAX_PROMOTION_CHARS = 600
_MAX_LINES = 14
#: Elements in a promotion, which bounds the time for boxes in boxes.
_MAX_ELEMENTS = 80
_MAX_SHARE = 0.25
_BOX_TAGS = word_set("div section aside form table")
#: What no promotion holds: headlines, code, figures with captions, quotations, times.
_ARTICLE_TAGS = word_set("h1 pre figcaption blockquote time article")
#: The line with which a publisher calls its readers, by language, from its first letter on.
_CALL = re.compile(
    r"(?![“\"„«「『‘])\W*(?:"
    # English
    r"(?:get|receive) (?:the best of our|our (?:best|latest|free|daily|weekly|morning)|the (?:latest|day's|day’s) (?:news|stories|headlines))\b"
    r"|(?:follow|join|check out) (?:us\b|our )|(?:subscribe|sign up|sign in|log in)(?: now| today| here| for free| (?:to|for) (?:our|the|continue|read)\b.*)?\W*$"
    r"|(?:download|get|try|install) (?:the|our) (?:[\w ]{0,20} )?app\b|(?:create|register) (?:an?|your) (?:free )?account|register (?:now|today|for free|to (?:read|continue))"
    r"|(?:support|fund) (?:independent|quality|local|our|honest|public) (?:\w+ )?(?:journalism|reporting|work|newsroom)|become an? (?:member|supporter|subscriber)\b"
    r"|if you (?:value|like|enjoy|appreciate) our\b|(?:please )?consider (?:making a |a )?(?:donation|donating|supporting us|subscribing)"
    r"|(?:take|answer|fill in) (?:our|the|this) (?:reader )?(?:survey|poll|quiz)\b|(?:poll|survey)\s*:|we(?:['’]re| are) (?:hiring|looking for)\b|advertisement feature|sponsored content"
    r"|(?:our|the) (?:\w+ ){0,2}(?:newsletter|podcast)s?\W*$|newsletters?\W*$|privacy notice\s*:|click here to (?:join|subscribe|sign|follow|download)"
    # German
    r"|newsletter\b|(?:jetzt|hier|kostenlos) (?:anmelden|abonnieren|registrieren|testen|kostenlos)\b|mit der anmeldung stimmen|keine? (?:nachricht|news|neuigkeit)\w* (?:mehr )?verpassen"
    r"|folgen sie uns|laden sie (?:sich )?(?:unsere|die) app|unterstützen sie (?:uns|unsere)|jetzt abo\b"
    # French
    r"|(?:la|notre|les|nos) newsletters?\b.{0,40}$|recevez (?:chaque|tous les|toute|notre|nos)|s['’]inscrire\W*$|inscrivez-vous|abonnez-vous|je m['’]abonne|téléchargez (?:notre|l['’])|rejoignez (?:notre|nos|la)|soutenez\b.{0,40}(?:journalisme|rédaction|presse)"
    # Spanish, Portuguese, Italian
    r"|únete a (?:nuestr|la comunidad)|suscríb|regístrate|recibe (?:las|nuestras|todas|gratis)|descarga (?:nuestra|la) app|síguenos|inscreva-se|assine (?:já|agora|a|o|nossa)|receba (?:as|nossas|notícias)|entre (?:no|em) (?:nosso )?(?:canal|grupo)|baixe (?:o|nosso) app"
    r"|iscriviti|abbonati|ricevi (?:le|ogni|la)|scarica (?:la|l['’])\s?app|seguici"
    # Russian, Ukrainian
    r"|подпи(?:шитесь|сывайтесь|шись|саться)|підпи(?:шіться|суйтесь|сатися)|скачайте (?:наше|приложение)|читайте нас в|читайте нас у"
    # Japanese, Korean
    r"|.{0,12}アプリを?(?:ダウンロード|入手)|メールマガジン|メルマガ|.{0,8}(?:公式LINE|友だち追加)|無料(?:会員)?登録|(?:카카오톡|네이버|텔레그램|유튜브) 채널|구독하기|앱을? ?(?:다운로드|설치)|뉴스레터"
    # Chinese
    r"|(?:点击|點擊|立即|马上|免费|免費)?(?:下载|下載).{0,8}(?:客户端|客戶端|APP)|(?:扫|掃)(?:码|碼|描).{0,12}|(?:如需|想要)?.{0,4}(?:阅读|閱讀)(?:全文|更多).{0,4}请|(?:立即|马上)(?:订阅|訂閱|注册|註冊)|(?:加入|成为|成為).{0,6}(?:会员|會員)"
    r")",
    re.IGNORECASE,
)
#: A single line that calls to a channel or an app, in languages where no sentence of an article begins so.
_CHANNEL_CALL = re.compile(
    r"(?![“\"„«「『‘])\W*(?:(?:follow|join) (?:us|our)\b.{0,60}(?:whatsapp|telegram|channel|newsletter)|skip past\b|after newsletter promotion\W*$"
    r"|(?:únete a|siga|entre n[oa]|síguenos en|seguici su)\b.{0,40}(?:whatsapp|telegram|canal|instagram)|iscriviti (?:alla|al) (?:nostr[ao] )?(?:newsletter|canale)"
    r"|.{0,60}(?:folgen sie uns|folge uns)\b.{0,30}(?:whatsapp|telegram|instagram|app)|(?:підписуйтесь|підпишіться|подпишитесь|подписывайтесь) на"
    r"|.{0,12}アプリを?ダウンロード|(?:카카오톡|텔레그램|유튜브) 채널을?\s?(?:추가|구독)|(?:如需|想要).{0,2}(?:阅读|閱讀)全文|(?:扫描|掃描|扫码|掃碼|扫一扫).{0,6}(?:二维码|二維碼)?.{0,4}(?:下载|下載|关注|關注|安装))",
    re.IGNORECASE,
)
_MAX_CALL_CHARS = 160


def is_promotion(element: Element, size: int, article_size: int) -> bool:
    """Whether an element is a promotion: a short box with a form or a call to the readers, or one line of it.

    `size` and `article_size` are the characters of text in the element and in the article.
    """
    is_box = element.tag in _BOX_TAGS
    if size > (min(MAX_PROMOTION_CHARS, _MAX_SHARE * article_size) if is_box else _MAX_CALL_CHARS):
        return False
    inner = list(islice(element.iter(), _MAX_ELEMENTS + 1))
    if len(inner) > _MAX_ELEMENTS:
        return False
    if not is_box:
        return bool(_CHANNEL_CALL.match(text_of(element)))
    tags = {found.tag for found in inner}
    if tags & _ARTICLE_TAGS:
        return False
    if "form" in tags:
        return True
    lines = list(islice(filter(None, (" ".join(str(text).split()) for text in element.itertext())), _MAX_LINES + 1))
    if not 1 < len(lines) <= _MAX_LINES:
        return any(map(_CHANNEL_CALL.match, lines[:1]))
    return any(_CALL.match(line) for line in lines if len(line) <= _MAX_CALL_CHARS)


def is_skip_link(link: Element) -> bool:
    """Whether a link leads past a promotion, for screen readers."""
    return (link.get("href") or "").startswith("#") and (link.text or "").strip().lower().startswith("skip ")
