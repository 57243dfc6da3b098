"""One connection to an MQTT broker, thrown away when it is lost.

paho's network loop runs in the caller's thread, inside :meth:`BrokerLink.wait`, so there is one
thread, no lock and no queue of paho's own: whatever it has in memory when the connection dies is
forgotten with it, and the outbox tells what to send again. Packet numbers belong to one
connection; a new one is a new object, so no late acknowledgement can count for another message.
"""

import socket
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from time import monotonic
from types import TracebackType
from typing import Any, Self

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage, error_string
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from controller.config import Mqtt

KEEPALIVE_S = 15
CONNECT_TIMEOUT_S = 2.0
CONNACK_TIMEOUT_S = 5.0
FAREWELL_TIMEOUT_S = 0.5
LARGEST_PACKET = 262_144
"""Bytes. MQTT 3.1.1 has no answer for a message the broker finds too large, so none is sent."""
PACKET_OVERHEAD = 128
"""More than header and properties of any message of ours."""
RECEIVE_MAXIMUM = 65_535
"""What a broker allows unacknowledged when it does not say (MQTT 5.0, 3.2.2.3.3)."""
REFUSED = 0x80
"""Reason codes from here on are failures (MQTT 5.0, 2.4)."""
POISONOUS = frozenset({0x90, 0x95, 0x99})
"""Topic name invalid, packet too large, payload format invalid: no retry helps."""
_COMPLAINTS = POISONOUS | {0x81, 0x82}
"""With malformed packet and protocol error: how a connection ends over what was sent on it.

Mosquitto 2.0 answers a payload beyond its ``message_size_limit`` with a PUBACK that MQTT 5.0 does
not allow (0x95, see 3.4.2.1), which paho takes for a protocol error of the broker's.
"""


class BrokerLost(Exception):
    """The broker cannot be reached, will not have us, or has gone. Wait and connect again."""

    def __init__(self, why: str, *, complaint: bool = False) -> None:
        super().__init__(why)
        self.complaint = complaint
        """Whether it ended over something we sent, as far as can be told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """One message as the broker gets it."""

    topic: str
    payload: bytes
    retain: bool
    expiry_s: int | None
    content_type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledgement:
    """The broker's answer to one packet of this connection."""

    packet: int
    code: int
    text: str

    @property
    def refused(self) -> bool:
        """Whether the broker did not take the message."""
        return self.code >= REFUSED


class _TlsSocket(ssl.SSLSocket):
    """Closes itself when the handshake fails: paho has forgotten it by then."""

    def do_handshake(self, block: bool = False) -> None:
        try:
            super().do_handshake(block)
        except OSError:
            self.close()
            raise


