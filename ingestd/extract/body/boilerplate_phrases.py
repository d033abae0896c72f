# ruff: noqa: E501  a group of phrases stands on one line
"""Phrases at the start of boilerplate lines: 责任编辑, "read more", share buttons, headings of lists of other articles.

The phrases are regular expressions that are matched from the first letter or digit of a line.
"""

import re
from collections import defaultdict
from collections.abc import Iterable

#: Walls, and calls of publishers: newsletters, apps, polls.
_WALL_PHRASES = (
    r"(?:this|the full) (?:article|story|content) is (?:only |exclusively )?(?:for|available to) (?:our )?(?:paying )?(?:subscribers|members)",
    r"already (?:a (?:subscriber|member)|have an account)\b|(?:subscribe|register|log in|sign in|sign up|create an account) (?:now |today )?to (?:continue|read|keep)",
    r"to (?:continue|keep) reading\b|skip past\b|(?:download|get) (?:the|our) (?:free )?(?:\w+ )?app\b|(?:join|follow) .{0,30}\bon whatsapp",
    r"take (?:our|the) (?:poll|quiz)\b|we(?:'|’)re hiring\b|get unlimited (?:digital )?access",
    r"diesen artikel lesen sie mit|jetzt weiterlesen|(?:sie sind |sie haben )?bereits (?:abonnent|abonniert|ein abo)|zum newsletter anmelden",
    r"il vous reste \d+\s?% de cet article|(?:cet article|la suite) est réservée? aux abonnés|déjà abonnée?\b|(?:suscríbete|regístrate) para",
    r"本文为(?:付费|会员)|本文為(?:付費|會員)|(?:登录|登入|登錄|订阅|訂閱)后(?:查看|阅读|可)|剩余.{0,8}(?:内容|字)|开通会员|下载.{0,8}(?:APP|客户端)",
)
#: Phrases of short lines, by language. Whole sentences with them are kept: "Also on Tuesday, the council …".
_LINE_PHRASES = (
    *_WALL_PHRASES,
    # Chinese
    r"(?:责任)?编辑\s*[:：]",
    r"责(?:任)?编(?:辑)?\s*[:：/]",
    r"扫码|扫描.{0,12}二维码|长按.{0,10}二维码|微信扫",
    r"关注.{0,16}(?:公众号|微信|微博)|关注我们|欢迎关注",
    r"更多(?:精彩|新闻|内容|资讯|原创)",
    r"相关(?:阅读|文章|新闻|报道|推荐|链接|专题)|相關(?:閱讀|文章|新聞|報導|連結)|推荐阅读|推薦閱讀|延伸阅读|延伸閱讀",
    r"热门(?:推荐|文章|新闻|评论|标签)|熱門(?:文章|新聞)|猜你喜欢|猜你喜歡|大家都在看|其他人也在看|看更多",
    r"上一篇|下一篇|(?:[上下]一?[页頁]\W*)+$",
    r"阅读全文\W*$|閱讀全文\W*$|請繼續往下閱讀|加入官方帳號|本文来源\s*[:：]|已收藏|收藏成功|收藏本文",
    r"分享(?:到|至|：|:|$)|点击.{0,8}(?:查看|下载|进入|阅读|投票)|举报|打赏|点赞|關鍵字\s*[:：]|关键词\s*(?:[:：]|>>)",
    r"版权(?:声明|所有|归)|版權(?:聲明|所有)|免责声明|免責聲明|未经授权|未經授權|本文(?:转自|转载自)|转载请|轉載請",
    r"返回(?:首页|顶部|列表)|特别声明|声明\s*[:：]|打开(?:APP|客户端)|下载(?:APP|客户端)|喜欢这篇文章",
    r"(?:本文|文章)仅代表|网友评论|發表評論|发表评论|我要评论|已有\s*\d+\s*人|正在加载|加载中|載入中",
    # English
    r"(?:read|see|view) (?:more|also|next|all)\b|see also\s*[:：]|related\s*[:：|]",
    r"related (?:articles?|stor(?:y|ies)|posts|coverage|topics|content|reading|links|news|video)\b|also (?:read|on)\b",
    r"share (?:this|on|via|with)\b|click (?:here|to)\b.{0,40}$|(?:tweet|share|print|e-?mail|save|listen|copy link)$",
    r"advertisement\b|sponsored\b|promoted by\b|story continued|(?:story|article) continues\b",
    r"follow (?:us|me|@)|sign up (?:for|to)\b|subscribe\b|most (?:read|popular|viewed|shared)\b|popular (?:video|now|stories)",
    r"you (?:may|might) also\b|recommended (?:for|stories|articles|reading)\b|(?:from )?around the web\b|in case you missed it\W*$",
    r"posted (?:in|under)\b|filed under\b|tagged\b|tags?\s*:|topics\s*:|categor(?:y|ies)\s*:|copyright\b|all rights reserved",
    r"leave a (?:comment|reply)|\d+ comments?\b|comments? \(\d+\)|view comments\b|write a comment\b|comments are closed",
    r"next (?:article|post|page|in\b)|previous (?:article|post|page)|skip to\b|photo gallery|slideshow \(|view (?:images?|gallery)$",
    r"continue reading|continued on next page|back to top|more from\b|more (?:news|stories) (?:about|from|on)\b|more on this",
    r"loading\b|please enable|your browser|(?:hide|toggle|show) caption\b|enlarge this image|play video|now playing|watch now",
    r"check out more\b|get (?:up-to-the-minute|the latest|our)\b.{0,90}(?:updates|news|newsletter|download|inbox)",
    r"want (?:more|to)\b.{0,60}(?:sign up|subscribe|newsletter)|(?:what do you think\b.{0,40}comment)",
    # German
    r"anzeige\W*$|werbung\W*$|lesen sie (?:auch|mehr|hier)\b|lesetipp|mehr (?:zum thema|dazu|lesen|aus)\b|auch interessant",
    r"das könnte (?:sie|dich) auch|weiterlesen\W*$|kommentare (?:lesen|anzeigen)|zur startseite|artikel (?:teilen|drucken|versenden)",
    r"newsletter abonnieren|schlagwörter\s*:|themen\s*:|nach oben\W*$",
    # French
    r"(?:à )?lire (?:aussi|également)|à voir (?:aussi|également)|voir aussi|sur le même (?:sujet|thème)|publicité\W*$",
    r"abonnez-vous|inscrivez-vous|suivez-nous|partager\b.{0,30}$|lire la suite\W*$|l'article continue après",
    # Spanish, Portuguese, Italian
    r"(?:lea|lee|vea|leia|veja) (?:también|también:|además|también|também|mais|más)|(?:le|te) puede interesar|leer más\W*$",
    r"también te puede|publicidad\w?\W*$|publicidade\W*$|suscríbe(?:te|se)|compartir\b.{0,30}$|compartilh[ae]\b.{0,30}$|síguenos",
    r"leggi anche|condividi\b.{0,30}$|pubblicità\W*$|iscriviti",
    # Dutch, Swedish, Polish, Turkish, Vietnamese
    r"lees (?:ook|meer|verder)\b|advertentie\W*$|läs (?:också|även|mer)\b|annons\W*$|czytaj (?:też|także|również|więcej)",
    r"zobacz (?:też|także|również)|reklama\W*$|ilgili haber|paylaş\W*$|xem thêm|đọc thêm|chia sẻ\W*$",
    # Russian
    r"(?:читайте|смотрите) (?:также|ещё|еще)|по теме\W*$|подпис(?:ывайтесь|аться|итесь)\b.{0,80}$|поделиться\b.{0,30}$|реклама\W*$",
    r"нашли (?:ошибку|опечатку)|(?:если вы )?(?:нашли|заметили) ошибку|выделите (?:е[её]|текст|фрагмент)",
    # Japanese, Korean
    r"関連(?:記事|ニュース|リンク|キーワード)|あわせて読みたい|おすすめ(?:記事|の記事)|人気記事|続きを読む|次のページ|前の記事|次の記事",
    r"(?:この記事は|残り).{0,12}(?:会員限定|有料)|有料会員限定|スポンサー?ド\s*リンク|広告\W*$|シェア(?:する)?\W*$|ツイート(?:する)?\W*$",
    r"ブックマーク\W*$|無断(?:転載|複製)|関連(?:기사|뉴스)|관련\s?(?:기사|뉴스)|무단\s?(?:전재|복제)|저작권자|공유하기\W*$|구독(?:하기|신청)?\W*$",
    # Arabic, Thai
    r"(?:اقرأ|إقرأ|اقرئي|شاهد) (?:أيض|ايض|المزيد)|مواضيع ذات صلة|تابعونا|شارك\W*$|เรื่องที่เกี่ยวข้อง|อ่านเพิ่มเติม|ข่าวที่เกี่ยวข้อง",
)

