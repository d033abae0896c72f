"""One poll of one source, from its address to stored posts. `pipeline` is the whole line on one page."""
