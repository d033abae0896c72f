"""Characters that the Encoding Standard has in a charset, and the codec of Python has not."""

import codecs


def _character_of_standard(error: UnicodeError) -> tuple[str, int]:
    """A character that the Encoding Standard has where a codec of Python has none; else U+FFFD.

    These are the euro sign in GBK (one byte) and Big5, and circled numbers, units and rare Han characters of NEC
    and IBM in EUC-JP and ISO-2022-JP, which windows-31J has at the same places.
    """
    if not isinstance(error, UnicodeDecodeError):
        raise error
    start, pair = error.start, error.object[error.start : error.start + 2]
    if error.encoding == "gb18030" and pair[:1] == b"\x80":
        return "€", start + 1
    character = _of_microsoft(pair, error.encoding) if len(pair) == 2 else ""
    return (character, start + 2) if len(character) == 1 else ("\ufffd", error.end)


def _of_microsoft(pair: bytes, encoding: str) -> str:
    """What two bytes are in Microsoft's version of a charset; "" where they are no character of it."""
    if encoding == "big5hkscs":
        return pair.decode("cp950", "ignore")
    row, cell = pair[0] & 0x7F, pair[1] & 0x7F
    is_jis = encoding in ("euc_jp", "iso2022_jp_2") and 0x21 <= row <= 0x7E and pair[0] ^ row == pair[1] ^ cell
    return _shift_jis(row, cell).decode("cp932", "ignore") if is_jis else ""


def _shift_jis(row: int, cell: int) -> bytes:
    """The bytes in Shift_JIS of a row and a cell of JIS X 0208, both from 0x21 to 0x7E."""
    first = (row - 0x21) // 2 + (0x81 if row < 0x5F else 0xC1)
    second = cell + (0x7E if row % 2 == 0 else 0x1F if cell < 0x60 else 0x20)
    return bytes((first, second))


#: The error handler of `bytes.decode` that gives these characters, and U+FFFD for all other bytes.
ENCODING_STANDARD = "ingestd.encoding-standard"
codecs.register_error(ENCODING_STANDARD, _character_of_standard)
