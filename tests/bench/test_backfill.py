"""The bench of backfills, small: what it measures of a process that is killed."""

from dataclasses import asdict
from pathlib import Path

import pytest

from tests.bench import backfill


@pytest.mark.slow
@pytest.mark.parametrize(("means", "kills"), [("wordpress", 2), ("sitemap", 1), ("wayback", 1)])
def test_a_process_that_is_killed_stores_every_article_once(tmp_path: Path, means: str, kills: int):
    found = backfill.measure(means, 80, kills, tmp_path)
    assert (found.missing, found.twice, found.wrong_dates) == (0, 0, 0)
    assert found.requests_per_article <= 1.4
    assert found.cpu_ms > 0 and found.rss_mb > 0


def test_a_missed_target_is_told():
    good = backfill.Figures("paged", 0, 100, 0, 0, 0, 1.15, 1.0)
    assert good.is_met
    for wrong in ({"missing": 1}, {"twice": 1}, {"wrong_dates": 1}, {"requests_per_article": 1.16}):
        assert not backfill.Figures(**{**asdict(good), **wrong}).is_met
