"""Jekyll builds exported posts, reads the same values, and runs no Liquid of a feed."""

import json
import random
import re
import shutil
import subprocess
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from lxml import html

from ingestd.archive.jekyll.export_folder import export_jekyll
from ingestd.extract.html.tree import text_of
from ingestd.model.post import Post
from tests.archive.examples import NOW, post
from tests.archive.jekyll.test_export_folder import MemoryManifest
from tests.archive.jekyll.test_link_line import HOSTILE_TITLES, HOSTILE_URLS, shown

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("jekyll") is None, reason="jekyll is not installed"),
]

LAYOUT = """\
{{ page.title | jsonify }}
{{ page.author | jsonify }}
{{ page.from | jsonify }}
{{ page.tags | jsonify }}
{{ page.categories | jsonify }}
{{ page.date | date_to_xmlschema }}
{{ content }}"""

NASTY = [
    *['"', "\\", "\\d", "'", '\\"', "---", "a: b", "a #b", "%", "\n", "a\r\nb", "\0", "\u202e\u2066", "x" * 49 + "😀"],
    *["{{ site.title }}", "{{", "{%", "{% raw %}", "{% include x %}", "{%- if %}", "{{{{", "{{ 'a' | nofilter }}"],
    *["<!--", "-->", "</div>", "<script>alert(1)</script>", "{::comment}", "{:.x}", "[^1]", "*a* _b_ `c`", "[x](y)"],
    *[
        "](",
        "null",
        "~",
        "true",
        "no",
        "12",
        "0x1F",
        "1:30",
        "1e3",
        ".inf",
        "2020-01-01",
        "2020-01-01 00:00:00",
        "=",
        "<<",
    ],
    *[
        "",
        " ",
        "\u2028",
        "\x85",
        "\ufeff",
        "\uffff",
        ":a",
        "!!ruby/object:File x",
        "&a",
        "*a",
        "| a",
        "> a",
        "@a",
        "`a",
    ],
    *["- a", "? a", "[a", "{a", "中文：标题", "1,234", "0o7", "08", "+1", "...", "—", "$$x$$", "# h", "| a | b |", "."],
]


def build(site, some: list[Post], parser: str = "GFM") -> list[list[str]]:
    """The pages that Jekyll makes of some posts, in their order: six lines of values, then the body."""
    shutil.rmtree(site, ignore_errors=True)
    (site / "_layouts").mkdir(parents=True)
    (site / "_layouts" / "post.html").write_text(LAYOUT)
    (site / "_config.yml").write_text(
        f"title: RAN\nfuture: true\ntimezone: UTC\npermalink: /:year-:month-:day.html\nkramdown: {{input: {parser}}}\n"
    )
    report = export_jekyll(some, site / "_posts", MemoryManifest(), now=NOW)
    assert report.failed == []
    command = ["jekyll", "build", "--quiet", "--disable-disk-cache", "--source", site, "--destination", site / "_site"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return [(site / "_site" / f"{one.date:%Y-%m-%d}.html").read_text().split("\n", 6) for one in some]


def stored(text: str) -> str:
    return re.sub("[\ud800-\udfff]", "\ufffd", text)


def check(some: list[Post], pages: list[list[str]]) -> None:
    for one, (title, author, url, tags, categories, date, body) in zip(some, pages, strict=True):
        assert json.loads(title) == stored(one.title)
        assert json.loads(author) == stored(one.author)
        assert json.loads(url) == stored(one.from_url)
        assert json.loads(tags) == [stored(tag) for tag in one.tags]
        assert json.loads(categories) == [stored(tag) for tag in one.categories]
        assert datetime.fromisoformat(date) == one.date.replace(microsecond=0)
        assert "RAN" not in body


def on_days(some: list[Post]) -> list[Post]:
    """The posts on days of their own, so that each has an address of its own."""
    first = datetime(2021, 1, 1, 1, 2, 3, tzinfo=UTC)
    return [
        post(
            id=number,
            title=one.title,
            author=one.author,
            tags=one.tags,
            categories=one.categories,
            content=one.content,
            link_title=one.link_title,
            from_url=f"https://a.example/{number}?q={{{{site.title}}}}&r={{%x%}}",
            date=first + timedelta(days=number),
        )
        for number, one in enumerate(some)
    ]


def test_hostile_values(tmp_path):
    some = on_days(
        [
            post(title=text, author=text, tags=("a", text), categories=(text, "b"), content=f"<p>{text}</p>")
            for text in NASTY
        ]
    )
    check(some, build(tmp_path / "site", some))


def test_liquid_is_rendered_as_text(tmp_path):
    some = on_days([post(title="T {{ site.title }}", content="<p>{{ site.title }} {% assign x = 1 %}{{{ a }}}</p>")])
    ((*_, body),) = build(tmp_path / "site", some)
    shown = body.replace("&#123;", "{").replace("&amp;", "&")
    assert "<p>{{ site.title }} {% assign x = 1 %}{{{ a }}}</p>" in shown
    assert ">T {{ site.title }}</a>" in shown
    # The address is the address: what a browser reads from the attribute.
    assert 'href="https://a.example/0?q={{site.title}}&r={%x%}"' in shown


#: What kramdown makes typographic: quotes, dashes, dots, guillemets.
_TYPOGRAPHY = re.compile("[\"'\u2018\u2019\u201c\u201d\\-\u2013\u2014.\u2026>\u00bb \u00a0]+")


@pytest.mark.parametrize("parser", ["GFM", "kramdown"])
def test_link_line_is_one_link(tmp_path, parser):
    some = [
        *(post(title=title, from_url=f"https://a.example/{number}") for number, title in enumerate(HOSTILE_TITLES)),
        *(post(title="标题 A", from_url=url) for url in HOSTILE_URLS),
    ]
    first = datetime(2021, 1, 1, tzinfo=UTC)
    some = [
        replace(one, id=number, content="<p>B</p>", link_title=None, date=first + timedelta(days=number))
        for number, one in enumerate(some)
    ]
    for one, (*_, body) in zip(some, build(tmp_path / "site", some, parser), strict=True):
        tree = html.fromstring(f"<main>{body}</main>")
        assert sorted(str(element.tag) for element in tree.iterdescendants("*")) == ["a", "div", "p", "p"], body
        (link,) = tree.iter("a")
        assert link.items() == [("href", one.from_url)]
        assert _TYPOGRAPHY.sub("", text_of(link)) == _TYPOGRAPHY.sub("", shown(one.title))


def test_mixtures_of_hostile_values(tmp_path):
    choose = random.Random(5)  # a fixed seed: what fails once fails again

    def text() -> str:
        return "".join(choose.choices(NASTY, k=choose.randint(0, 6)))

    def distinct_texts() -> tuple[str, ...]:
        return tuple(dict.fromkeys(text() for _ in range(choose.randint(0, 3))))

    some = on_days(
        [
            post(title=text(), author=text(), tags=distinct_texts(), categories=distinct_texts(), content=text())
            for _ in range(120)
        ]
    )
    check(some, build(tmp_path / "site", some))
