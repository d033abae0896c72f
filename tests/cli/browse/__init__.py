"""Tests of the site.

Datasette opens a connection while it is imported and leaves it to the garbage collector. Python 3.13 warns of that in
whatever test runs then, so the import and the collection are done here, without the warning.
"""

import gc
import importlib
import warnings

with warnings.catch_warnings():
    warnings.simplefilter("ignore", ResourceWarning)
    importlib.import_module("datasette.app")
    gc.collect()
