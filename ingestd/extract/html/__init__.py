"""HTML from anywhere to clean, safe, minimal HTML."""
