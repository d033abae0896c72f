"""`python -m ingestd`, and the console script."""

import gc
import sys
from importlib import import_module


def main() -> None:
    """Run the command line and exit with its status."""
    # Off while modules are imported, most of which stay: it would look through them often, a fifth of the start.
    gc.disable()
    # Imported here: worker processes import this module too, and need no command line.
    sys.exit(import_module("ingestd.cli.main").run_command(sys.argv[1:]))


if __name__ == "__main__":
    main()
