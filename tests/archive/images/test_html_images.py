"""The images that HTML shows: their URLs, and HTML with other URLs."""

from html import escape

import pytest

from ingestd.archive.images.html_images import MAX_IMAGES, image_urls, link_images, replace_image_urls
from tests.extract.helpers import assert_cpu_time_is_linear
from tests.store import make

A, B = "https://a.example/1.jpg?x=1&y=2", "http://b.example/图.png"


def shown(content: str, image: str | None = None) -> tuple[str, ...]:
    return image_urls(make.post(content=content, image=image))


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ('<p><img src="https://a.example/1.jpg?x=1&amp;y=2" alt="x"></p>', (A,)),
        ("<IMG alt=x src=http://b.example/图.png/>", (B + "/",)),
        ("<img src='http://b.example/图.png'/>", (B,)),
        ('<img alt="a > b" src="http://b.example/图.png">', (B,)),
        ('<img alt=\'src="https://no.example/"\' src="http://b.example/图.png">', (B,)),
        ('<img alt="x" data-src="https://no.example/">', ()),
        ('<img src="data:image/gif;base64,R0lGOD"><img src="/relative.png"><img src="ftp://a.example/1">', ()),
        ('<img src="file:///etc/passwd"><img src=""><img>', ()),
        ("<imgx src=http://b.example/1><p>&lt;img src=http://b.example/2&gt;</p>", ()),
        (f'<img src="https://a.example/{"x" * 3000}">', ()),
        (f'<img src="{B}"><p><img src="{B}"></p>', (B,)),
    ],
)
def test_image_urls_of_html(content, found):
    assert shown(content) == found


def test_lead_image_is_first_and_listed_once():
    assert shown(f'<img src="{B}"><img src="https://c.example/3">', B) == (B, "https://c.example/3")
    assert shown("<p>text</p>", "https://c.example/3") == ("https://c.example/3",)
    assert shown("<p>text</p>", "javascript:alert(1)") == ()


def test_at_most_a_bounded_number_of_images():
    assert len(shown("".join(f'<img src="https://a.example/{n}">' for n in range(MAX_IMAGES * 2)))) == MAX_IMAGES


def test_only_image_urls_are_replaced():
    markup = (
        '<p>https://a.example/1.jpg?x=1&amp;y=2 <a href="https://a.example/1.jpg?x=1&amp;y=2">link</a>'
        '<img alt="https://b.example/" src="https://a.example/1.jpg?x=1&amp;y=2" title="t"><img src=\'http://b.example/图.png\'>'
        '<img src="https://elsewhere.example/3"></p>'
    )
    replaced = replace_image_urls(markup, {A: 'media/a&"1".jpg', B: "media/2.png"})
    assert '<img alt="https://b.example/" src="media/a&amp;&quot;1&quot;.jpg" title="t">' in replaced
    assert '<img src="media/2.png">' in replaced
    assert '<img src="https://elsewhere.example/3">' in replaced
    assert replaced.startswith(markup[: markup.index("<img")])
    assert replace_image_urls(markup, {}) == markup


@pytest.mark.slow
@pytest.mark.parametrize(
    "hostile",
    [
        lambda count: "<img " * count,
        lambda count: '<img "' * count,
        lambda count: "<img '\"<img \"'" * (count // 2),
        lambda count: "<img " + '"a"' * (count * 2),
        lambda count: "<img src=" * count + ">",
        lambda count: "<img" + " " * (count * 5),
        lambda count: '<img x="' + "src=' " * count + '">',
        lambda count: "<img " + "src " * count + ">",
    ],
    ids=range(8),
)
def test_time_is_linear_in_the_length(hostile):
    def run(count: int) -> None:
        replace_image_urls(hostile(count), {A: B})
        shown(hostile(count))

    assert_cpu_time_is_linear(run, 50_000)


@pytest.mark.parametrize(
    ("markup", "linked"),
    [
        (
            f'<p><img src="{A}" alt="A &amp; &lt;b&gt;">x</p>',
            f'<p><a class="image" href="{escape(A)}">A &amp; &lt;b&gt;</a>x</p>',
        ),
        (
            '<img src="https://a.example/x/1.jpg?w=1">',
            '<a class="image" href="https://a.example/x/1.jpg?w=1">1.jpg</a>',
        ),
        ('<img src="data:image/png;base64,AAAA" alt="x">', ""),
        ('<img alt="none">', ""),
        ("<p>no image</p>", "<p>no image</p>"),
    ],
)
def test_images_become_links(markup, linked):
    assert link_images(markup, {}) == linked


def test_images_that_are_here_stay_images():
    markup = f'<img src="{B}" alt="b"><img src="https://c.example/3.png">'
    expected = '<img src="/here.png" alt="b"><a class="image" href="https://c.example/3.png">3.png</a>'
    assert link_images(markup, {B: "/here.png"}) == expected
