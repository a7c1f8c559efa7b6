"""Colour profiles for tests, made by hand: ICC.1:2010, version 2."""

import struct

import numpy as np

# From RGB to XYZ under D50, by columns.
PROPHOTO = ((0.79767, 0.28804, 0.0), (0.13519, 0.71188, 0.0), (0.03135, 0.00009, 0.82521))
ADOBE = ((0.60974, 0.31111, 0.01947), (0.20528, 0.62567, 0.06087), (0.14919, 0.06322, 0.74457))
DISPLAY_P3 = ((0.51512, 0.2412, -0.00105), (0.29198, 0.69225, 0.04189), (0.1571, 0.06657, 0.78407))
_D50 = (0.9642, 1.0, 0.8249)


def _fixed(value: float) -> bytes:
    return struct.pack(">i", round(value * 65536))


def _xyz(values: tuple[float, ...]) -> bytes:
    return b"XYZ \0\0\0\0" + b"".join(map(_fixed, values))


def _gamma(value: float) -> bytes:
    return b"curv\0\0\0\0" + struct.pack(">IH", 1, round(value * 256))


def _named(name: str) -> bytes:
    text = name.encode() + b"\0"
    return b"desc\0\0\0\0" + struct.pack(">I", len(text)) + text + bytes(78)


def _profile(kind: bytes, space: bytes, connection: bytes, tags: dict[bytes, bytes]) -> bytes:
    place = 128 + 4 + 12 * len(tags)
    table, bodies = struct.pack(">I", len(tags)), b""
    for name, body in tags.items():
        body += bytes(-len(body) % 4)
        table += name + struct.pack(">II", place + len(bodies), len(body))
        bodies += body
    head = struct.pack(">I4sI4s4s4s", place + len(bodies), b"test", 0x02100000, kind, space, connection)
    head += bytes(12) + b"acsp" + bytes(28) + b"".join(map(_fixed, _D50))
    return head.ljust(128, b"\0") + table + bodies


def rgb(columns: tuple[tuple[float, ...], ...], gamma: float, name: str = "made by hand") -> bytes:
    """A profile of colours by their primaries and a gamma."""
    tags = {b"desc": _named(name), b"cprt": b"text\0\0\0\0none\0", b"wtpt": _xyz(_D50)}
    for letter, column in zip((b"r", b"g", b"b"), columns, strict=True):
        tags |= {letter + b"XYZ": _xyz(column), letter + b"TRC": _gamma(gamma)}
    return _profile(b"mntr", b"RGB ", b"XYZ ", tags)


def grey(gamma: float) -> bytes:
    """A profile of greys."""
    tags = {b"desc": _named("grey"), b"cprt": b"text\0\0\0\0none\0", b"wtpt": _xyz(_D50), b"kTRC": _gamma(gamma)}
    return _profile(b"mntr", b"GRAY", b"XYZ ", tags)


def cmyk() -> bytes:
    """A press whose cyan is blue: without cyan and black its paper is white, with either it goes to Lab (30, 0, -60)
    or to black."""
    nodes = np.array([(255, 128, 128)] * 16, np.uint8)
    for number in range(16):
        cyan, black = number >> 3 & 1, number & 1
        nodes[number] = (0, 128, 128) if black else (76, 128, 68) if cyan else (255, 128, 128)
    ramp = np.arange(256, dtype=np.uint8).tobytes()
    matrix = b"".join(_fixed(float(row == column)) for row in range(3) for column in range(3))
    table = b"mft1\0\0\0\0" + bytes((4, 3, 2, 0)) + matrix + ramp * 4 + nodes.tobytes() + ramp * 3
    tags = {b"desc": _named("press"), b"cprt": b"text\0\0\0\0none\0", b"wtpt": _xyz(_D50), b"A2B0": table}
    return _profile(b"prtr", b"CMYK", b"Lab ", tags)
