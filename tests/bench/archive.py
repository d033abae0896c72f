"""Import at scale: the real `ingestd import` over many small posts, in a process of its own, on one core.

    python -m tests.bench.archive [FILES] [--keep DIR]

Every file is a post of about 1 KB: some Chinese, some English, a few paragraphs with a link. The import runs twice, the
second time over what is known already; files a second count from the start of the process to its end, database
included.
"""

import argparse
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

FILES_PER_SECOND = 1500
MEMORY_MB = 200

_WORDS = {
    "": re.findall("..", "中国经济政府表示今年市场政策发展美国总统会议报道记者问题国际关系公司研究"),
    " ": re.findall("[a-z]{2,}", __doc__),
}
_ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Run:
    """One import: what it reported, wall and CPU seconds, and the most memory that it held."""

    report: dict[str, object]
    seconds: float
    cpu: float
    peak_mb: float


def post(number: int) -> tuple[str, str]:
    """(path, text) of one post; the same number gives the same post."""
    rng = random.Random(number)
    chinese = number % 3 != 0
    gap, length = ("", 12) if chinese else (" ", 11)
    words = _WORDS[gap]
    title = f"{gap.join(rng.choices(words, k=5))} {number}"
    day = f"20{10 + number % 12}-{1 + number % 12:02d}-{1 + number % 28:02d}"
    url = f"https://www.example.com/news/{number % 40}/story{day.replace('-', '')}-{number}"
    paragraphs = [f"<p>{gap.join(rng.choices(words, k=length))}，{rng.randrange(9999)}。</p>" for _ in range(7)]
    paragraphs[1] = f'<p><strong>{rng.choice(words)}</strong> <a href="{url}/more">{rng.choice(words)}</a></p>'
    text = (
        f'---\nlayout: post\ntitle: "{title}"\ndate: {day}T01:45:12.653Z\nauthor: 联合早报\nfrom: {url}\n'
        f"tags: [ 联合早报 ]\ncategories: [ 联合早报 ]\n---\n<!--1618759080000-->\n[{title}]({url})\n------\n\n"
        f"<div>\n{''.join(paragraphs)}\n</div>\n"
    )
    return f"archived/{day}/{day}-{title[:50]}.md", text


def make(folder: Path, files: int) -> float:
    """Write the posts; their mean size in bytes."""
    size = 0
    for number in range(files):
        path, text = post(number)
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        size += target.write_bytes(text.encode())
    return size / files


def run_import(config: Path, posts: Path) -> Run:
    """One `ingestd import`, bound to one core."""
    command = [sys.executable, "-m", "ingestd", "-c", str(config), "import", "--json", str(posts)]
    cores = os.sched_getaffinity(0)
    start = time.perf_counter()
    # A child has the cores of its parent.
    os.sched_setaffinity(0, {min(cores)})
    try:
        child = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=_ROOT)
    finally:
        os.sched_setaffinity(0, cores)
    assert child.stdout is not None
    printed = child.stdout.read()
    _, status, used = os.wait4(child.pid, 0)
    seconds = time.perf_counter() - start
    child.stdout.close()
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(f"the import failed with exit status {child.returncode}")
    return Run(json.loads(printed), seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def measure(folder: Path, files: int) -> tuple[Run, Run]:
    """The first import of so many posts, and the second."""
    print(f"{files:,} posts of {make(folder / 'posts', files):.0f} bytes")
    config = folder / "ingestd.toml"
    config.write_text(f"[database]\nurl = {json.dumps(f'sqlite:///{folder}/ingestd.db')}\n", encoding="utf-8")
    return run_import(config, folder / "posts"), run_import(config, folder / "posts")


def main() -> None:
    """Make, import twice, print; exit status 1 where a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="?", type=int, default=20_000)
    parser.add_argument("--keep", type=Path, metavar="DIR", help="work here, and leave everything")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        first, again = measure(folder, options.files)
    for name, run in (("first import", first), ("again", again)):
        print(
            f"{name}: {run.report['stored']} stored, {run.report['known']} known in {run.seconds:.1f} s "
            f"(CPU {run.cpu:.1f} s): {options.files / run.seconds:,.0f} files/s, at most {run.peak_mb:.0f} MB"
        )
    if options.files / first.seconds < FILES_PER_SECOND or first.peak_mb > MEMORY_MB:
        raise SystemExit(f"the target is {FILES_PER_SECOND:,} files/s in {MEMORY_MB} MB")


if __name__ == "__main__":
    main()
