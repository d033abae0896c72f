"""Faults of this machine, which has run out of a resource: they say nothing about the site that was to be asked."""

import errno
import os

from ingestd.model.errors import Outcome, TemporaryError

#: Error numbers of the system for what has run out: files, memory, buffers, ports.
LOCAL_ERRNOS = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM, errno.EADDRNOTAVAIL})


def local_fault(reason: str) -> TemporaryError:
    """The error for a request that could not be made here."""
    return TemporaryError(Outcome.LOCAL_FAULT, reason)


def out_of_descriptors() -> bool:
    """Whether this process cannot open another file."""
    try:
        os.close(os.open(os.devnull, os.O_RDONLY))
    except OSError as error:
        return error.errno in (errno.EMFILE, errno.ENFILE)
    return False
