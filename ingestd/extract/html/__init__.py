"""HTML from any source → clean HTML: safe, minimal, on one line."""
