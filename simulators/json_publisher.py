"""A reader that is not there, of either make, publishing its JSON to a broker that is."""

from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from simulators.json_events import Make, Seen
from simulators.json_reader import KEEPALIVE_S, LOOKS_EVERY_S, START, SimulatedJsonReader

PUBLISH_WITHIN_S = 5.0


class SimulatedPublisher(SimulatedJsonReader):
    """Publishes an event a message; what is merged is an array."""

    def __init__(
        self,
        make: Make,
        *,
        port: int,
        topic: str,
        clock_start: datetime = START,
        sign_of_life_s: float = KEEPALIVE_S,
    ) -> None:
        super().__init__(make, clock_start=clock_start, sign_of_life_s=sign_of_life_s)
        self._broker = ("127.0.0.1", port)
        self._topic = topic
        self._client: Client | None = None

    def leave_behind(self, reads: Iterable[tuple[int, str, float]]) -> None:
        """Have the broker keep reads for whoever subscribes later."""
        with self._lock:
            for read in reads:
                self._publish(self._events.tag(Seen(*read)), retain=True)

    def vanish(self) -> None:
        """Be switched off: the broker stays."""
        with self._lock:
            if self._client is not None:
                self._client.disconnect()
                self._client.loop_stop()
                self._client = None

    def come_back(self) -> None:
        """Be switched on, and find the broker."""
        with self._lock:
            self._silent = False
            self._client = Client(CallbackAPIVersion.VERSION2)
            self._client.connect(*self._broker)
            self._client.loop_start()

    def _attend(self) -> None:
        self._closing.wait(LOOKS_EVERY_S)

    def _say(self, texts: list[bytes]) -> None:
        if not self._silent:
            self._publish(texts[0] if len(texts) == 1 else b"[" + b",".join(texts) + b"]")

    def _sign_of_life(self) -> None:
        self._say([self._events.other()])

    def _publish(self, payload: bytes, *, retain: bool = False) -> None:
        if self._client is None:
            return
        with suppress(RuntimeError, ValueError):  # the broker is gone
            sent = self._client.publish(self._topic, payload, qos=1, retain=retain)
            sent.wait_for_publish(PUBLISH_WITHIN_S)
