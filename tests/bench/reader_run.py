"""`reader` (the Python feed library) as the bench runs it: `python -m tests.bench.reader_run PATH URLS [add]`.

With `add` the feeds are only made known, which is set-up and not measured; without, every feed is updated once.
"""

import sys
from pathlib import Path

from reader import make_reader  # type: ignore[import-not-found,import-untyped,unused-ignore]

WORKERS = 8


def main() -> None:
    database, urls, *rest = sys.argv[1:]
    with make_reader(database) as reader:
        if rest == ["add"]:
            for url in Path(urls).read_text().split():
                reader.add_feed(url, exist_ok=True)
        else:
            reader.update_feeds(workers=WORKERS, scheduled=False)


if __name__ == "__main__":
    main()
