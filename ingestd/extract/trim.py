"""The edges of a found article: the title and the lines of date, source and tools above the text, tools below it."""

import re
from collections.abc import Iterator

from ingestd.extract.boilerplate import is_furniture_text
from ingestd.extract.tree import Element, remove_all, text_of, words

_BLOCKS = words(
    "p div section article header h1 h2 h3 h4 h5 h6 ul ol dl table tr blockquote pre figure li td center "
    "span em a address time"
)
_FOLD = re.compile(r"[\W_]+")
_DATE_LINE = re.compile(
    r"^\W*(?:(?:发布|發布|更新|发表|發表|出版|刊登)?(?:日期|时间|時間|于)?\s*[:：]?\s*)?(?:(?:19"
    r"|20)\d\d\s*[-年/.]\s*\d{1,2}\s*[-月/.]\s*\d{1,2}|\d{1,2}[./]\d{1,2}[./](?:19|20)?\d\d)",
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
    r"|^[\d\s|/<>«»‹›+\-]{1,12}$",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"[。！？；]|[.!?](?:\s|$)|[，,、]")


def trim(root: Element, title: str | None) -> None:
    """Drop, in place, what stands above the first and below the last sentence of an article and is no part of it."""
    blocks = list(_leaf_blocks(root))
    first = next((number for number, block in enumerate(blocks) if _begins(*block, title)), len(blocks))
    doomed = [element for element, text in blocks[:first] if _is_head(element, text, title)]
    last = next((index for index in range(len(blocks) - 1, -1, -1) if _is_sentence(blocks[index][1])), -1)
    doomed += [element for element, text in blocks[last + 1 :] if _is_tail(text)] if last >= 0 else []
    remove_all(root, doomed)


def _leaf_blocks(root: Element) -> Iterator[tuple[Element, str]]:
    """Elements of text without another block inside, in document order."""
    elements = list(root.iterdescendants(*_BLOCKS))
    inner: set[Element | None] = set()
    for element in reversed(elements):
        parent = element.getparent()
        while parent is not None and parent not in inner:
            inner.add(parent)
            parent = parent.getparent()
    for element in elements:
        if element not in inner:
            text = text_of(element)
            if text:
                yield element, text


def _begins(element: Element, text: str, title: str | None) -> bool:
    """True for a sentence of the article. A title may have the punctuation of one."""
    return _is_sentence(text) and not _is_title(element, text, title)


def _is_sentence(text: str) -> bool:
    return len(text) > 40 and bool(_SENTENCE.search(text)) and not _META_LINE.match(text) and not _DATE_LINE.match(text)


def _is_head(element: Element, text: str, title: str | None) -> bool:
    return _is_title(element, text, title) or (len(text) < 120 and _is_meta(text))


def _is_title(element: Element, text: str, title: str | None) -> bool:
    return (
        bool(title) and len(text) < 500 and element.tag not in ("figcaption", "li", "td") and _same(text, title or "")
    )


def _is_tail(text: str) -> bool:
    return len(text) < 120 and (_is_meta(text) or is_furniture_text(text))


def _is_meta(text: str) -> bool:
    return bool(_META_LINE.match(text)) or (bool(_DATE_LINE.match(text)) and len(text) < 80)


def _same(text: str, title: str) -> bool:
    ours, theirs = _FOLD.sub("", text).casefold(), _FOLD.sub("", title).casefold()
    return bool(ours) and (
        ours == theirs
        or (
            len(ours) > 12
            and (theirs.startswith(ours) or ours.startswith(theirs))
            and abs(len(ours) - len(theirs)) < 0.35 * len(ours)
        )
    )
