"""Makes observations of what one connection to a reader brings."""

from collections.abc import Collection

from drivers.observations import Clock, InputChanged, TagRead, TagReport
from drivers.ports import Emit


class Reporter:
    """What came before the reader counts as back waits for that; then all is told in order."""

    def __init__(
        self, name: str, emit: Emit, clock: Clock, *, inverted_inputs: Collection[int]
    ) -> None:
        self._name = name
        self._emit = emit
        self._clock = clock
        self._inverted = inverted_inputs
        self._early: list[TagReport | InputChanged] | None = []
        self.late = True
        """Whether reads were held by the reader while nobody was connected."""

    def report(self, reads: tuple[TagRead, ...]) -> None:
        """Tell of ``reads``, which came in one message."""
        self._tell(TagReport(at=self._clock(), reader=self._name, reads=reads, late=self.late))

    def changed(self, port: int, high: bool) -> None:
        """Tell of an input."""
        active = high != (port in self._inverted)
        self._tell(InputChanged(at=self._clock(), device=self._name, input=port, active=active))

    def open(self) -> None:
        """The reader counts as back: hand over what has waited."""
        early, self._early = self._early or [], None
        for said in early:
            self._emit(said)

    def _tell(self, said: TagReport | InputChanged) -> None:
        if self._early is None:
            self._emit(said)
        else:
            self._early.append(said)
