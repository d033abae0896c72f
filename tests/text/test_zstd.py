"""Zstandard: what earlier versions stored can be read, and damage is told."""

import pytest

from ingestd.text.zstd import MIN_DICTIONARY_BYTES, Dictionary, ZstdError, compress, decompress

SITE = b"<html><nav>what all pages of the site have</nav>"
PAGE = SITE + "<p>苇港</p>".encode()

#: `PAGE` as the library `zstandard` 0.25 wrote it: by itself, and with `SITE` as the dictionary.
STORED = bytes.fromhex(
    "28b52ffd203de901003c68746d6c3e3c6e61763e7768617420616c6c207061676573206f6620746865207369746520686176653c2f6e61763e3c703ee88b87e6b8af3c2f703e"
)
STORED_WITH_SITE = bytes.fromhex("28b52ffd243d9d000060703ee88b87e6b8af3c2f703e0100ce4801015997ce07")


def test_frames_of_another_library_are_read():
    assert decompress(STORED, len(PAGE)) == PAGE
    assert decompress(STORED_WITH_SITE, len(PAGE), Dictionary(SITE)) == PAGE


@pytest.mark.parametrize("dictionary", [None, Dictionary(SITE)])
@pytest.mark.parametrize("body", [b"", b"x", PAGE, bytes(1_000_000), bytes(range(256)) * 600])
def test_what_is_compressed_is_read_again(body, dictionary):
    assert decompress(compress(body, 3, dictionary), len(body), dictionary) == body


def test_a_dictionary_saves_what_pages_have_in_common():
    assert len(compress(PAGE, 3, Dictionary(SITE))) < len(compress(PAGE, 3)) - len(SITE) // 2


def test_content_that_looks_like_a_trained_dictionary_is_content():
    dictionary = Dictionary(b"\x37\xa4\x30\xec" + SITE)
    packed = compress(PAGE, 3, dictionary)
    assert decompress(packed, len(PAGE), dictionary) == PAGE
    assert len(packed) < len(compress(PAGE, 3))


def test_the_smallest_dictionary():
    least = Dictionary(bytes(MIN_DICTIONARY_BYTES))
    assert decompress(compress(PAGE, 3, least), len(PAGE), least) == PAGE
    with pytest.raises(ValueError, match="dictionary"):
        Dictionary(bytes(MIN_DICTIONARY_BYTES - 1))


@pytest.mark.parametrize(
    ("body", "size", "reason"),
    [
        (STORED[:-1], len(PAGE), "cut off"),
        (STORED[:7], len(PAGE), "cut off"),
        (b"", 5, "cut off"),
        (STORED, len(PAGE) - 1, "longer than it should be"),
        (compress(bytes(100_000_000), 3), 10, "longer than it should be"),
        (b"<html>", 6, "frame"),
    ],
)
def test_damaged_frames_are_refused(body, size, reason):
    with pytest.raises(ZstdError, match=reason):
        decompress(body, size)


@pytest.mark.parametrize("other", [None, Dictionary(SITE[::-1])])
def test_another_dictionary_is_refused(other):
    with pytest.raises(ZstdError):
        decompress(STORED_WITH_SITE, len(PAGE), other)
