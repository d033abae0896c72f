"""Compose the evaluation set: `python -m tests.bench.make_pages` writes tests/bench/pages/ anew, the same every time.

Each page is one text of tests/bench/page_texts.toml in one of the page structures of tests/bench/page_shapes.py, with
the clutter that such pages have. NAME.html is the page as a site would send it (in its own charset), NAME.txt the text
of the article and nothing else, and index.json what else is known: address, language, structure, what the feed said.
Texts and pages are the project's own, under its licence.
"""

import itertools
import json
import random
import tomllib
from collections import Counter
from html import escape
from pathlib import Path
from typing import Any

from tests.bench import page_platforms, page_shapes
from tests.bench.page_clutter import CLUTTER
from tests.bench.page_parts import CODE, Text, block
from tests.bench.page_plans import PLANS, Plan

HERE = Path(__file__).parent
PAGES = HERE / "pages"
SPACED = {"en", "ko", "ru", "fr"}


def compose(plan: Plan, rng: random.Random) -> Text:
    """A text for the plan: sentences of one topic in their order, in paragraphs, with the blocks asked for."""
    pool = TEXTS[plan.lang]
    topic = rng.choice(pool["topics"])
    slots = {"place": rng.choice(pool["places"]), "who": rng.choice(pool["people"])}
    sentences = [filled(sentence, slots, rng) for sentence in chosen(topic["sentences"], plan.paragraphs, rng)]
    gap = " " if plan.lang in SPACED else ""
    paragraphs = [gap.join(group) for group in grouped(sentences, plan.paragraphs)]
    return Text(
        lang=plan.lang,
        title=filled(topic["title"], slots, rng),
        author=slots["who"],
        blocks=with_extras(paragraphs, topic, plan.parts, rng),
        clutter=CLUTTER[plan.clutter or plan.lang],
    )


def filled(sentence: str, slots: dict[str, str], rng: random.Random) -> str:
    return sentence.format(n=rng.randint(12, 96), **slots)


def chosen(sentences: list[str], paragraphs: int, rng: random.Random) -> list[str]:
    """Some of the sentences, in their order: two a paragraph where there are enough, never fewer than one."""
    count = max(paragraphs, min(len(sentences) - rng.randrange(3), paragraphs * 2))
    numbers = sorted(rng.sample(range(len(sentences)), min(count, len(sentences))))
    return [sentences[number] for number in numbers]


def grouped(sentences: list[str], paragraphs: int) -> list[list[str]]:
    """Neighbouring sentences in that many paragraphs of nearly equal length."""
    ends = [round(number * len(sentences) / paragraphs) for number in range(paragraphs + 1)]
    return [sentences[start:end] for start, end in itertools.pairwise(ends)]


def with_extras(paragraphs: list[str], topic: dict[str, Any], parts: str, rng: random.Random) -> list[tuple[str, Any]]:
    """Paragraphs and, by the letters of `parts`, headings, lists, tables, figures, quotes and code between them."""
    blocks: list[tuple[str, Any]] = [("p", paragraph) for paragraph in paragraphs]
    extras: list[tuple[str, Any]] = []
    items = topic["items"]
    if "l" in parts:
        extras.append(("ul", items))
    if "o" in parts:
        extras.append(("ol", items))
    if "t" in parts:
        extras.append(("table", [[item, str(rng.randint(2, 400))] for item in items]))
    if "f" in parts:
        extras += [("fig", (f"/images/{number}.jpg", caption)) for number, caption in enumerate(topic["captions"])]
    if "q" in parts:
        extras.append(("quote", blocks.pop(len(blocks) // 2)[1]))
    if "c" in parts:
        extras.append(("pre", CODE))
    if "h" in parts:
        extras += [("h2", heading) for heading in topic["headings"]]
    for number, extra in enumerate(extras, 1):
        blocks.insert(min(len(blocks) - 1, number * len(blocks) // (len(extras) + 1)), extra)
    return blocks


#: Kinds of blocks that are counted one by one.
PART_NAMES = {"h2": "headings", "fig": "images", "quote": "quotes", "pre": "code"}
TEXTS: dict[str, Any] = tomllib.loads((HERE / "page_texts.toml").read_text("utf-8"))


def made(name: str, plan: Plan) -> tuple[bytes, str, dict[str, Any]]:
    """(page, expected text, what the index says) of one plan; the same name gives the same page."""
    rng = random.Random(name)
    text = compose(plan, rng)
    shape = getattr(page_shapes, plan.shape, None) or getattr(page_platforms, plan.shape)
    url = plan.url.format(name=name)
    html = shape(text, rng, plan.label or plan.charset)
    expected = text.plain()
    entry = {
        "url": url,
        "lang": plan.lang,
        "structure": plan.shape,
        "charset": plan.charset,
        "title": text.title,
        "parts": parts_of(text.blocks),
        **feed_of(plan, text),
    }
    return html.encode(plan.charset, "xmlcharrefreplace"), expected, entry


def parts_of(blocks: list[tuple[str, Any]]) -> dict[str, int]:
    """How many elements of each kind an article has, without those that it has none of."""
    counts: Counter[str] = Counter()
    for kind, content in blocks:
        if kind in ("ul", "ol"):
            counts["list items"] += len(content)
        elif kind == "table":
            counts["cells"] += sum(map(len, content))
        elif kind in PART_NAMES:
            counts[PART_NAMES[kind]] += 1
    return dict(sorted(counts.items()))


def feed_of(plan: Plan, text: Text) -> dict[str, str]:
    """What the entry of the feed said: a teaser, the whole article, or nothing."""
    if plan.feed == "none":
        return {}
    if plan.feed == "whole":
        return {"content": "".join(block(kind, content) for kind, content in text.blocks)}
    first = next(content for kind, content in text.blocks if kind == "p")
    if plan.feed == "teaser":
        return {"content": f'<p>{escape(first)}</p><p><a href="/{plan.shape}">{escape(text.label(7))}</a></p>'}
    return {"summary": f"<p>{escape(first[: len(first) * 2 // 3])}…</p>"}


def main() -> None:
    """Write every page, its text and the index, in the place of what is there."""
    PAGES.mkdir(exist_ok=True)
    for old in PAGES.iterdir():
        old.unlink()
    index = {}
    for name, plan in PLANS.items():
        page, expected, index[name] = made(name, plan)
        (PAGES / f"{name}.html").write_bytes(page)
        (PAGES / f"{name}.txt").write_text(expected + "\n", "utf-8")
    (PAGES / "index.json").write_text(json.dumps(index, ensure_ascii=False, indent=1) + "\n", "utf-8")
    size = sum(path.stat().st_size for path in PAGES.iterdir())
    print(f"{len(index)} pages, {size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