#: Phrases of lines that are boilerplate even as whole sentences.
_SENTENCE_PHRASES = (
    r"(?:责任)?编辑|责编|扫码|扫描|长按|微信扫|关注|更多(?:精彩|新闻|内容|资讯|原创)|版权(?:声明|所有|归)|免责声明|未经授权",
    r"本文(?:转自|转载自)|转载请|特别声明|声明|点击|打开|下载|喜欢这篇文章|欢迎关注|(?:本文|文章)仅代表",
    r"read more|click|follow|sign up|subscribe|copyright (?:©|\(c\)|\d)|all rights|share this|please enable|your browser",
    r"want (?:more|to)\b.{0,60}(?:sign up|newsletter)|check out more|what do you think\b.{0,40}comment|related\s*[:：|]",
    r"get (?:up-to-the-minute|the latest)|see also\s*[:：]",
    *_WALL_PHRASES,
    r"lesen sie (?:auch|hier)|(?:à )?lire aussi|lea también|leia também|leggi anche|lees ook|читайте также|подпис(?:ывайтесь|итесь)",
    r"нашли (?:ошибку|опечатку)|(?:если вы )?(?:нашли|заметили) ошибку|выделите (?:е[её]|текст|фрагмент)",
    r"(?:この記事は|残り).{0,12}(?:会員限定|有料)|有料会員限定|無断(?:転載|複製)|무단\s?(?:전재|복제)|저작권자",
)

