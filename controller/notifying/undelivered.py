"""The two ways in which a message is not delivered."""

from datetime import timedelta


class NotNow(Exception):
    """It may be taken later: the other side is away, busy, or set up wrongly."""

    def __init__(self, why: str, *, after: timedelta | None = None) -> None:
        super().__init__(why)
        self.after = after
        """When the other side wants to be asked again, if it said so."""


class Never(Exception):
    """The other side refuses this very message; no further try helps."""
