"""The history of a source: everything that its site lists beyond the feed that is polled."""
