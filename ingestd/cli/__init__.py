"""The command line: `main` dispatches, `NAME_` is the command `ingestd NAME`, the others serve several commands."""
