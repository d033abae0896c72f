"""Pages that list articles: the links to articles on them, by a selector or guessed, and the feed that they make."""
