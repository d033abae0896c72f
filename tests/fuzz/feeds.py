"""Fuzz `parse_feed`: python -m tests.fuzz.feeds --seconds 60. Finds crashes, hangs and growth; needs atheris.

Starts from the corpus. An input that raises anything but PollError, or costs more than the limit, ends the run.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

from ingestd.feeds.parse_feed import parse_feed
from ingestd.model.errors import PollError

try:
    import atheris
except ImportError:
    atheris = None

CORPUS = Path(__file__).parents[1] / "corpus"
HANG_S = 60
MAX_BYTES = 65_536
MAX_RSS_MB = 1_024
#: What ends the run is kept here: `var/` is under no version control.
FOUND = Path("var/fuzz")


def check(body: bytes) -> None:
    """Parse one input; the result must be encodable text, within the time limit."""
    started = time.process_time()
    try:
        feed = parse_feed(body, url="https://feeds.example/news/feed.xml", timezone="Asia/Shanghai")
    except PollError:
        feed = None
    assert time.process_time() - started < HANG_S
    for entry in feed.entries if feed else ():
        "\n".join((entry.title, entry.link or "", entry.summary, entry.content, *entry.authors)).encode()
        assert entry.link is None or entry.link[:4].lower() == "http"
        assert "\n" not in entry.title


def main() -> int:
    """Run for the seconds asked for; 0 where nothing was found or atheris is not installed."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seconds", type=int, default=60)
    seconds = options.parse_args().seconds
    if atheris is None:
        print("atheris is not installed: nothing was fuzzed (pip install atheris)")
        return 0
    FOUND.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        for number, path in enumerate(path for path in sorted(CORPUS.rglob("*.*")) if path.suffix != ".json"):
            (Path(folder) / f"{number}").write_bytes(path.read_bytes())
        limits = [f"-max_len={MAX_BYTES}", f"-rss_limit_mb={MAX_RSS_MB}", "-timeout=5"]
        flags = [f"-max_total_time={seconds}", f"-artifact_prefix={FOUND}/", *limits]
        atheris.instrument_all()
        atheris.Setup([sys.argv[0], *flags, folder], check)
        atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main())
