"""A consumer that must lose nothing, as somebody else might write one: it shares no code with us.

MQTT 5, a session that outlives connections, every message acknowledged by hand and only after it
is committed in a SQLite file of its own. Each event is taken once by (epoch, seq). How far the
numbers are without a gap is its watermark; it publishes that after each commit, and again on each
connection, because a broker may have forgotten it.

    python -m tests.end_to_end.crash.consumer DATABASE PORT SITE NAME
"""

import json
import queue
import sqlite3
import sys
from typing import Any, NamedTuple

from paho.mqtt.client import Client, ConnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

BATCH = 256
GATHER_S = 0.005
TABLES = """
CREATE TABLE IF NOT EXISTS event (
    epoch TEXT NOT NULL, seq INTEGER NOT NULL, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL,
    data TEXT NOT NULL, PRIMARY KEY (epoch, seq)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS watermark (epoch TEXT PRIMARY KEY, seq INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS counted (what TEXT PRIMARY KEY, n INTEGER NOT NULL);
"""


class Delivery(NamedTuple):
    """One message, and the connection it came on: packet numbers mean nothing on another."""

    connection: int
    message: MQTTMessage


class Consumer:
    """Takes events until killed."""

    def __init__(self, database: str, port: int, site: str, name: str) -> None:
        self._port = port
        self._site = site
        self._name = name
        self._connection = 0
        self._deliveries: queue.Queue[Delivery] = queue.Queue()
        self._store = sqlite3.connect(database, isolation_level=None)
        self._store.execute("PRAGMA journal_mode=WAL")
        self._store.execute("PRAGMA synchronous=FULL")
        self._store.executescript(TABLES)
        self._client = Client(
            CallbackAPIVersion.VERSION2,
            f"{site}-{name}",
            protocol=MQTTProtocolVersion.MQTTv5,
            manual_ack=True,
        )
        self._client.reconnect_delay_set(0.1, 0.5)  # type: ignore[arg-type]
        self._client.on_connect = self._connected
        self._client.on_message = self._arrived
        self._watermarks = dict(self._store.execute("SELECT epoch, seq FROM watermark"))

    def run(self) -> None:
        """For ever."""
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        properties.SessionExpiryInterval = 7 * 86_400
        properties.ReceiveMaximum = 1000
        self._client.connect_async(
            "127.0.0.1", self._port, 10, clean_start=False, properties=properties
        )
        self._client.loop_start()
        while True:
            self._take(self._gather())

    def _connected(
        self, client: Client, _data: object, _flags: ConnectFlags, reason: ReasonCode, _p: object
    ) -> None:
        if reason.is_failure:
            return
        self._connection += 1
        client.subscribe(f"repo/v1/{self._site}/events/#", 1)
        self._tell()

    def _arrived(self, _client: Client, _data: object, message: MQTTMessage) -> None:
        self._deliveries.put(Delivery(self._connection, message))

    def _gather(self) -> list[Delivery]:
        gathered = [self._deliveries.get()]
        while len(gathered) < BATCH:
            try:
                gathered.append(self._deliveries.get(timeout=GATHER_S))
            except queue.Empty:
                break
        return gathered

    def _take(self, deliveries: list[Delivery]) -> None:
        events = [json.loads(delivery.message.payload) for delivery in deliveries]
        self._store.execute("BEGIN IMMEDIATE")
        self._store.executemany(
            "INSERT INTO event VALUES (?, ?, ?, ?, ?) ON CONFLICT (epoch, seq) DO NOTHING",
            [(e["epoch"], e["seq"], e["id"], e["type"], json.dumps(e["data"])) for e in events],
        )
        self._store.execute(
            "INSERT INTO counted VALUES ('received', ?) "
            "ON CONFLICT (what) DO UPDATE SET n = n + excluded.n",
            (len(events),),
        )
        advanced = {epoch: self._contiguous(epoch) for epoch in {e["epoch"] for e in events}}
        self._store.executemany(
            "INSERT INTO watermark VALUES (?, ?) "
            "ON CONFLICT (epoch) DO UPDATE SET seq = excluded.seq",
            list(advanced.items()),
        )
        self._store.execute("COMMIT")
        self._watermarks.update(advanced)
        for delivery in deliveries:
            if delivery.connection == self._connection:
                self._client.ack(delivery.message.mid, delivery.message.qos)
        self._tell()

    def _contiguous(self, epoch: str) -> int:
        reached: int = self._watermarks.get(epoch, 0)
        rows = self._store.execute(
            "SELECT seq FROM event WHERE epoch = ? AND seq > ? ORDER BY seq", (epoch, reached)
        )
        for (seq,) in rows:
            if seq != reached + 1:
                break
            reached = seq
        return reached

    def _tell(self) -> None:
        if not self._client.is_connected():
            return
        for epoch, seq in dict(self._watermarks).items():
            told: dict[str, Any] = {"epoch": epoch, "seq": seq}
            topic = f"repo/v1/{self._site}/ack/{self._name}"
            self._client.publish(topic, json.dumps(told), qos=1, retain=True)


if __name__ == "__main__":
    Consumer(sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4]).run()
