"""The edges of an extracted article: title, byline, date and buttons above its text, credits and buttons below it."""

import re

from ingestd.extract.body.boilerplate_phrases import is_boilerplate_line
from ingestd.extract.html.tree import Element, remove_all, text_of, word_set

_BLOCK_TAGS = word_set(
    "p div section article header footer h1 h2 h3 h4 h5 h6 ul ol dl table tr blockquote pre figure li td center"
)
_HEADING_TAGS = word_set("h1 h2 h3 h4 h5 h6")
_PIECE_TAGS = word_set("span em a time address")
_NON_WORD_CHARS = re.compile(r"[\W_]+")
_MONTH = r"(?:jan|feb|mar|mär|apr|may|mai|jun|jul|aug|sep|oct|okt|nov|dec|dez)[a-zä]{0,6}"
_DATE_LINE = re.compile(
    r"^\W*(?:(?:发布|發布|更新|发表|發表|出版|刊登)?(?:日期|时间|時間|于)?\s*[:：]?\s*)?(?:(?:19"
    r"|20)\d\d\s*[-年/.]\s*\d{1,2}\s*[-月/.]\s*\d{1,2}|\d{1,2}[./]\d{1,2}[./](?:19|20)?\d\d"
    r"|\d{1,2}月\d{1,2}日\W*$)"
    r"|^\W*(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]{0,6},?\s+)?"
    rf"(?:\d{{1,2}}\.?\s+{_MONTH}\.?|{_MONTH}\.?\s+\d{{1,2}}),?\s+(?:19|20)\d\d"
    r"(?:[,\s]+(?:at\s+)?\d{1,2}[:.]\d\d\s*(?:[ap]\.?m\.?|uhr)?(?:\s+[A-Z]{2,4})?)?\W*$",
    re.IGNORECASE,
)
_META_LINE = re.compile(
    r"^\W*(?:(?:发布|發布|更新|发表|發表|最后更新|最後更新)?(?:日期|时间|時間|于)|来源|來源|文章来源"
    r"|信息来源|稿源|作者|作\s*者|编辑|編輯|责编|责任编辑|浏览(?:次数)?|阅读(?:量|数|次数)?|点击(?:数|量)?"
    r"|字号|字体"
    r"|当前位置|您所在的位置|您的位置|所在位置|标签|標籤|关键词|关键字|文章关键词|分类|打印|收藏|栏目)\s*[:：】]"
    r"|^\W*(?:by|von|par|por|text|foto|photo|author|updated|published|posted|last (?:updated|modified)"
    r"|first published|written by|publicado|veröffentlicht)\b[:\s].{0,80}$"
    r"|^\W*from our (?:own |staff )?(?:correspondent|reporter)s?\b.{0,60}$"
    r"|^[〔（(【\[]\s*(?:本[報报])?(?:記者|记者)[^。，,]{2,30}[〕）)】\]].{0,24}$"
    r"|^\W*(?:print|e-?mail(?: this)?|copy (?:the )?link|复制链接|複製連結|share|save|listen"
    r"|comments?|\d+ (?:min(?:ute)?s?|mins?)(?: read)?|\d+ comments?"
    r"|reading time.{0,30}|add to.{0,30}|打印|关闭|收藏|分享|评论|点赞|转发|字号.{0,10})\W*$"
    r"|^.{0,14}(?:文|取材|聞き手)[・=＝:：/／]\s?.{2,16}$|^.{0,16}(?:기자(?:\s*=)?.{0,24}|\s글\s[가-힣]{2,4})$"
    r"|^\W*(?:by|von|par|por)\W*$|^\W*de notre (?:correspondante?|envoyée?)\b.{0,60}$|^[\d\s|/<>«»‹›+\-]{1,12}$",
    re.IGNORECASE,
)
#: Beside the names of authors above an article: a date, minutes of reading, "Follow".
_READING_FACTS = re.compile(
    r"\b(?:by|von|par|por|in|on|follow(?:ing)?|listen|share|published|posted|updated)\b"
    r"|\b\d{1,3}[ -]min(?:ute)?s?(?: read)?\b"
    r"|\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.?\s+\d{1,2}(?:,?\s+(?:19|20)\d\d)?"
    r"|\b\d{1,2}\s+(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.?(?:\s+(?:19|20)\d\d)?"
    r"|(?:19|20)\d\d\s?[-年/.]\s?\d{1,2}\s?[-月/.]\s?\d{1,2}日?|\d{1,2}[:：]\d{2}|作者|记者|記者|文",
    re.IGNORECASE,
)
#: The punctuation of a short sentence, such as one that begins with a date.
_READS_ON = re.compile(r"[，。！？；]|[.!?]\s*$")
_MAX_AUTHOR_HEADING_CHARS = 60
_MAX_LINES_BELOW_STANDFIRST = 4
_SENTENCE_PUNCTUATION = re.compile(r"[。！？；]|[.!?](?:\s|$)|[，,、]")


