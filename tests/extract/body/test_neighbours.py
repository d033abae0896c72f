# ruff: noqa: E501  sections stand on one line each
"""Sections of one class beside each other: which of them are parts of the article. Page level alone."""

import pytest
from lxml import html

from ingestd.extract.article import extract_article
from ingestd.extract.body.block_scores import measure_blocks, remove_boilerplate_blocks
from ingestd.extract.body.neighbours import with_neighbours
from tests.extract.helpers import PARAGRAPHS, assert_cpu_time_is_linear, page

LEAD = f"""<div class="step"><div class="inner"><div class="content lead"><p>{" ".join(PARAGRAPHS)}</p></div>
<figure><img src="/lead.jpg"></figure></div></div>"""
NEEDED = '<div class="step"><span>What is needed</span><ul><li>Flour</li><li>Salt</li><li>A spoon</li></ul></div>'
SENTENCES = (
    "Mix the flour with the salt, and add the water little by little.",
    "Let the dough rest for an hour, covered, in a warm place.",
    "Bake it for forty minutes, until it sounds hollow when knocked.",
)
STEPS = [
    f"""<div class="step"><div class="text"><span>Step {number}</span><p>{sentence}</p></div>
    <figure><img src="/step{number}.jpg"></figure></div>"""
    for number, sentence in enumerate(SENTENCES, 1)
]
PICTURE = '<div class="step"><figure><img src="/between.jpg" alt="The dough"></figure></div>'
TABLE = '<div class="step"><table><tr><th>Flour</th><td>500 g</td></tr><tr><th>Salt</th><td>9 g</td></tr></table></div>'


def read(*sections: str):
    links = "".join(f'<li><a href="/r{number}">Another recipe, number {number}</a></li>' for number in range(9))
    body = f"<div><h1>Bread</h1>{''.join(sections)}<div class='more'><ul>{links}</ul></div></div>"
    return extract_article(None, page(f"<html><head><title>Bread</title></head><body>{body}</body></html>"))


@pytest.mark.parametrize(
    ("section", "kept"), [(NEEDED, "<li>A spoon</li>"), (PICTURE, "/between.jpg"), (TABLE, "<td>500 g</td>")]
)
@pytest.mark.parametrize("place", [1, 2, 3])
def test_a_section_without_sentences_between_others_is_kept(section: str, kept: str, place: int) -> None:
    sections = [LEAD, *STEPS]
    sections.insert(place, section)
    assert kept in read(*sections).html


def test_the_pictures_of_all_sections_are_kept() -> None:
    html = read(LEAD, NEEDED, *STEPS).html
    assert [f"/{name}.jpg" in html for name in ("lead", *(f"step{n}" for n in range(1, len(STEPS) + 1)))] == [
        True for _name in range(len(STEPS) + 1)
    ]


@pytest.mark.parametrize(
    "section",
    [
        '<div class="step"><h4>More recipes</h4><ul><li><a href="/a">Cake for two</a></li><li><a href="/b">Pizza</a></li></ul></div>',
        '<div class="step author-box"><ul><li>Anna writes for us</li></ul></div>',
        '<div class="step"><h3><a href="/a">Cake for two</a></h3><span>Ten minutes</span><h3><a href="/b">Pizza</a></h3></div>',
        '<div class="advert"><ul><li>Buy a spoon</li></ul></div>',
    ],
)
def test_lists_of_links_and_boxes_of_other_classes_between_sections_are_no_part(section: str) -> None:
    html = read(LEAD, section, *STEPS).html
    assert not any(text in html for text in ("Cake for two", "Anna writes", "Buy a spoon"))
    assert SENTENCES[-1] in html


@pytest.mark.parametrize("section", [NEEDED, PICTURE])
def test_a_section_outside_of_the_others_is_no_part(section: str) -> None:
    html = read(LEAD, *STEPS, section).html
    assert "A spoon" not in html and "/between.jpg" not in html


def test_many_sections_take_linear_time() -> None:
    def run(size: int) -> None:
        sections = f"<p class=a>{SENTENCES[0]}</p><p class=a><a>x</a>y z</p>" * size
        body = html.document_fromstring(f"<div>{sections}</div>")[0]
        blocks = {block.element: block for block in remove_boilerplate_blocks(measure_blocks(body), body)}
        parts, _core = with_neighbours(blocks[body[0][-2]], blocks, body)
        assert len(parts) == 2 * size - 1

    assert_cpu_time_is_linear(run, 1_000)
