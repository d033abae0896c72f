"""The images of the sample site, generated: valid PNG and SVG files of a few hundred bytes."""

import struct
import zlib

_SVG = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 360" role="img" aria-label="{label}">
  <rect width="640" height="360" fill="{sky}"/>
  <circle cx="520" cy="80" r="36" fill="#fff4d6"/>
  <path d="M0 260 Q160 220 320 260 T640 260 V360 H0 Z" fill="{sea}"/>
  <path d="M0 300 Q160 270 320 300 T640 300 V360 H0 Z" fill="{sea}" opacity="0.6"/>
</svg>
"""


def gradient_png(width: int, height: int, top: tuple[int, int, int], bottom: tuple[int, int, int]) -> bytes:
    """A PNG of `width` × `height` pixels whose colour runs from `top` to `bottom` (red, green, blue of 0 to 255)."""
    rows = b"".join(b"\x00" + bytes(_row_colour(top, bottom, row, height)) * width for row in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(rows, 9)) + _chunk(b"IEND", b"")
    )


def drawing_svg(label: str, sky: str, sea: str) -> bytes:
    """A drawing of sun and sea in the given CSS colours; `label` must not need escaping."""
    return _SVG.format(label=label, sky=sky, sea=sea).encode()


def _row_colour(top: tuple[int, int, int], bottom: tuple[int, int, int], row: int, height: int) -> list[int]:
    last = max(height - 1, 1)
    return [(a * (last - row) + b * row) // last for a, b in zip(top, bottom, strict=True)]


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