def trim_edges(root: Element, *titles: str | None, authors: tuple[str, ...] = ()) -> None:
    """Remove, in place, boilerplate above the first and below the last sentence of an article, and its title.

    `titles` are the titles of the page, `authors` the names of the article's authors.
    """
    folded = tuple(filter(None, (_folded(title) for title in titles if title)))
    lines = _line_elements(root)
    heading = _only_heading(root)
    removed: list[Element] = []
    lines_below_sentence: int | None = None
    for line in lines:
        text = text_of(line)
        if line is not heading and _is_article_sentence(line, text) and not _is_title(line, text, folded):
            if lines_below_sentence is not None:
                break
            lines_below_sentence = 0
            continue
        # Between a standfirst and the body stand the date and the authors.
        if lines_below_sentence is not None:
            lines_below_sentence += 1
            if (
                lines_below_sentence > _MAX_LINES_BELOW_STANDFIRST
                or next(line.iter("td", "li", "pre"), None) is not None
            ):
                break
            if _READS_ON.search(text) or text.isdecimal():
                continue
        removed += [line] if line is heading else _boilerplate_above(line, text, folded, authors)
    if lines_below_sentence is None:
        lines = []
    for line in reversed(lines):
        text = text_of(line)
        if _is_article_sentence(line, text):
            break
        if _is_below_article(text):
            removed.append(line)
    remove_all(root, removed)


def _line_elements(root: Element) -> list[Element]:
    """The elements that are displayed on a line of their own, in document order.

    These are blocks without another block inside, and inline elements that are siblings of blocks.
    """
    elements = list(root.iterdescendants(*_BLOCK_TAGS, *_PIECE_TAGS))
    holders: set[Element | None] = {root}
    for element in elements:
        if element.tag not in _PIECE_TAGS:
            parent = element.getparent()
            while parent not in holders and parent is not None:
                holders.add(parent)
                parent = parent.getparent()
    return [
        element
        for element in elements
        if (element.getparent() in holders if element.tag in _PIECE_TAGS else element not in holders)
    ]


def _boilerplate_above(line: Element, text: str, titles: tuple[str, ...], authors: tuple[str, ...]) -> list[Element]:
    """The boilerplate in a line above the text: the line, or some of its inline elements."""
    if not text:
        return []
    if _is_above_article(line, text, titles, authors):
        return [line]
    if line.tag in _HEADING_TAGS:
        return []
    return [
        piece
        for piece in line.iterdescendants(*_PIECE_TAGS)
        if _is_above_article(piece, text_of(piece), titles, authors)
    ]


def _only_heading(root: Element) -> Element | None:
    """The only `<h1>` of an article, which is its title whatever its text; None where there are several."""
    found = list(root.iterdescendants("h1"))
    return found[0] if len(found) == 1 and next(found[0].iter("img"), None) is None else None


def _is_article_sentence(line: Element, text: str) -> bool:
    """True for a line with a sentence in its own text or in one of its inline elements, and not a row of labels."""
    if not _reads_as_sentence(text):
        return False
    pieces = [text_of(piece) for piece in line.iterchildren(*_PIECE_TAGS)]
    return len(text) - sum(map(len, pieces)) > 40 or any(map(_reads_as_sentence, pieces)) or not pieces


def _reads_as_sentence(text: str) -> bool:
    return (
        len(text) > 40
        and bool(_SENTENCE_PUNCTUATION.search(text))
        and not _META_LINE.match(text)
        and not _DATE_LINE.match(text)
    )


def _is_above_article(element: Element, text: str, titles: tuple[str, ...], authors: tuple[str, ...]) -> bool:
    if _is_title(element, text, titles):
        return True
    return len(text) < 120 and (is_meta_line(text) or _is_author_line(element, text, authors))


def _is_author_line(element: Element, text: str, authors: tuple[str, ...]) -> bool:
    """True for a line of names of authors and, at most, a date and how long reading takes."""
    if not authors or (element.tag in _HEADING_TAGS and len(text) > _MAX_AUTHOR_HEADING_CHARS):
        return False
    left = " ".join(map(str, element.itertext()))
    for name in authors:
        left = left.replace(name, " ")
    return any(name in text for name in authors) and not _NON_WORD_CHARS.sub("", _READING_FACTS.sub(" ", left))


def _is_title(element: Element, text: str, titles: tuple[str, ...]) -> bool:
    if not titles or len(text) >= 500 or element.tag in ("figcaption", "li", "td"):
        return False
    ours = _folded(text)
    return bool(ours) and any(_is_same_title(ours, title) for title in titles)


def _is_below_article(text: str) -> bool:
    return len(text) < 120 and (is_meta_line(text) or is_boilerplate_line(text))


def is_meta_line(text: str) -> bool:
    """True for a byline, a date, or a label with what it labels."""
    return bool(_META_LINE.match(text)) or (bool(_DATE_LINE.match(text)) and len(text) < 80)


def is_same_title(heading: str, title: str) -> bool:
    """True for a heading that is the title, except for the name of the site or a kicker."""
    folded = _folded(heading)
    return bool(folded) and _is_same_title(folded, _folded(title))


def _folded(text: str) -> str:
    return _NON_WORD_CHARS.sub("", text).casefold()


def _is_same_title(ours: str, theirs: str) -> bool:
    if ours == theirs:
        return True
    if len(ours) <= 12 or abs(len(ours) - len(theirs)) >= 0.35 * len(ours):
        return False
    return theirs.startswith(ours) or ours.startswith(theirs)
