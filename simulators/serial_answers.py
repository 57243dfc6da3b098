"""What goes wrong with the answers of a simulated serial reader, command by command."""


class Answers:
    """Decides what of each answer is sent; the command itself has been carried out."""

    def __init__(self) -> None:
        self.lost: set[int] = set()
        """Codes of commands whose next answer never comes."""
        self.late: set[int] = set()
        """Those whose next answer comes only just before the answer to the command after it."""
        self.spoilt: set[int] = set()
        """Those whose next answer has a wrong check."""
        self._held: list[bytes] = []

    def sent(self, code: int, frames: list[bytes]) -> list[bytes]:
        """What is sent of the answer to ``code``, after whatever was held back."""
        held, self._held = self._held, []
        if code in self.lost:
            self.lost.discard(code)
            return held
        if code in self.late:
            self.late.discard(code)
            self._held = frames
            return held
        if code in self.spoilt:
            self.spoilt.discard(code)
            return held + [_spoilt(frame) for frame in frames]
        return held + frames


def _spoilt(frame: bytes) -> bytes:
    return frame[:-2] + bytes((frame[-2] ^ 0x55,)) + frame[-1:]
