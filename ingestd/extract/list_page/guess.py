"""Which links of a page lead to articles, where no selector says it: by URL shape, title, place and repetition. Pure.

Each link has a score of its own. Lists repeat a structure, so the score counts half, and the mean of the links in the
same structure the other half: a short headline among long ones is taken, and a long name in a menu is not.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from urllib.parse import urlsplit

from ingestd.extract.html.tree import Element, class_and_id
from ingestd.extract.list_page.links import ListLink, item_text, text_weight
from ingestd.identity.urls import same_site
from ingestd.identity.urls.article_shape import ArticleShape, parent_addresses

#: The score from which on a link is taken.
MIN_SCORE = 3.0
_SHAPE_SCORES = {ArticleShape.UNDECIDED: 0.0, ArticleShape.LIKELY: 1.5, ArticleShape.CERTAIN: 3.0}
_HEADING_SCORE, _TIME_SCORE, _ARTICLE_SCORE = 1.5, 1.0, 1.0
_MENU_SCORE = -5.0
_SAME_FOLDER_SCORE, _MIN_SAME_FOLDER = 1.0, 3
#: Levels above a link that make up its structure.
_STRUCTURE_LEVELS = 5
#: In a structure of at least so many links, of which this share is taken, others with addresses of the same pattern are
#: taken too.
_MIN_LIST, _MOST = 3, 0.5
#: What a link has more in a list (links in one structure, in items of their own, addresses of one pattern), and one
#: that is linked several times (image, headline, "more").
_REPEATED_SCORE, _SEVERAL_LINKS_SCORE = 1.0, 0.5
_MENU_TAGS = frozenset(("nav", "footer", "form", "menu", "dialog", "select"))
_MENU_NAME = re.compile(
    r"(?:^|[\s_-])(?:nav|navbar|navi|navigation|menu|submenu|topbar|toolbar|breadcrumbs?|crumbs?|pager|pagination|paging|pages"
    r"|page-?numbers|pagenav|footer|foot|footnav|copyright|tags?|tag-?list|tag-?cloud|taglinks|categories|cat-links"
    r"|tags-links|byline|author|authors|vcard|social|share|sharing|login|signin|friend-?links?|friendlinks|yqlj|links"
    r"|lang|languages|language-switcher|cookie|consent|skip-link|site-?title|site-?name|logo|brand|weizhi|position|location"
    r"|dangqian|sitemap|partners?|sponsors?|ads?|advert\w*|adsbygoogle|widget_(?:categories|tag_cloud|archive|meta|links|pages))"
    r"(?:[\s_-]|\Z)",
    re.I,
)
#: Texts of links to other pages of a list, or of the site.
_NAVIGATION_TEXT = re.compile(
    r"\W*(?:(?:返回)?(?:首页|首頁|主页|顶部|列表|目录)|[上下前后後]一?[页頁期篇条條]|尾页|末页|末頁|第?\d+[页頁期]?|更多.{0,4}"
    r"|home|back(?: to .{1,20})?|top"
    r"|(?:next|previous|prev|older|newer|first|last|more)(?: (?:page|posts?|entries|articles?|issue|stories))?"
    r"|all (?:posts|articles|news|issues)|zurück|weiter|nächste seite|ältere beiträge|suivant|précédent|page suivante"
    r"|siguiente|anterior|далее|назад|次へ|前へ|次のページ|다음|이전)\W*\Z",
    re.I,
)
#: Dates as lists show them, in any form: with the name of a month, in digits, or as an age.
_DATE_IN_WORDS = re.compile(
    r"\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|janv|févr|avr|mai|juin|juil|août|déc|märz|okt|dez|enero"
    r"|abril|agosto|dic)[a-zé]{0,7}\.? \d{1,2}\b"
    r"|\b\d{1,2}\.? (?:de )?(?:jan|feb|fév|mar|mär|apr|avr|abr|may|mai|jun|jui|jul|aug|aoû|ago|sep|oct|okt|nov|dec|déc"
    r"|dez|dic|янв|фев|апр|июн|июл|авг|сен|окт|ноя|дек)"
    r"|(?<![\d/.-])(?:\d{4}[-/.年]\d{1,2}(?:[-/.月]\d{1,2})?|\d{1,2}[-/.月]\d{1,2}(?:[./]\d{2,4}|日)?)(?![\d/.-])"
    r"|\d+ ?(?:秒|分钟|分鐘|小时|小時|天|分|時間|日|시간)(?:前|전)|\d+ (?:min|minute|hour|day|week)s? ago|昨天|刚刚",
    re.I,
)
_MENU_RELATIONS = frozenset(
    ("tag", "author", "category", "prev", "next", "nofollow sponsored", "sponsored", "license", "home")
)
_SPONSORED = frozenset(("sponsored",))
_NUMBERED = re.compile(
    r"[-_]?\d+|\b(?:odd|even|first|last|active|current|sticky)\b|\b(?:category|tag|format|status|post|type)-[\w-]+"
)
_TIME_NAME = re.compile(
    r"(?:^|[\s_-])(?:date|time|datetime|pubdate|pub-date|published|posted|rq|riqi|shijian|timestamp)(?:[\s_-]|\Z)", re.I
)


def article_links(links: Sequence[ListLink], page_url: str) -> list[ListLink]:
    """The links of a page that seem to lead to articles, in their order."""
    folders_of_links = parent_addresses(link.url for link in links)
    candidates = [
        link
        for link in links
        if link.item is not None
        and same_site(link.url, page_url)
        and not (link.shape is ArticleShape.UNDECIDED and link.url.rstrip("/") in folders_of_links)
    ]
    folders = _folder_counts(candidates)
    own = [_own_score(link, folders) for link in candidates]
    groups: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for number, link in enumerate(candidates):
        groups[_structure(link.elements[0])].append(number)
    found = []
    for members in groups.values():
        if _is_list([candidates[number] for number in members]):
            for number in members:
                own[number] += _REPEATED_SCORE
        mean = sum(own[number] for number in members) / len(members)
        # A structure of few links says little about each of them.
        weight = 0.5 if len(members) >= 3 else 0.25
        taken = [number for number in members if (1 - weight) * own[number] + weight * mean >= MIN_SCORE]
        found += taken
        if len(members) >= _MIN_LIST and len(taken) >= _MOST * len(members):
            patterns = {_pattern(candidates[number].url) for number in taken}
            found += [
                number
                for number in members
                if number not in taken and _pattern(candidates[number].url) in patterns and own[number] > 0
            ]
    return [candidates[number] for number in sorted(found)]


def _is_list(links: Sequence[ListLink]) -> bool:
    """Whether links are the entries of one list: most have an item around them and addresses of one pattern."""
    if len(links) < _MIN_LIST:
        return False
    in_items = sum(link.item is not None and link.item not in link.elements for link in links)
    patterns = Counter(_pattern(link.url) for link in links if link.shape > ArticleShape.UNDECIDED)
    return in_items > 0.5 * len(links) and max(patterns.values(), default=0) > 0.5 * len(links)


def _pattern(url: str) -> str:
    """A URL without what differs between the articles of a site: numbers, slugs, and the last part of the path."""
    parts = urlsplit(url)
    *folders, name = parts.path.rstrip("/").split("/")
    folders = ["*" if "-" in folder else folder for folder in folders]
    extension = name.rpartition(".")[2] if "." in name else ""
    return re.sub(r"\d+", "0", f"{parts.netloc}{'/'.join(folders)}/*.{extension}?{parts.query}")


def _folder_counts(links: Sequence[ListLink]) -> dict[str, int]:
    """How many links with a title of some words lie in each folder of a URL."""
    counts: dict[str, int] = defaultdict(int)
    for link in links:
        if text_weight(link.title) >= 20 or link.in_heading:
            counts[_folder(link.url)] += 1
    return counts


def _folder(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.netloc}{parts.path.rstrip('/').rpartition('/')[0]}/"


def _own_score(link: ListLink, folders: dict[str, int]) -> float:
    score = _SHAPE_SCORES[link.shape] + _title_score(link)
    score += _HEADING_SCORE if link.in_heading else 0.0
    score += _SEVERAL_LINKS_SCORE if len(link.elements) > 1 else 0.0
    score += _TIME_SCORE if link.item is not None and _has_time(link) else 0.0
    score += _ARTICLE_SCORE if any(_is_in_article(element) for element in link.elements) else 0.0
    if folders.get(_folder(link.url), 0) >= _MIN_SAME_FOLDER and (link.in_heading or text_weight(link.title) >= 12):
        score += _SAME_FOLDER_SCORE
    if _NAVIGATION_TEXT.match(link.title) or all(_is_in_menu(element) for element in link.elements):
        score += _MENU_SCORE
    return score


def _title_score(link: ListLink) -> float:
    if link.is_cut_off and not link.title:
        return 1.5
    weight = text_weight(link.title)
    words = len(link.title.split())
    if not weight:
        return -1.5
    if weight < 8:
        return -2.0
    if weight < 14 or (words <= 2 and weight < 20 and link.title.isascii()):
        return -0.5
    return 1.0 if weight < 24 else 2.0


def _has_time(link: ListLink) -> bool:
    """Whether there is a time beside the link."""
    places = [link.item, *link.following] if link.item is not None else []
    for place in places:
        for node in place.iter("time", "span", "em", "i", "small", "td", "p", "div", "dd", "font", "abbr"):
            if node.tag == "time" or _TIME_NAME.search(node.get("class") or ""):
                return True
    text = item_text(link)
    return _DATE_IN_WORDS.search(text.replace(link.title, " ") if link.title else text) is not None


def _is_in_article(element: Element) -> bool:
    node: Element | None = element
    for _ in range(8):
        if node is None:
            return False
        if node.tag == "article":
            return True
        node = node.getparent()
    return False


def _is_in_menu(element: Element) -> bool:
    """Whether a link is part of the navigation, by the names of the elements around it or its relation."""
    if (element.get("rel") or "").lower() in _MENU_RELATIONS or "sponsored" in (element.get("rel") or "").lower():
        return True
    node: Element | None = element
    for _ in range(12):
        if node is None or node.tag in ("body", "main", "article"):
            return False
        if (
            node.tag in _MENU_TAGS
            or _MENU_NAME.search(class_and_id(node))
            or node.get("role") in ("navigation", "menu")
        ):
            return True
        node = node.getparent()
    return False


def _structure(element: Element) -> tuple[str, ...]:
    """The tags and classes around a link, without what numbers them."""
    path = []
    node: Element | None = element
    for _ in range(_STRUCTURE_LEVELS):
        if node is None:
            break
        path.append(f"{node.tag}.{_NUMBERED.sub('', node.get('class') or '')}")
        node = node.getparent()
    return tuple(path)
