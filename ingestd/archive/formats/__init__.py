"""Posts as JSON Lines, CSV, Atom, JSON Feed and SQLite; kept pages as WARC."""
