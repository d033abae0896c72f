"""Digests of what extraction makes of fixed inputs: `python -m tests.extract.recorded_outputs` records them.

The record tells when a version of `ingestd/extract/version.py` must be raised: an input whose output differs from the
recorded one was extracted by other code. Inputs that were added or edited since are no evidence, and are recorded anew.
"""

import hashlib
import json
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from ingestd.extract import version
from ingestd.extract.article import extract_article, feed_article
from ingestd.model.article import Article
from ingestd.model.feed import Entry
from ingestd.model.source import SiteRule
from ingestd.text.content_digest import content_digest, entry_digest
from tests.bench.pages import cases
from tests.extract.fragments import fragment

RECORD = Path(__file__).with_name("recorded_outputs.json")
_FRAGMENTS = 2_000
#: Fragments that share one digest.
_FRAGMENTS_PER_INPUT = 50
_FEED_TEXTS = {
    "hidden": '<p>a <span style="display:none">b</span><span hidden>c</span></p><div aria-hidden="true">d</div>',
    "pixels": '<p>a<img src="http://x.org/1" width="1" height="1"><img src="http://x.org/2" style="width:1px"></p>',
    "plain": "one line\n\nand &lt;another&gt; one, 12 comments, 3 hours ago",
    "chinese": "<p>　　渡轮公司说，明天起停航。</p><p>阅读 1,234</p><blockquote>原文</blockquote>",
    "code": "<pre>if a &lt; b:\n    return</pre><ul><li>x<li>y</ul><table><tr><td>1</td></tr></table>",
}


@dataclass(frozen=True, slots=True)
class Output:
    """The digests of an input, and of what the code makes of it."""

    read: str
    made: str


def feed_outputs() -> dict[str, Output]:
    """What becomes of the own texts of feeds."""
    texts: dict[str, tuple[str, ...]] = {name: (text,) for name, text in _FEED_TEXTS.items()}
    for start in range(0, _FRAGMENTS, _FRAGMENTS_PER_INPUT):
        texts[f"fragments {start}"] = tuple(map(fragment, range(start, start + _FRAGMENTS_PER_INPUT)))
    return {
        name: Output(_digest(found), _digest(_feed_output(text) for text in found)) for name, found in texts.items()
    }


def _feed_output(text: str) -> str:
    entry = Entry(title="A title", link="http://x.org/2024/", content=text)
    return _output(feed_article(entry)) + entry_digest(entry)


def page_outputs() -> dict[str, Output]:
    """What becomes of the pages of tests/bench: with their feeds, and under a rule."""
    rule = SiteRule(select="article, main, body", remove=("aside",))
    found = {}
    for case in cases():
        with_feed = extract_article(case.entry, case.response)
        under_rule = extract_article(None, case.response, source_rule=rule)
        read = _digest((case.url, case.page.hex(), case.summary, case.content))
        found[case.name] = Output(read, _digest(map(_output, (with_feed, under_rule))))
    return found


def _output(article: Article) -> str:
    digest = content_digest(article.title or "", article.text)
    return repr((article.html, article.text, str(article.body_origin), article.title, article.next_page, digest))


def _digest(texts: Iterable[str]) -> str:
    return hashlib.sha256("\0".join(texts).encode("utf-8", "replace")).hexdigest()[:12]


#: Of each part of a version: its constant, and the outputs that it stands for.
PARTS: dict[str, tuple[str, Callable[[], dict[str, Output]]]] = {
    "feed": ("FEED_CODE_VERSION", feed_outputs),
    "page": ("PAGE_CODE_VERSION", page_outputs),
}


def recorded(part: str) -> tuple[int, dict[str, Output]]:
    """The recorded version of a part, and its outputs."""
    found = json.loads(RECORD.read_text("utf-8"))[part]
    return found["version"], {name: Output(*digests) for name, digests in found["outputs"].items()}


def changed_outputs(part: str) -> list[str]:
    """The names of inputs of which the code makes something else than what is recorded."""
    _, before = recorded(part)
    now = PARTS[part][1]()
    return [name for name, old in before.items() if name in now and now[name].read == old.read and now[name] != old]


def main() -> int:
    """Record the present outputs; refuse where some changed under an unchanged version."""
    record = {}
    for part, (constant, outputs) in PARTS.items():
        present = getattr(version, constant)
        if RECORD.exists() and present == recorded(part)[0] and (changed := changed_outputs(part)):
            print(f"raise {constant}: other outputs of {', '.join(changed)}", file=sys.stderr)
            return 1
        found = {name: [output.read, output.made] for name, output in outputs().items()}
        record[part] = {"version": present, "outputs": found}
    # One output a line: a change shows what it changed.
    text = json.dumps(record, ensure_ascii=False, indent=1).replace("[\n    ", "[").replace(",\n    ", ", ")
    RECORD.write_text(text.replace("\n   ]", "]") + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
