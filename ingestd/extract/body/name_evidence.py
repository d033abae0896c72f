"""Whether an element whose name is that of boilerplate is part of the article: a name is evidence, never a verdict.

The name is weighed against what the element holds, and against what stands beside it.
"""

import re
from functools import lru_cache
from itertools import islice

from lxml import etree

from ingestd.extract.body.boilerplate_classes import is_boilerplate_name
from ingestd.extract.body.boilerplate_phrases import is_boilerplate_line, is_related_list_heading
from ingestd.extract.html.tree import Element, class_and_id, raw_text, text_of, word_set

_HEADING_TAGS = word_set("h1 h2 h3 h4 h5 h6")
_IMAGE_TAGS = word_set("img picture amp-img amp-anim")
_TEXT_TAGS = word_set("p blockquote pre table ul ol dl figure h2 h3 h4 h5 h6")
_SECTION_TAGS = word_set("section div article details")
#: Signs of headings that lead to themselves.
_PERMALINK_TEXTS = word_set("# ¶ § 🔗 ∞ link")
#: Names whose images belong to no article: portraits, advertisements, teasers.
NO_ARTICLE_IMAGE = re.compile(
    r"avatar|author|profile|(?:^|[\s_-])(?:bio|ads?|adv|logo|nav|menu|foot(?:er)?|side(?:bar)?|icon|qr-?code|hidden|invisible)"
    r"(?:[\s_-]|$)|sponsor|promo|advert|relat(?:ed|ion)|recommend|comment|sidebar|newsletter|subscri|login|popular|trending"
    r"|teaser|outbrain|taboola|cookie|qr-?code|erweima",
    re.IGNORECASE,
)
#: An image box has at most so many characters of text, and a link of an image at most so many.
_MAX_IMAGE_TEXT_CHARS, _MAX_IMAGE_LINK_CHARS = 400, 20
_MAX_IMAGES = 40
#: Pixels: a smaller image is a sign, not a picture.
_MIN_PICTURE_PIXELS = 100
#: Characters from which on a paragraph is one of an article, by its sentences.
_MIN_SENTENCE_CHARS = 60
_SENTENCE_END = re.compile(r"[.!?](?=\s|$)|[。！？，；]")
_MAX_SIBLINGS = 4
#: So many sections near another one that share its first class are parts of one text.
_MIN_ALIKE_SECTIONS = 2
#: A section with more elements of a boilerplate name inside is a box of boilerplate.
_MAX_INNER_SUSPECTS = 3
_NON_WORD_CHARS = re.compile(r"[\W_]+")


def is_article_part(element: Element, score: float, inner_suspects: int) -> bool:
    """Whether an element with a boilerplate name stays. `score` is that of the blocks in it.

    `inner_suspects` is how many elements inside it have such a name as well: boxes of boilerplate hold several.
    """
    tag = str(element.tag)
    if tag in _HEADING_TAGS:
        return not _is_list_heading(element)
    if next(element.iterancestors(*_HEADING_TAGS), None) is not None:
        return text_of(element) not in _PERMALINK_TEXTS
    if _holds_pictures(element) and _stands_in_article(element):
        return True
    if tag == "p":
        return score > 1 and _is_between_paragraphs(element) and not is_boilerplate_line(text_of(element))
    if tag in _SECTION_TAGS and score > 0 and inner_suspects <= _MAX_INNER_SUSPECTS:
        return (inner_suspects <= 1 and _is_section_among_sections(element)) or _is_variant_of_sections(element)
    return False


def _is_list_heading(heading: Element) -> bool:
    text = text_of(heading)
    if next(heading.iter("a"), None) is not None and "#" not in (next(heading.iter("a")).get("href") or ""):
        return True
    following = heading.getnext()
    is_announcing = following is None or str(following.tag) not in ("p", "blockquote", "pre", "figure", "table")
    return is_announcing and (is_related_list_heading(text) or is_boilerplate_line(text))


def _holds_pictures(element: Element) -> bool:
    """Whether an element is a picture or a box of pictures with little text, none of which announces another page."""
    if _is_of_no_article_image(class_and_id(element)):
        return False
    images = list(islice(element.iter(*_IMAGE_TAGS), _MAX_IMAGES))
    if not images or not any(map(_is_large_enough, images)) or len(text_of(element)) > _MAX_IMAGE_TEXT_CHARS:
        return False
    if any(_is_of_no_article_image(class_and_id(image)) for image in images):
        return False
    if next(element.iter("h1", "h2", "h3", "h4"), None) is not None:
        return False
    return all(len(text_of(link)) <= _MAX_IMAGE_LINK_CHARS for link in element.iter("a"))


