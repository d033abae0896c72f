"""CSS selectors on a page's tree. The only module that imports cssselect and beautifulsoup4.

Selectors become XPath and run on the tree that is parsed already; what cssselect does not know (`:has`,
`:-soup-contains`, attribute flags) is answered by soupsieve over a copy.
"""

import warnings
from functools import lru_cache
from typing import cast

from cssselect import HTMLTranslator, SelectorError
from lxml import etree

from ingestd.extract.html.tree import Element

_NUMBER_ATTRIBUTE = "data-ingestd-mark"


def is_valid_selector(selector: str) -> bool:
    """Whether at least one of the two engines supports the selector."""
    if _compiled_xpath(selector) is not None:
        return True
    import soupsieve  # a tenth of a second for each process that imports it, and few selectors need it

    try:
        soupsieve.compile(selector)
    except (soupsieve.SelectorSyntaxError, ValueError, NotImplementedError):
        return False
    return True


def select(root: Element, selector: str) -> list[Element]:
    """The elements that match, in document order; an invalid selector matches nothing."""
    xpath = _compiled_xpath(selector)
    if xpath is not None:
        return cast(list[Element], xpath(root))
    return _select_with_soupsieve(root, selector)


@lru_cache(maxsize=2048)
def _compiled_xpath(selector: str) -> etree.XPath | None:
    if ":has(" in selector.lower():
        # cssselect reads `:has(> x)` as `:has(x)`, without an error.
        return None
    try:
        path = HTMLTranslator(xhtml=True).css_to_xpath(selector, prefix="descendant-or-self::")
        return etree.XPath(path)
    except (SelectorError, etree.XPathError, ValueError):
        return None


def _select_with_soupsieve(root: Element, selector: str) -> list[Element]:
    import soupsieve
    from bs4 import BeautifulSoup

    elements = list(root.iter(etree.Element))
    for number, element in enumerate(elements):
        element.set(_NUMBER_ATTRIBUTE, str(number))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            soup = BeautifulSoup(etree.tostring(root, encoding="unicode", method="html"), "lxml")
        found = soupsieve.select(selector, soup)
        return [elements[int(str(tag[_NUMBER_ATTRIBUTE]))] for tag in found if tag.get(_NUMBER_ATTRIBUTE)]
    except (soupsieve.SelectorSyntaxError, ValueError, NotImplementedError, RecursionError):
        return []
    finally:
        for element in elements:
            del element.attrib[_NUMBER_ATTRIBUTE]
