# ruff: noqa: E501  a group of phrases stands on one line
"""Texts of a line or two that stand where no article is: a cookie line, a loading sign, a menu, a call for a script.

Told by the text alone, for a page that nothing announced.
"""

import re

#: Such a text is no longer than this; an article about cookies is.
_LONGEST = 700
_NOTICES = re.compile(
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
_MENU = re.compile(
    r"^\W*(?:正在(?:加载|载入)|加载中|載入中|loading)\b.{0,20}$|(?:正在(?:加载|载入)|加载中|載入中|loading)\W*$",
    re.IGNORECASE,
)


def is_shell(text: str) -> bool:
    """True where every line of a text is such a one, or too short to say anything else."""
    if not text or len(text) > _LONGEST or not (_NOTICES.search(text) or _MENU.search(text)):
        return False
    rest = [line for line in text.splitlines() if not _NOTICES.search(line)]
    return not any(_says_something(line) for line in rest)


def is_menu(text: str) -> bool:
    """True for a short text without any punctuation: names of sections, no sentence."""
    return len(text) < 200 and not _PUNCTUATION.search(text)


def _says_something(line: str) -> bool:
    """True for a line that may be the article of a page, short as it is."""
    return len(line) > (16 if not line.isascii() else 40) and bool(_PUNCTUATION.search(line))
