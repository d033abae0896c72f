# ruff: noqa: E501  pages and what comes out of them stand on one line each
"""Formulas become TeX, in feeds as on pages."""

import pytest

from ingestd.extract.article import extract_article, feed_article
from ingestd.extract.html.clean import clean_html
from ingestd.model.feed import Entry
from tests.extract.helpers import PARAGRAPHS, assert_cpu_time_is_linear, page

MATHML = [
    ("<msup><mi>e</mi><mrow><mi>k</mi><mi>t</mi></mrow></msup>", "e^{kt}"),
    ("<mfrac><mn>1</mn><mn>2</mn></mfrac>", r"\frac{1}{2}"),
    ('<mfrac linethickness="0"><mi>n</mi><mi>k</mi></mfrac>', r"\binom{n}{k}"),
    ("<msup><mn>10</mn><mn>6</mn></msup>", "10^6"),
    ("<msup><mrow><mi>a</mi><mi>b</mi></mrow><mn>2</mn></msup>", "{ab}^2"),
    ("<msup><mrow><mo>(</mo><mi>a</mi><mo>+</mo><mi>b</mi><mo>)</mo></mrow><mn>2</mn></msup>", "(a+b)^2"),
    ("<msub><mi>x</mi><mn>12</mn></msub>", "x_{12}"),
    ("<msubsup><mi>x</mi><mi>i</mi><mn>2</mn></msubsup>", "x_i^2"),
    ("<msqrt><mi>a</mi><mo>+</mo><mi>b</mi></msqrt>", r"\sqrt{a+b}"),
    ("<mroot><mi>x</mi><mn>3</mn></mroot>", r"\sqrt[3]{x}"),
    ("<munderover><mo>∑</mo><mrow><mi>i</mi><mo>=</mo><mn>1</mn></mrow><mi>n</mi></munderover><mi>i</mi>", "∑_{i=1}^ni"),
    ("<mover><mi>x</mi><mo>¯</mo></mover>", r"\bar{x}"),
    ("<mi>sin</mi><mo>&#8289;</mo><mi>x</mi>", "sin x"),
    ("<mtable><mtr><mtd><mn>1</mn></mtd><mtd><mn>0</mn></mtd></mtr><mtr><mtd><mn>0</mn></mtd><mtd><mn>1</mn></mtd></mtr></mtable>", r"\begin{matrix}1&amp;0\\0&amp;1\end{matrix}"),
    ("<mfenced><mi>a</mi><mi>b</mi></mfenced>", "(a,b)"),
    ("<munder><mi>lim</mi><mi>n</mi></munder>", "lim_n"),
    ("<mmultiscripts><mi>C</mi><mprescripts/><mn>6</mn><mn>14</mn></mmultiscripts>", "{}_6^{14}C"),
    ("<semantics><msup><mi>x</mi><mn>2</mn></msup><annotation-xml><mi>no</mi></annotation-xml></semantics>", "x^2"),
    ("<semantics><mi>x</mi><annotation encoding='application/x-tex'>\\alpha^2</annotation></semantics>", r"\alpha^2"),
    ("<mfrac></mfrac><msup></msup>", r"\frac{}{}"),
]  # fmt: skip


@pytest.mark.parametrize(("inside", "tex"), MATHML)
def test_mathml_becomes_tex(inside, tex):
    assert clean_html(f"<p>a <math>{inside}</math> b</p>") == f"<p>a {tex} b</p>"


RENDERED = [
    ("<span class=katex><span class=katex-mathml><math><semantics><mi>x</mi><annotation encoding=application/x-tex>x^2</annotation></semantics></math></span><span class=katex-html aria-hidden=true><span>x</span><span>2</span></span></span>", "x^2"),
    ("<span class=katex-display><span class=katex><span class=katex-mathml><math><msup><mi>x</mi><mn>3</mn></msup></math></span><span class=katex-html>x3</span></span></span>", "x^3"),
    ("<mjx-container><mjx-math><mjx-mi>x</mjx-mi></mjx-math><mjx-assistive-mml><math><msup><mi>x</mi><mn>2</mn></msup></math></mjx-assistive-mml></mjx-container>", "x^2"),
    ("<span class=MathJax_Preview>[x]</span><span class=MathJax>x2</span><script type='math/tex; mode=display'>x^2</script>", "x^2"),
    ("<mml:math><mml:msup><mml:mi>x</mml:mi><mml:mn>2</mml:mn></mml:msup></mml:math>", "x^2"),
]  # fmt: skip


@pytest.mark.parametrize(("rendered", "tex"), RENDERED)
def test_a_rendered_formula_becomes_its_tex_in_feeds_and_on_pages(rendered, tex):
    marked = f"<p>It holds that {rendered}, as was shown.</p>"
    expected = f"It holds that {tex}, as was shown."
    assert feed_article(Entry(content=marked)).text == expected
    body = "".join(f"<p>{text}</p>" for text in PARAGRAPHS)
    article = extract_article(None, page(f"<title>T</title><div class=content>{body}{marked}{body}</div>"))
    assert expected in article.text.split("\n")


def test_a_formula_that_an_image_shows_stays_an_image():
    html = "<p><math alttext='x^2'><mi>x</mi></math><img src='http://x.org/m.png' alt='x^2'></p>"
    assert clean_html(html) == '<p><img src="http://x.org/m.png" alt="x^2"></p>'


@pytest.mark.slow
@pytest.mark.parametrize("part", ["<mrow>", "<msup><mi>x</mi>", "<math><mi>x</mi></math>", "<mfrac>", "<mover>"])
def test_the_time_is_linear_and_depth_is_bounded(part):
    assert_cpu_time_is_linear(lambda size: clean_html("<math>" + part * (size // len(part))), 40_000)
