# ruff: noqa: E501  a group of words stands on one line
"""Names of authors from bylines, without "By", roles, dates and places. What is no name is dropped. Pure text."""

import re
from collections.abc import Iterable

from ingestd.text.characters import HAN
from ingestd.text.plain_text import clean_line

_NOT_A_NAME = re.compile(
    r"https?\b|介绍|介紹|简介|簡介|发布于|原创作者|转载|轉載|关注|關注|调查|总篇数|^name$|www\.|@|[<>{}=]|^\d|来源|編輯|编辑|时间"
    r"|發表|发表|阅读|評論|评论|admin$|^(?:by|staff|author|contributor|editor|editors|editorial team|commenting|newsroom|redaktion"
    r"|(?:view|see|read) (?:more|all)\b.*|(?:more|all) (?:posts|articles|stories)\b.*"
    r"|(?:reviewed|fact[- ]checked|edited) by\b.*"
    r"|reporter|unknown|none|null|taboola|未知|佚名|本站|网络|(?:网络|综合|本站)?(?:整理|整合))$",
    re.IGNORECASE,
)
_ROLE = re.compile(
    r"(?:本报|本報|见习|实习|特约|首席|特派|摄影|攝影|文字)?(?:记者|記者)|通讯员|通訊員|实习生|作者|撰文|撰稿|编译|編譯"
    r"|摄影|攝影|综合|綜合"
)
_LEADING_ROLE = re.compile(r"^(?:and\s+|[\u3400-\u9fff]{0,6}(?:记者|記者|通讯员|通訊員|实习生)\s*)")
_NAME_EDGE_CHARS = " \t-–—·.:：（）()[]【】|│»«›‹•"
_HAN_CHAR = re.compile(f"[{HAN}]")
_UPPER_CASE_WORD = re.compile(r"[A-Z]{3,}")
_LAST_FIRST = re.compile(r"([A-Z][a-z'’-]+), ([A-Z][a-z'’-]+)")
_MONTH_NAME = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}"
#: What follows a name in its byline: the date, a role, a number of comments.
_AFTER_NAME = re.compile(
    rf"\s*(?:\b{_MONTH_NAME}\.?\s+\d{{1,2}}\b|\b\d{{1,2}}\.?\s+{_MONTH_NAME}\b|(?:19|20)\d\d\s*[-年/.]"
    r"|\b(?:mon|tues|wednes|thurs|fri|satur|sun)day\b|\b(?:updated|published|posted|last modified)\b|関連キーワード"
    r"|(?<=\w )(?:contributor|(?:senior|chief|staff|deputy|executive|political|national|associate|managing|news)\s"
    r"(?:\w+\s){0,2}(?:editor|writer|reporter|correspondent|columnist))\b|(?<=[a-z])Contributor\b"
    r"|\s+in\s+[\w ]{2,30}(?:\s+on)?\W*$).*$",
    re.IGNORECASE | re.DOTALL,
)
#: The family names of nearly all Chinese. After 记者 without a colon follows a name, or a sentence about the reporter.
_FAMILY_NAMES = frozenset(
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜"
    "范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文庞樊兰殷施陶洪翟安颜倪严牛温芦季俞章鲁葛"
    "伍韦申尤毕聂丛焦向柳邢路岳齐沿梅莫庄辛管祝左涂谷祁时舒耿牟卜詹关苗凌费纪靳盛童欧甄项曲成游阳裴席卫查屈鲍位覃霍翁隋植甘景"
    "薄单包司柏宁柯阮桂闵解强柴华车冉房边辜吉饶刁瞿戚丘古米池滕晋苑邬臧畅宫来嵺苟全褚廉简娄盖符奚木穆党燕郎邸冀谈姬屠连郜晏"
    "栾郁商蒙计喻揭窦迟宇敖糜鄢冷卓花仇艾蓝都巩稽井练仲乐虞卞封竺冼原官衣楚佟栗匡宗应台巫鞠僧桑荆谌银扬明沙薄伏岑习胥保和蔺"
    "張劉陳楊趙黃吳孫馬羅鄭謝韓馮蕭鄧許呂蘇盧蔣賈葉閻鍾範譚鄒陸龍萬錢湯賀賴龔龐蘭顏倪嚴溫魯韋畢聶叢齊莊塗時關費紀歐項陽衛鮑"
    "單寧閔車邊饒瞿晉鄔暢宮婁蓋黨談連欒計竇遲鞏練樂應盤"
)
_COMPOUND_FAMILY_NAMES = (
    "欧阳",
    "歐陽",
    "司马",
    "司馬",
    "上官",
    "诸葛",
    "諸葛",
    "慕容",
    "令狐",
    "皇甫",
    "尉迟",
    "公孙",
    "夏侯",
    "东方",
    "端木",
)
_NAME_SEPARATOR = re.compile(r"\s*(?:[,，、;；/|&]|\s+and\s+|\s+und\s+|\s+et\s+|\s+y\s+|\s+with\s+)\s*")


def split_names(texts: Iterable[str]) -> tuple[str, ...]:
    """The names in bylines, each once, without "By" and without what is no name."""
    found: list[str] = []
    for text in texts:
        if "://" in text or text.startswith("www."):
            continue
        parts = _split_line(clean_line(text))
        if parts and _is_sentence(parts[0]):
            continue
        for part in parts:
            name = _bare_name(part)
            if name and name not in found:
                found.append(name)
    if len(found) > 1:
        # A name in capitals among others is that of a city or an agency.
        found = [name for name in found if not _UPPER_CASE_WORD.fullmatch(name)] or found
    return tuple(found[:20])


def _split_line(text: str) -> list[str]:
    last_first = _LAST_FIRST.fullmatch(text)
    if last_first:
        return [f"{last_first[2]} {last_first[1]}"]
    text = re.sub(
        r"^\s*(?:written |posted |published |reported )?(?:by|von|par|por)[:\s]+", "", text, flags=re.IGNORECASE
    )
    text = re.sub(
        r"^\s*(?:作者|文|撰文|记者|記者|采写|編輯|编辑|责任编辑|author)\s*[:：/／丨|]\s*", "", text, flags=re.IGNORECASE
    )
    if re.fullmatch(r"[\u3400-\u9fff·]{2,4}(?:\s+[\u3400-\u9fff·]{2,4})+", text):
        return [part for part in text.split() if not _ROLE.fullmatch(part)]
    return _NAME_SEPARATOR.split(text)


def is_chinese_name(text: str) -> bool:
    """True for two to four characters that begin with a family name; 在现场看到 and 了解到 do not."""
    return 2 <= len(text) <= 4 and (text[0] in _FAMILY_NAMES or text.startswith(_COMPOUND_FAMILY_NAMES))


def _is_sentence(part: str) -> bool:
    """True where 记者 is followed by a sentence about the reporter instead of a name."""
    name = _LEADING_ROLE.sub("", part)
    return name != part and bool(_HAN_CHAR.match(name)) and not is_chinese_name(name)


def _bare_name(name: str) -> str | None:
    bare = _AFTER_NAME.sub("", name).strip(_NAME_EDGE_CHARS)
    name = _LEADING_ROLE.sub("", bare)
    if not 2 <= len(name) <= 60 or _NOT_A_NAME.search(name) or len(name.split()) > 6:
        return None
    return name
