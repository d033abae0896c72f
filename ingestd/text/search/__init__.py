"""What search compares: classes of characters, words as the index holds them, and the query language."""
