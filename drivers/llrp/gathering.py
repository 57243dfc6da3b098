"""How long a reader's bytes may gather before they are looked at: longer the busier it is.

A reader that sends one tag a message costs a wake a read, which is more than decoding it costs.
Read together, a hundred reads cost little more than one; but whoever waits for an alarm waits for
the bytes, too.
"""

LONGEST_S = 0.025
"""What the quickest alarm can spare."""
STEP_S = 0.001
BUSY_READS_PER_S = 200
"""From here on gathering saves more than it costs."""


class Gathering:
    """The pauses of one connection. Times are monotonic seconds."""

    def __init__(self, now: float) -> None:
        self._looked_at = now
        self._pause_s = 0.0

    def pause_s(self, reads: int, now: float) -> float:
        """How long to wait, when just now so many ``reads`` were there.

        The first read after a quiet time, and each of a slow stream, is waited for by nobody;
        each busy look makes the pause a little longer, each other one halves it.
        """
        busy = reads > BUSY_READS_PER_S * (now - self._looked_at)
        self._looked_at = now
        longer, shorter = self._pause_s + STEP_S, self._pause_s / 2
        self._pause_s = min(LONGEST_S, longer) if busy else shorter if shorter >= STEP_S else 0.0
        return self._pause_s
