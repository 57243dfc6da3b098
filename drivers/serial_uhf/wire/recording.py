"""Recordings of serial lines: every frame in a file, and whether the codec gives it back."""

from types import ModuleType

from drivers.serial_uhf.wire import cfm, r200, uhf288

FAMILIES: dict[str, ModuleType] = {"r200": r200, "uhf288": uhf288, "cfm": cfm}
"""The codecs, by the names that profiles give the families."""


def described(family: str, data: bytes) -> tuple[list[dict[str, object]], int]:
    """Every frame in ``data`` for people and for JSON, and how many disturbances there were."""
    codec = FAMILIES[family]
    found, bad = codec.frames(data)
    return [codec.describe(frame) for frame in found], bad


def checked(family: str, data: bytes) -> dict[str, int]:
    """How many frames ``data`` holds, how many encode to the same bytes, and what was none."""
    codec = FAMILIES[family]
    found, bad = codec.frames(data)
    exact, at = 0, 0
    for frame in found:
        octets = codec.encode(frame)
        place = data.find(octets, at)
        if place >= 0:
            exact += 1
            at = place + len(octets)
    return {"messages": len(found), "exact": exact, "bad": bad}
