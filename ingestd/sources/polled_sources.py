"""The sources that are polled, by their rows: each record is made when it is asked for."""

from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence

from ingestd.model.source import Source, SourceRow
from ingestd.sources.configured import ConfiguredSources


class PolledSources(Mapping[int, Source]):
    """The enabled sources of a configuration by their rows: 100,000 take some 20 MB, and as records 100."""

    def __init__(self, configured: ConfiguredSources, rows: Sequence[SourceRow]) -> None:
        """`rows` has the row of each configured source, in their order."""
        self._configured = configured
        by_row = sorted((row.id, place) for place, row in enumerate(rows) if configured.settings[place].enabled)
        self._rows = array("q", (row for row, _ in by_row))
        self._places = array("q", (place for _, place in by_row))
        self._moved = {row.id: row.url for place, row in enumerate(rows) if row.url != configured.urls[place]}
        self._sites = {row.id: row.site_url for row in rows if row.site_url is not None}

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[int]:
        return iter(self._rows)

    def __contains__(self, row: object) -> bool:
        return isinstance(row, int) and self._index(row) is not None

    def __getitem__(self, row: int) -> Source:
        index = self._index(row)
        if index is None:
            raise KeyError(row)
        place = self._places[index]
        url = self._moved.get(row, self._configured.urls[place])
        return self._configured.source(place, SourceRow(row, url, self._sites.get(row)))

    def _index(self, row: int) -> int | None:
        index = bisect_left(self._rows, row)
        return index if index < len(self._rows) and self._rows[index] == row else None

    def where(self, holds: Callable[[Source], bool]) -> list[int]:
        """The rows of the sources whose settings, but for name and address, fulfil a condition."""
        settings = self._configured.settings
        answers = {id(one): holds(one) for one in {id(one): one for one in settings}.values()}
        found = zip(self._rows, self._places, strict=True)
        return [row for row, place in found if answers[id(settings[place])]]


def rows_where(sources_by_id: Mapping[int, Source], holds: Callable[[Source], bool]) -> list[int]:
    """The rows of the sources that fulfil a condition which regards neither name nor address."""
    if isinstance(sources_by_id, PolledSources):
        return sources_by_id.where(holds)
    return [row for row, source in sources_by_id.items() if holds(source)]