class BrokerLink:
    """One connection, from CONNECT to its end; use it in a ``with`` and from one thread only."""

    def __init__(self, mqtt: Mqtt, *, client_id: str, password: str | None, will: Parcel) -> None:
        self._mqtt = mqtt
        self._five = mqtt.protocol == "5"
        version = MQTTProtocolVersion.MQTTv5 if self._five else MQTTProtocolVersion.MQTTv311
        self._client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=client_id,
            protocol=version,
            clean_session=None if self._five else True,
            reconnect_on_failure=False,
        )
        self._prepare(password, will)
        self._refusal: str | None = None
        self._connected = False
        self._ended = ""
        self._complaint = False
        self._acknowledged: list[Acknowledgement] = []
        self._received: list[tuple[str, bytes]] = []
        self.window = RECEIVE_MAXIMUM
        """How many messages the broker allows unacknowledged."""
        self._largest = LARGEST_PACKET

    def _prepare(self, password: str | None, will: Parcel) -> None:
        client = self._client
        client.connect_timeout = CONNECT_TIMEOUT_S
        client.max_inflight_messages = RECEIVE_MAXIMUM
        client.will_set(will.topic, will.payload, qos=1, retain=will.retain)
        if self._mqtt.username is not None:
            client.username_pw_set(self._mqtt.username, password)
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_publish = self._on_publish
        client.on_message = self._on_message

    def open(self, stop: threading.Event) -> None:
        """Connect and wait for the broker's word.

        Raises:
            BrokerLost: unreachable, refused, or stopped meanwhile; the text says which.
        """
        try:
            self._secure()
            self._client.connect(self._mqtt.host, self._mqtt.port, KEEPALIVE_S)
        except (OSError, ValueError) as error:
            raise BrokerLost(f"{self._mqtt.host}:{self._mqtt.port}: {error}") from error
        wire = self._client.socket()
        if isinstance(wire, socket.socket):
            wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._await(lambda: self._connected, CONNACK_TIMEOUT_S, stop)
        if not self._connected:
            raise BrokerLost(self._refusal or "no answer to CONNECT")

    def _secure(self) -> None:
        if self._mqtt.ca_file is None:
            return
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # verifies certificate and host name
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.sslsocket_class = _TlsSocket
        context.load_verify_locations(self._mqtt.ca_file)
        if self._mqtt.client_cert_file is not None:
            context.load_cert_chain(self._mqtt.client_cert_file, self._mqtt.client_key_file)
        self._client.tls_set_context(context)

    def subscribe(self, topic: str) -> None:
        """Ask for messages on ``topic``, at least once each."""
        self._client.subscribe(topic, qos=1)

    def fits(self, parcel: Parcel) -> bool:
        """Whether this broker takes a message of that size."""
        size = len(parcel.topic.encode()) + len(parcel.payload) + PACKET_OVERHEAD
        return size <= self._largest

    def publish(self, parcel: Parcel) -> int:
        """Send with QoS 1; returns the packet number its acknowledgement will carry.

        Raises:
            BrokerLost: the connection is gone; the message was not kept anywhere.
        """
        self._check()
        properties = _properties(parcel.expiry_s, parcel.content_type) if self._five else None
        sent = self._client.publish(
            parcel.topic, parcel.payload, qos=1, retain=parcel.retain, properties=properties
        )
        self._check(sent.rc)
        return sent.mid

    def wait(self, timeout_s: float) -> None:
        """Let the network move for at most so long; returns early when something arrived.

        Raises:
            BrokerLost: the connection ended.
        """
        self._check(self._client.loop(timeout_s))

    def acknowledged(self) -> list[Acknowledgement]:
        """The broker's answers since the last call."""
        taken, self._acknowledged = self._acknowledged, []
        return taken

    def received(self) -> list[tuple[str, bytes]]:
        """Topics and payloads since the last call."""
        taken, self._received = self._received, []
        return taken

    def farewell(self, parcel: Parcel) -> None:
        """Say a last thing, and go without leaving the last will behind."""
        last = self.publish(parcel)
        answered = threading.Event()
        self._await(
            lambda: any(answer.packet == last for answer in self._acknowledged),
            FAREWELL_TIMEOUT_S,
            answered,
        )
        self._client.disconnect()

    def _await(self, done: Callable[[], bool], within_s: float, stop: threading.Event) -> None:
        end = monotonic() + within_s
        while not done() and self._refusal is None and monotonic() < end and not stop.is_set():
            self._check(self._client.loop(0.05))

    def _check(self, result: MQTTErrorCode = MQTTErrorCode.MQTT_ERR_SUCCESS) -> None:
        if self._ended or result != MQTTErrorCode.MQTT_ERR_SUCCESS:
            why = self._refusal or self._ended or error_string(result)
            raise BrokerLost(why, complaint=self._complaint)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the socket and let go of paho, whose callbacks hold us."""
        client = self._client
        wire = client.socket()
        if wire is not None:
            wire.close()
        client.on_connect = client.on_disconnect = client.on_publish = client.on_message = None

    # Called by paho inside `wait`, with its locks held: these only write down what came.

    def _on_connect(
        self, client: Client, data: Any, flags: ConnectFlags, reason: ReasonCode,
        properties: Properties | None,
    ) -> None:  # fmt: skip
        if reason.is_failure:
            self._refusal = f"the broker refuses us: {reason}"
            return
        self.window = getattr(properties, "ReceiveMaximum", RECEIVE_MAXIMUM)
        self._largest = min(
            LARGEST_PACKET, getattr(properties, "MaximumPacketSize", LARGEST_PACKET)
        )
        self._connected = True

    def _on_disconnect(
        self, client: Client, data: Any, flags: DisconnectFlags, reason: ReasonCode,
        properties: Properties | None,
    ) -> None:  # fmt: skip
        self._ended = f"the connection ended: {reason}"
        self._complaint = reason.value in _COMPLAINTS

    def _on_publish(
        self, client: Client, data: Any, packet: int, reason: ReasonCode,
        properties: Properties | None,
    ) -> None:  # fmt: skip
        answer = Acknowledgement(packet=packet, code=reason.value, text=str(reason))
        self._acknowledged.append(answer)

    def _on_message(self, client: Client, data: Any, message: MQTTMessage) -> None:
        self._received.append((message.topic, bytes(message.payload)))


@cache
def _properties(expiry_s: int | None, content_type: str) -> Properties:
    """PUBLISH properties (MQTT 5.0, 3.3.2.3); there are only a handful of different ones."""
    properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
    properties.ContentType = content_type
    if expiry_s is not None:
        properties.MessageExpiryInterval = expiry_s
    return properties