_LIST_HEADING_PHRASES = (
    r"相关(?:阅读|文章|新闻|报道|推荐|链接|专题)|相關(?:閱讀|文章|新聞|報導)|推荐阅读|延伸阅读|延伸閱讀|热门(?:推荐|文章|新闻)|猜你喜欢",
    r"(?:related|recommended|more|also|further|read|see|most|you may)\b|関連(?:記事|ニュース)|관련\s?기사|читайте также",
    r"(?:à )?lire aussi|lesen sie auch|mehr zum thema|lea también|leggi anche",
)

_FIRST_WORD_CHAR = re.compile(r"\w")
_SENTENCE_END = re.compile(r"(?:[.!?][\"”’)]?|[。！？][”」』）]?)$")

#: Requests to follow an account, anywhere in a line.
_FOLLOW_CALL = re.compile(
    r"(?:扫描|扫一扫|扫码|長按|长按|识别|掃描).{0,10}(?:二维码|二維碼).{0,30}(?:关注|關注|加入|下载)"
    r"|关注.{0,10}(?:官方微信|官方微博|微信公众号|公众号).{0,12}(?:二维码|微信号|微信中搜)|【详细】$"
)


#: Somebody's words, and who says them.
_SPEECH = re.compile(r"[“„«][^”“»]{1,80}[,.!?][”“»] \w")


class _PhraseIndex:
    """Phrases indexed by their first letter, so that a line is matched against few of them."""

    def __init__(self, phrases: Iterable[str]) -> None:
        by_letter: dict[str, list[str]] = defaultdict(list)
        anywhere: list[str] = []
        for phrase in phrases:
            for part in _alternatives(phrase):
                target = by_letter[part[0].lower()] if part[0].isalpha() else anywhere
                target.append(part)
        self._anywhere = re.compile("|".join(anywhere), re.IGNORECASE)
        self._by_letter = {letter: re.compile("|".join(parts), re.IGNORECASE) for letter, parts in by_letter.items()}

    def starts(self, text: str) -> bool:
        """True where the text starts with one of the phrases, from its first letter or digit on."""
        first = _FIRST_WORD_CHAR.search(text)
        if first is None:
            return False
        start = first.start()
        own = self._by_letter.get(first[0].lower())
        return bool((own is not None and own.match(text, start)) or self._anywhere.match(text, start))


def _alternatives(phrase: str) -> list[str]:
    """The top-level alternatives of a regular expression."""
    parts, depth, begin = [], 0, 0
    for place, character in enumerate(phrase):
        depth += (character in "([") - (character in ")]")
        if character == "|" and not depth:
            parts.append(phrase[begin:place])
            begin = place + 1
    return [*parts, phrase[begin:]]


_LINE_INDEX, _SENTENCE_INDEX = _PhraseIndex(_LINE_PHRASES), _PhraseIndex(_SENTENCE_PHRASES)
_LIST_HEADING_INDEX = _PhraseIndex(_LIST_HEADING_PHRASES)


def is_boilerplate_line(text: str) -> bool:
    """True for a short line of boilerplate: 责任编辑, share buttons, headings of related links.

    A whole sentence is no boilerplate unless it starts with a phrase of `_SENTENCE_PHRASES`.
    """
    if len(text) > 160:
        return False
    if "©" in text[:12]:
        return True
    if _SPEECH.match(text):
        return False
    if not _LINE_INDEX.starts(text):
        return not text.isascii() and bool(_FOLLOW_CALL.search(text))
    is_sentence = len(text) > (20 if not text.isascii() else 45) and bool(_SENTENCE_END.search(text))
    return not is_sentence or _SENTENCE_INDEX.starts(text)


def is_related_list_heading(text: str) -> bool:
    """True for the heading of a list of other articles."""
    return _LIST_HEADING_INDEX.starts(text)
