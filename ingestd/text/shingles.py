"""Hashes of the shingles of a text: CRCs of each five successive tokens, mixed, all of a text at once.

A CRC is linear over GF(2): that of a shingle is the exclusive or of what each of its tokens adds at its place. So each
token has five numbers, one for each place, and a text has one large integer of all of them: shifted by one token, by
two, and so on, and combined, it holds the CRCs of all shingles. That takes some calls a text in place of some a token.
"""

import sys
from array import array
from collections.abc import Iterable
from struct import pack
from zlib import crc32

#: Tokens of a shingle.
SHINGLE_TOKENS = 5

#: CRCs of like shingles are alike: multiplying by 2^32 / golden ratio mixes them.
MIXER = 0x9E3779B1
#: Letters from here on are written without spaces, with few exceptions.
_FIRST_CJK = "\u3000"
#: Words, and letters, whose codes are kept: some megabytes.
_MAX_KEPT_WORDS = 20_000
_TOKEN_BYTES = 4
_CODE_BYTES = SHINGLE_TOKENS * _TOKEN_BYTES
#: Bits from what a token adds at one place to what the next token adds at the place after it.
_PLACE_BITS = 8 * (_CODE_BYTES + _TOKEN_BYTES)
_ZERO = bytes(_TOKEN_BYTES)
#: What the CRC's initial value and final inversion add: they are in each of the five numbers, and once in a shingle.
_OFFSET = crc32(_ZERO) ^ crc32(2 * _ZERO) ^ crc32(3 * _ZERO) ^ crc32(4 * _ZERO)
#: The lowest four bytes in the code of a token.
_LANE = b"\xff" * _TOKEN_BYTES + bytes(_CODE_BYTES - _TOKEN_BYTES)


def _code(token: bytes) -> bytes:
    """The five numbers of a token of four bytes: what it adds as the first of a shingle, as the second, and so on."""
    last = crc32(token)
    fourth = crc32(_ZERO, last)
    third = crc32(_ZERO, fourth)
    second = crc32(_ZERO, third)
    return pack("<5I", crc32(_ZERO, second) ^ _OFFSET, second, third, fourth, last)


class _LetterCodes(dict[str, bytes]):
    """The code of a letter that is a token by itself."""

    def __missing__(self, letter: str) -> bytes:
        if len(self) >= _MAX_KEPT_WORDS:
            self.clear()
        code = self[letter] = _code(letter.encode("utf-32-le", "replace"))
        return code


class _WordCodes(dict[str, bytes]):
    """The codes of a word's tokens: of a word in CJK letters each letter is one.

    Words in other scripts come again, and are kept; those in CJK letters are parts of sentences, and do not.
    """

    def __missing__(self, word: str) -> bytes:
        if word[0] >= _FIRST_CJK:
            return b"".join(map(_letter_code, word))
        if len(self) >= _MAX_KEPT_WORDS:
            self.clear()
        code = self[word] = _code(crc32(word.encode("utf-8", "replace")).to_bytes(_TOKEN_BYTES, "little"))
        return code


_letter_code = _LetterCodes().__getitem__
_word_code = _WordCodes().__getitem__


def shingle_hashes(words: Iterable[str]) -> list[int]:
    """The hashes (32 bits) of the shingles of a text, in their order; empty where it has fewer tokens than one has."""
    codes = b"".join(map(_word_code, words))
    shingles = len(codes) // _CODE_BYTES - SHINGLE_TOKENS + 1
    if shingles <= 0:
        return []
    places = int.from_bytes(codes, "little")
    crcs = places
    for place in range(1, SHINGLE_TOKENS):
        crcs ^= places >> place * _PLACE_BITS
    lanes = int.from_bytes(_LANE * shingles, "little")
    # What a product has above its lowest four bytes stays in the lane of its token.
    hashes = (crcs & lanes) * MIXER & lanes
    numbers = array("I", hashes.to_bytes(shingles * _CODE_BYTES, "little"))
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers[::SHINGLE_TOKENS].tolist()
