# ruff: noqa: E501  a group of phrases stands on one line
"""Pages with status 200 that are no article (soft 404): not found, login, consent, errors, robot checks, placeholders.

A page with an entry is an error page only where its text says so, it is short, and it repeats nothing of the entry.
Pure: decided from titles and plain texts.
"""

import re

from ingestd.extract.body.vote import shingle_f1, shingles

#: An error page has no more text than this; one that only its text marks as such has less.
_MAX_ERROR_PAGE_CHARS = 3_000
_MAX_UNTITLED_ERROR_CHARS = 1_200
#: The start of a text, in which the text of an error page says what it is.
_OPENING_CHARS = 400
#: From this share of the feed's text in the page on, the page is about the same article.
_MIN_SHARED_FEED_TEXT = 0.3

# Starts of the titles of error pages; the name of the site may follow.
_ERROR_TITLE = re.compile(
    r"\s*(?:(?:error|fehler|erreur|错误|錯誤)?\W*(?:40[0-9]|410|50[0-9])\b"
    r"|(?:(?:web)?page|file|article|post|content|story|url)\W+(?:was |is |could )?(?:not? (?:be )?(?:found|available)"
    r"|unavailable|missing|does(?: not|n't) exist|has been removed|no longer (?:exists|available))"
    r"|(?:not found|nothing found|oops|whoops|error|fatal error|server error|internal (?:server )?error|database error"
    r"|bad gateway|service (?:temporarily )?unavailable|gateway time-?out|access denied|forbidden|too many requests)\b"
    r"|(?:account suspended|suspended|(?:this )?(?:site|domain|website) (?:is |has )?(?:expired"
    r"|suspended|for sale|parked"
    r"|temporarily unavailable|under (?:construction|maintenance)))"
    r"|(?:(?:down|closed|offline) for |scheduled |under |site )?maintenance\b|(?:we'll"
    r"|we will) be (?:right |soon )?back"
    r"|(?:please )?(?:sign|log)[ -]?in\b|login\b|log-?in required|register\b|subscribe(?: now| to (?:read|continue))?\b"
    r"|before you continue|(?:your )?(?:privacy|cookies?) (?:choices|consent|settings"
    r"|preferences)|(?:cookie )?consent\b"
    r"|(?:are|confirm|verify|prove)\b.{0,20}\b(?:robot|human|person)\b|captcha|security check|just a moment"
    r"|attention required|checking your browser|one moment|please wait|unusual traffic|robot check"
    r"|welcome to nginx|apache2 \w+ default page|index of /|iis windows"
    r"|seite nicht gefunden|nicht gefunden|anmelden|anmeldung|wartungsarbeiten|zugriff verweigert"
    r"|page (?:introuvable|non trouvée)|connexion\b|se connecter|accès refusé|página no encontrada|iniciar sesión"
    r"|pagina non trovata|página não encontrada|страница не найдена|вход\b|доступ запрещ[её]н"
    r"|ページが見つかりません|お探しのページ|ログイン|メンテナンス|페이지를 찾을 수 없|로그인"
    r"|.{0,8}(?:页面|頁面|网页|網頁|文章|内容|內容|帖子)(?:不存在|没找到|未找到|找不到|已被?删除|已被?刪除|无法访问|無法)"
    r"|(?:找不到|未找到|无法找到|無法找到|没有找到|沒有找到).{0,8}(?:页|頁|内容|內容|文章)?"
    r"|(?:请|請)?(?:先)?(?:登录|登入|登錄)|(?:系统|系統|网站|網站|服务器|伺服器)(?:维护|維護|繁忙|错误|錯誤|升级|升級)"
    r"|(?:访问|存取|訪問)(?:受限|被拒绝|被拒絕|验证|驗證)|安全(?:验证|驗證|检查|檢查)|人机验证|验证码|出错了|出錯了"
    r"|提示信息|此内容因违规无法查看|该内容已被发布者删除)",
    re.IGNORECASE,
)

# Phrases in the first sentences of error pages.
_ERROR_SENTENCE = re.compile(
    r"(?:page|article|content|file|story|post|address|url)\b.{0,40}\b(?:(?:could ?n[o']?t|cannot|can ?n[o']?t) be found"
    r"|was not found|is not available|does(?: not|n't) exist|no longer (?:exists|available)|(?:has|have) been "
    r"(?:re)?moved|may have been (?:re)?moved)"
    r"|(?:sign|log) ?in\b.{0,30}\bto (?:continue|read|view|access)|(?:subscribe|register)\b.{0,30}\bto "
    r"(?:continue|read|keep) ?reading"
    r"|(?:we|this (?:site|website)|our partners)\b.{0,40}\buses? cookies|unusual (?:activity|traffic)"
    r"|(?:not a|are you a|if you are) (?:ro)?bot\b|verify (?:that )?you(?:'re"
    r"| are) (?:a )?human|solve (?:this|the) captcha"
    r"|establishing a database connection|internal (?:server )?error|(?:try|come back) again (?:later|in a few)"
    r"|(?:scheduled|undergoing|performing) .{0,20}maintenance|(?:be|are) back (?:shortly|soon)"
    r"|(?:enable|turn on|requires?) (?:java ?script|cookies)|(?:uncaught|fatal) (?:error|exception)"
    r"|seite .{0,40}nicht gefunden|page .{0,40}(?:n'existe|introuvable)|página .{0,40}no (?:existe|encontrada)"
    r"|(?:页面|頁面|网页|網頁|文章|内容|內容|帖子).{0,12}(?:不存在|找不到|已被?删除|已被?刪除|已失效|无法访问|無法訪問)"
    r"|(?:请|請|需要|需|您?须)(?:您)?(?:先)?(?:登录|登入|登錄|注册|註冊)|(?:登录|登入|登錄)后.{0,8}(?:阅读|閱讀|查看|继续|繼續)"
    r"|(?:系统|系統|网站|網站)(?:正在)?.{0,4}(?:维护|維護|升级|升級|繁忙)|(?:请|請)稍[后後]再?(?:试|試)"
    r"|(?:输入|輸入|完成)(?:验证码|驗證碼|验证|驗證)|(?:お探し|指定された)のページ|ログインして",
    re.IGNORECASE | re.DOTALL,
)


