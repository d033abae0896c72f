"""MathML without a TeX annotation → TeX on one line."""

import pytest
from lxml import etree

from ingestd.extract.html.clean import parse_fragment
from ingestd.extract.html.mathml import local_name, tex_of_mathml


def tex(inside: str) -> str:
    return tex_of_mathml(etree.fromstring(f"<math>{inside}</math>"))


@pytest.mark.parametrize(
    ("inside", "expected"),
    [
        # tokens: a space only where two words would become one
        ("<mi>x</mi><mo>=</mo><mn>12</mn>", "x=12"),
        ("<mi>sin</mi><mi>x</mi>", "sin x"),
        ("<mi>a</mi><mi>b</mi>", "ab"),
        ("<mtext> if  any </mtext><mi>x</mi>", "if any x"),
        ("<mi>a</mi><mspace/><mi>b</mi>", "a b"),
        ("<mi>a</mi><mo>\u2062</mo><mi>b</mi>", "ab"),
        ("<mi/>", ""),
        # scripts
        ("<msup><mi>x</mi><mn>2</mn></msup>", "x^2"),
        ("<msub><mi>x</mi><mrow><mi>i</mi><mo>+</mo><mn>1</mn></mrow></msub>", "x_{i+1}"),
        ("<msup><msup><mi>x</mi><mn>2</mn></msup><mn>3</mn></msup>", "{x^2}^3"),
        ("<msup><mrow><mo>(</mo><mi>x</mi><mo>)</mo></mrow><mn>2</mn></msup>", "(x)^2"),
        ("<msup><msqrt><mi>x</mi></msqrt><mn>2</mn></msup>", r"\sqrt{x}^2"),
        ("<msup><mi>sin</mi><mn>2</mn></msup>", "sin^2"),
        ("<msub><mi>x</mi></msub>", "x"),
        ("<munderover><mo>∑</mo><mn>1</mn><mi>n</mi></munderover>", "∑_1^n"),
        ("<mmultiscripts><mi>X</mi><mi>a</mi><mi>b</mi></mmultiscripts>", "X_a^b"),
        ("<mmultiscripts><mi>X</mi><none/><mi>b</mi><mprescripts/><mi>c</mi><none/></mmultiscripts>", "{}_cX^b"),
        ("<mmultiscripts/>", ""),
        # accents
        *(
            (f"<mover><mi>x</mi><mo>{sign}</mo></mover>", f"\\{name}{{x}}")
            for sign, name in [("^", "hat"), ("¯", "bar"), ("→", "vec"), ("~", "tilde"), ("˙", "dot"), ("¨", "ddot")]
        ),
        ("<mover><mi>x</mi><mi>n</mi></mover>", "x^n"),
        # fractions, roots, fences
        ("<mfrac><mi>a</mi><mi>b</mi></mfrac>", r"\frac{a}{b}"),
        ("<mfrac linethickness='0pt'><mi>n</mi><mi>k</mi></mfrac>", r"\binom{n}{k}"),
        ("<mfrac linethickness='10'><mi>n</mi><mi>k</mi></mfrac>", r"\frac{n}{k}"),
        ("<mroot><mi>x</mi><mn>3</mn></mroot>", r"\sqrt[3]{x}"),
        ("<mfenced open='[' close=']' separators=';,'><mi>a</mi><mi>b</mi><mi>c</mi></mfenced>", "[a;b;c]"),
        ("<mtable><mtr><mtd><mn>1</mn></mtd><mtd/></mtr></mtable>", r"\begin{matrix}1&\end{matrix}"),
        # what is not shown
        ("<mphantom><mi>x</mi></mphantom><mi>y</mi>", "y"),
        ("<maction><mi>x</mi><mi>y</mi></maction>", "x"),
        ("<semantics><mi>x</mi><annotation>y</annotation></semantics>", "x"),
        ("plain", "plain"),
    ],
)
def test_elements(inside, expected):
    assert tex(inside) == expected


def test_a_prefix_of_the_namespace_is_no_part_of_a_name():
    root = parse_fragment("<p><mml:math><mml:msup><mml:mi>x</mml:mi><mml:mn>2</mml:mn></mml:msup></mml:math></p>")
    assert root is not None
    math = root[0][0]
    assert (local_name(math), tex_of_mathml(math)) == ("math", "x^2")


def test_elements_nested_deep_become_their_text():
    assert tex("<msup>" * 100 + "<mi>x</mi>" + "</msup>" * 100) == "x"
    assert tex("<mrow>" * 100 + "<msup><mi>x</mi><mn>2</mn></msup>" + "</mrow>" * 100) == "x2"
    assert tex("<mrow>" * 50 + "<msup><mi>x</mi><mn>2</mn></msup>" + "</mrow>" * 50) == "x^2"