@lru_cache(maxsize=4096)
def _is_of_no_article_image(names: str) -> bool:
    """Whether one of the names (300 characters at most) is that of images that belong to no article."""
    return NO_ARTICLE_IMAGE.search(names) is not None


def _is_large_enough(image: Element) -> bool:
    sizes = [(image.get(name) or "").strip().removesuffix("px") for name in ("width", "height")]
    return all(int(size) >= _MIN_PICTURE_PIXELS for size in sizes if size.isascii() and size.isdigit())


def _stands_in_article(element: Element) -> bool:
    """Whether a paragraph of sentences stands near an element: beside it, or beside the element around it."""
    for current in (element, *islice(element.iterancestors(), 2)):
        if any(map(_is_paragraph, _near(current))):
            return True
        parent = current.getparent()
        if parent is None or parent.tag in ("body", "html", "aside", "footer", "nav", "li"):
            return False
    return False


def _near(element: Element) -> list[Element]:
    before = islice(element.itersiblings(preceding=True), _MAX_SIBLINGS)
    return [*before, *islice(element.itersiblings(), _MAX_SIBLINGS)]


def _is_paragraph(element: Element) -> bool:
    if element.tag not in ("p", "blockquote"):
        return False
    text = raw_text(element)
    size = len(text) if text.isascii() else 2 * len(text)
    return size >= _MIN_SENTENCE_CHARS and bool(_SENTENCE_END.search(text)) and not _is_suspect(element)


def _is_suspect(element: Element) -> bool:
    names = class_and_id(element)
    return bool(names.strip()) and is_boilerplate_name(names)


def _is_between_paragraphs(element: Element) -> bool:
    """Whether an element stands between two elements of text that have no boilerplate name, and holds sentences."""
    before, after = element.getprevious(), element.getnext()
    is_text = len(_SENTENCE_END.findall(raw_text(element))) > 0 and not any(
        len(text_of(link)) > len(text_of(element)) / 2 for link in element.iter("a")
    )
    beside = [near for near in (before, after) if near is not None and near.tag in _TEXT_TAGS and not _is_suspect(near)]
    return is_text and bool(beside) and any(map(_is_paragraph, beside))


def _is_section_among_sections(element: Element) -> bool:
    """Whether an element is one of several sections, each with a heading and sentences, named by their headings."""
    own_class = element.get("class") or ""
    alike = [near for near in _near(element) if near.tag == element.tag and (near.get("class") or "") == own_class]
    alike = [near for near in alike if not _is_suspect(near)]
    if not alike or not _has_section_text(element):
        return False
    plain = list(filter(_has_section_text, alike))
    if element.tag == "section" or own_class:
        return len(plain) >= 1 and (len(plain) >= 2 or _is_named_by_heading(element))
    return len(plain) >= 1 and _is_named_by_heading(element) and any(map(_is_named_by_heading, plain))


def _is_variant_of_sections(element: Element) -> bool:
    """Whether several sections near an element have its first class, of which its boilerplate name is a variant."""
    classes = (element.get("class") or "").split()
    if len(classes) < 2 or is_boilerplate_name(classes[0]):
        return False
    kind = classes[:1]
    alike = [
        near for near in _near(element) if near.tag == element.tag and (near.get("class") or "").split()[:1] == kind
    ]
    if len(alike) < _MIN_ALIKE_SECTIONS or not _has_section_text(element):
        return False
    return sum(map(_has_section_text, alike)) >= _MIN_ALIKE_SECTIONS


def _has_section_text(element: Element) -> bool:
    heading = next(element.iter("h2", "h3", "h4", "h5", "h6"), None)
    if heading is None or next(element.iter("time", "form", "textarea"), None) is not None:
        return False
    linked = sum(len(text_of(link)) for link in element.iter("a"))
    return linked * 3 < len(text_of(element)) and any(map(_is_paragraph, islice(element.iter("p", "blockquote"), 12)))


def _is_named_by_heading(element: Element) -> bool:
    """Whether the id is made of the words of the first heading, as site generators do."""
    heading = next(element.iter("h2", "h3", "h4", "h5", "h6"), None)
    name = _NON_WORD_CHARS.sub("", element.get("id") or "").casefold()
    return heading is not None and bool(name) and _NON_WORD_CHARS.sub("", text_of(heading)).casefold() == name


def open_navigation(body: Element) -> None:
    """Make a `<nav>` or `<menu>` that holds paragraphs of an article a `<div>`: its end tag is missing."""
    for box in list(body.iter("nav", "menu", "dialog")):
        if sum(map(_is_paragraph, islice(box.iterdescendants("p"), 40))) > 2:
            for item in islice(box.iterchildren(etree.Element), _MAX_SIBLINGS):
                if item.tag in ("ul", "ol"):
                    item.tag = "nav"
            box.tag = "div"
