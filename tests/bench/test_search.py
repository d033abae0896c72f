"""The bench of search measures what it says: equal seeds give equal texts, and every answer is compared with a scan."""

from itertools import islice

import pytest

from ingestd.store.database import Database
from tests.bench import near_duplicates, search
from tests.bench.search import Corpus, Report


def test_corpus_is_the_same_for_every_run_and_has_all_kinds():
    posts = list(islice(Corpus().posts(), 6))
    assert posts == list(islice(Corpus().posts(), 12))[:6]
    assert [text.isascii() for _, text in posts[:2]] == [False, True]
    assert all(len(text) >= 200 for _, text in posts)


def test_a_missed_target_is_reported():
    report = Report()
    report.add("a", 0.5, at_most=0.4)
    report.add("b", 0.3, at_most=0.4)
    report.add("c", 40, at_least=50)
    assert report.missed == ["a: 0.5, target <= 0.4", "c: 40, target >= 50"]


@pytest.mark.slow
def test_every_answer_is_exact(tmp_path):
    report = Report()
    with Database(f"sqlite:///{tmp_path}/all.db") as database:
        database.upgrade(now=search.START)
        search.store(database, Corpus().posts(), 300)
        search.measure_queries(database, report)
    exact = {name: value for name, value in report.figures.items() if "recall" in name or "precision" in name}
    assert len(exact) >= 16
    assert set(exact.values()) == {1}


@pytest.mark.slow
def test_the_bench_of_near_duplicates_finds_each_reprint(tmp_path):
    report = Report()
    with Database(f"sqlite:///{tmp_path}/all.db") as database:
        database.upgrade(now=search.START)
        near_duplicates.store(database, 100)
        near_duplicates.measure_size_and_queries(database, 100, report)
    assert report.figures["pairs found, share of all"] == 1
    assert report.missed == []
