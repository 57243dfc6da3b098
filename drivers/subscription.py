"""One connection to an MQTT broker that hands over what arrives on some topics.

paho's network loop runs in the caller's thread, inside :meth:`Subscription.receive`; a lost
connection is thrown away whole, and a new one is a new object.
"""

import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from types import TracebackType
from typing import Any, Literal, NamedTuple, Self

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage, error_string
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from drivers.errors import Declined, Unreachable
from drivers.link import Stopped

KEEPALIVE_S = 10
CONNECT_WITHIN_S = 0.9
"""paho blocks for so long while connecting, and a driver must stop within a second."""
ANSWER_WITHIN_S = 5.0
STOP_SEEN_WITHIN_S = 0.1
OVERHEAD = 1024
"""More than topic and properties of any message of a device."""

Protocol = Literal["5", "3.1.1"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Broker:
    """Where to subscribe, and as whom."""

    host: str
    port: int
    topics: tuple[str, ...]
    username: str | None
    password: str | None
    protocol: Protocol
    tls: ssl.SSLContext | None


class Message(NamedTuple):
    """What arrived; ``retained`` is of another time: the broker kept it for newcomers."""

    topic: str
    payload: bytes
    retained: bool


class Subscription:
    """Some topics of one broker; use it in a ``with`` and from one thread only."""

    def __init__(self, broker: Broker, *, largest: int) -> None:
        """``largest``: bytes of the largest message that is taken."""
        self._broker = broker
        self._largest = largest
        self._five = broker.protocol == "5"
        version = MQTTProtocolVersion.MQTTv5 if self._five else MQTTProtocolVersion.MQTTv311
        self._client = Client(
            CallbackAPIVersion.VERSION2,
            protocol=version,
            clean_session=None if self._five else True,
            reconnect_on_failure=False,
        )
        self._client.connect_timeout = CONNECT_WITHIN_S
        if broker.username is not None:
            self._client.username_pw_set(broker.username, broker.password)
        if broker.tls is not None:
            self._client.tls_set_context(broker.tls)
        self._client.on_connect = self._on_connect
        self._client.on_disconnect = self._on_disconnect
        self._client.on_subscribe = self._on_subscribe
        self._client.on_message = self._on_message
        self._refusal: str | None = None
        self._connected = False
        self._subscribed = False
        self._ended = ""
        self._received: list[Message] = []

    def open(self, stop: threading.Event) -> None:
        """Connect, and subscribe.

        Raises:
            Unreachable: no broker, or no answer.
            Declined: the broker will not have us, or not on this topic.
            Stopped: told to stop meanwhile.
        """
        broker = self._broker
        try:
            self._client.connect(
                broker.host, broker.port, KEEPALIVE_S, properties=self._connect_properties()
            )
        except (OSError, ValueError) as error:
            raise Unreachable(f"{broker.host}:{broker.port}: {error}") from error
        self._await(lambda: self._connected, "CONNECT", stop)
        self._client.subscribe([(topic, 1) for topic in broker.topics])
        self._await(lambda: self._subscribed, "SUBSCRIBE", stop)

    def receive(self, until: float, stop: threading.Event) -> list[Message]:
        """What has arrived; empty at monotonic time ``until``.

        Raises:
            Unreachable: the connection ended.
            Stopped: told to stop meanwhile.
        """
        while not self._received:
            left = until - monotonic()
            if left <= 0:
                return []
            self._move(min(left, STOP_SEEN_WITHIN_S), stop)
        received, self._received = self._received, []
        return received

    def _connect_properties(self) -> Properties | None:
        if not self._five:
            return None
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        properties.MaximumPacketSize = self._largest + OVERHEAD
        return properties

    def _await(self, done: Callable[[], bool], what: str, stop: threading.Event) -> None:
        end = monotonic() + ANSWER_WITHIN_S
        while not done():
            if monotonic() > end:
                raise Unreachable(f"the broker does not answer {what}")
            self._move(0.05, stop)

    def _move(self, within_s: float, stop: threading.Event) -> None:
        """Let the network move."""
        if stop.is_set():
            raise Stopped
        result = self._client.loop(within_s)
        if self._refusal is not None:
            raise Declined(self._refusal)
        gone = self._ended or result != MQTTErrorCode.MQTT_ERR_SUCCESS
        if gone and not self._received:  # what came before the end is still handed over
            raise Unreachable(f"the broker is gone: {self._ended or error_string(result)}")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Say goodbye, close the socket, and let go of paho, whose callbacks hold us."""
        client = self._client
        client.disconnect()
        wire = client.socket()
        if wire is not None:
            wire.close()
        client.on_connect = client.on_disconnect = client.on_subscribe = client.on_message = None

    # Called by paho inside `_move`, with its locks held: these only write down what came.

    def _on_connect(
        self, client: Client, data: Any, flags: ConnectFlags, reason: ReasonCode,
        properties: Properties | None,
    ) -> None:  # fmt: skip
        if reason.is_failure:
            self._refusal = f"the broker refuses us: {reason}"
        else:
            self._connected = True

    def _on_disconnect(
        self, client: Client, data: Any, flags: DisconnectFlags, reason: ReasonCode,
        properties: Properties | None,
    ) -> None:  # fmt: skip
        self._ended = str(reason)

    def _on_subscribe(
        self, client: Client, data: Any, packet: int, reasons: list[ReasonCode],
        properties: Properties | None,
    ) -> None:  # fmt: skip
        refused = [reason for reason in reasons if reason.is_failure]
        if refused:
            self._refusal = f"the broker refuses {', '.join(self._broker.topics)}: {refused[0]}"
        else:
            self._subscribed = True

    def _on_message(self, client: Client, data: Any, message: MQTTMessage) -> None:
        self._received.append(Message(message.topic, bytes(message.payload), message.retain))
