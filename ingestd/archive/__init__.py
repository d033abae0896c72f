"""Posts as files: the Jekyll archive format in both directions, and the feeds, tables and copies made of posts."""