def is_error_page(titles: tuple[str, ...], text: str, feed_title: str, feed_text: str) -> bool:
    """Whether a page with these titles and this text is an error page and not the article of an entry.

    `feed_title` and `feed_text` are those of the feed's entry: a page that repeats either is the article.
    """
    if len(text) > _MAX_ERROR_PAGE_CHARS or _repeats_feed(titles, text, feed_title, feed_text):
        return False
    if any(_ERROR_TITLE.match(title) for title in titles):
        return True
    return len(text) <= _MAX_UNTITLED_ERROR_CHARS and _ERROR_SENTENCE.search(text[:_OPENING_CHARS]) is not None


def _repeats_feed(titles: tuple[str, ...], text: str, feed_title: str, feed_text: str) -> bool:
    wanted = shingles(feed_title, 1)
    for shown in (*titles, text[:_OPENING_CHARS]):
        found = shingles(shown, 1)
        if wanted and (shingle_f1(wanted, found) >= 0.6 or (wanted & found).total() >= 0.8 * wanted.total()):
            return True
    expected = shingles(feed_text)
    return bool(expected) and (expected & shingles(text)).total() >= _MIN_SHARED_FEED_TEXT * expected.total()


#: A placeholder has no more text than this; an article about cookies has more.
_MAX_PLACEHOLDER_CHARS = 700
_PLACEHOLDER_PHRASE = re.compile(
    r"\bcookies?\b.{0,400}(?:\bconsent|privacy|partners|settings|browsing|experience|accept|agree|隐私|隱私|同意|继续使用|体验|體驗)"
    r"|(?:consent|privacy|partners|使用).{0,100}\bcookies?\b"
    r"|(?:enable|requires?|activate|turn on|without|启用|啟用|开启|打开|支持|需要)\s*.{0,12}java\s?script|java\s?script.{0,30}(?:disabled|required|is not|无效|禁用)"
    r"|^\W*(?:正在(?:加载|载入)|加载中|載入中|loading|please wait|请稍候|請稍候)[^\n]{0,20}$"
    r"|checking (?:your|if the) |verify (?:that )?you are (?:a )?human|are you a robot|unusual traffic|captcha|安全验证|验证码|驗證碼|访问过于频繁"
    r"|access (?:to this page )?(?:has been )?denied|\b(?:403|404|500|502|503)\b.{0,30}(?:error|not found|forbidden|unavailable)"
    r"|page (?:you (?:are|were) looking for|(?:was|is|could) not (?:be )?found|not found|cannot be found)"
    r"|(?:页面|頁面|网页|文章|内容|內容).{0,8}(?:不存在|已删除|已刪除|已被删除|找不到|无法访问)|(?:抱歉|对不起).{0,20}(?:不存在|删除|访问)"
    r"|browser (?:is|you are using is) (?:out of date|not supported|unsupported)|update your browser|浏览器版本过低",
    re.IGNORECASE | re.DOTALL | re.MULTILINE,
)
_PUNCTUATION = re.compile(r"[。！？；，、：]|(?<!\.)[.!?;,](?:\s|$)")
_LOADING_LINE = re.compile(
    r"^\W*(?:正在(?:加载|载入)|加载中|載入中|loading)\b.{0,20}$|(?:正在(?:加载|载入)|加载中|載入中|loading)\W*$",
    re.IGNORECASE,
)


def is_placeholder_text(text: str) -> bool:
    """True where a text is a placeholder (cookies, scripts, loading, not found) and no line is a sentence of an article."""
    if (
        not text
        or len(text) > _MAX_PLACEHOLDER_CHARS
        or not (_PLACEHOLDER_PHRASE.search(text) or _LOADING_LINE.search(text))
    ):
        return False
    rest = [line for line in text.splitlines() if not _PLACEHOLDER_PHRASE.search(line)]
    return not any(_is_sentence(line) for line in rest)


def _is_sentence(line: str) -> bool:
    """True for a line that may be a sentence of an article."""
    return len(line) > (16 if not line.isascii() else 40) and bool(_PUNCTUATION.search(line))
