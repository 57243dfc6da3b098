"""A unit that does not answer is asked ever more rarely, so that it does not stall its neighbours.

Pure: the time is told. After ``FAILURES`` time-outs in a row its polls are skipped for 2, 4, 8 …
60 s, each time with one probe. Nothing else is: a stop goes out whatever was lost.
"""

FAILURES = 3
FIRST_S = 2.0
LONGEST_S = 60.0


class Breaker:
    """What is known of one unit's readiness to answer."""

    def __init__(self) -> None:
        self._failures = 0
        self._closed_at_s = 0.0

    def skips(self, now_s: float) -> bool:
        """Whether it should not be asked now; when it may, that one question is the probe."""
        return now_s < self._closed_at_s

    def answered(self) -> None:
        """It said something, were it "no"."""
        self._failures = 0
        self._closed_at_s = 0.0

    def timed_out(self, now_s: float) -> None:
        """It said nothing."""
        self._failures += 1
        if self._failures >= FAILURES:
            pause_s = min(FIRST_S * 2.0 ** min(self._failures - FAILURES, 10), LONGEST_S)
            self._closed_at_s = now_s + pause_s
