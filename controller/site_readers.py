"""The kinds of readers a door may have, as the site file names them.

A profile is a file of reader settings, relative to ``firmware-config`` or to the site file.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from controller.site_parts import Part, Port, Seconds

LLRP_PORT, LLRP_TLS_PORT = 5084, 5085
LISTENS_AT = r"^(\[[0-9A-Fa-f:.]+\]|[^:\s\[\]]+):\d{1,5}$"


class LlrpReader(Part):
    """A UHF portal reader speaking LLRP over TCP or TLS."""

    kind: Literal["llrp"]
    host: str = ""
    port: Port | None = None
    """Absent: 5084, with TLS 5085."""
    listen: Annotated[str, Field(pattern=LISTENS_AT)] | None = None
    """``address:port`` (``[address]:port`` for IPv6) where readers connect to us.

    Readers that name the same address share it; ``host`` is where this one calls from.
    """
    reader_id: Annotated[str, Field(pattern=r"^[0-9A-Fa-f]{2}([:-]?[0-9A-Fa-f]{2})*$")] | None = (
        None
    )
    """What a reader that connects to us gives as its id (its MAC address or an EPC), in
    hexadecimal: tells it from others in place of ``host``, wherever it calls from."""
    tls: bool = False
    ca_file: Path | None = None
    """The authority that signed the reader's certificate, or that itself; absent: the system's.

    A reader that connects to us needs a certificate only where this is given.
    """
    cert_file: Path | None = None
    """Our own certificate, for readers that connect to us."""
    key_file: Path | None = None
    """Of ``cert_file``."""
    profile: str = "readers/generic-llrp.toml"
    keepalive_s: Seconds = 10.0
    allow_kill: bool = False
    """Whether tags may be silenced for ever."""

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if self.listen is not None and self.port is not None:
            raise ValueError("a reader that connects to us has no port of its own")
        if bool(self.host) == bool(self.reader_id):
            raise ValueError("give either host or reader_id: by one of them the reader is known")
        if self.reader_id and self.listen is None:
            raise ValueError("reader_id is for readers that connect to us, at listen")
        return self

    @model_validator(mode="after")
    def _secured(self) -> Self:
        ours = (self.cert_file, self.key_file)
        calls_securely = self.tls and self.listen is not None
        if ours.count(None) != (0 if calls_securely else 2):
            raise ValueError("cert_file and key_file go with listen and tls = true, and only there")
        if self.ca_file is not None and not self.tls:
            raise ValueError("ca_file means nothing without tls = true")
        return self

    @property
    def known_by(self) -> str:
        """Its address, or its id as readers give it."""
        return self.host or f"id {self.said_id}"

    @property
    def said_id(self) -> str:
        """Its id in upper-case hexadecimal; empty where it is known by its address."""
        return (self.reader_id or "").replace(":", "").replace("-", "").upper()

    @property
    def tcp_port(self) -> int:
        """Where the reader listens."""
        return self.port or (LLRP_TLS_PORT if self.tls else LLRP_PORT)


class SerialReader(Part):
    """A UHF reader on a serial line or a serial server; its family stands in its profile."""

    kind: Literal["serial"]
    url: str
    """``/dev/…``, ``socket://host:port`` or ``rfc2217://host:port``."""
    profile: str
    allow_kill: bool = False
    """Whether tags may be silenced for ever."""


class ReaderAccess(Part):
    """Who reads, where a reader or its broker asks for that."""

    username: str | None = None
    password_file: Path | None = None
    ca_file: Path | None = None
    """The authority that signed the certificate of the reader or of its broker."""


class ReaderControl(ReaderAccess):
    """The REST interface of a JSON reader, over which its outputs are switched."""

    url: Annotated[str, Field(pattern=r"^https?://")]
    """Of the reader itself, e.g. ``https://10.0.0.7``."""


class MqttReader(ReaderAccess):
    """A reader that publishes its reads as JSON, on a topic of its own."""

    kind: Literal["impinj-mqtt", "zebra-mqtt"]
    host: str
    """Of the broker."""
    port: Port = 1883
    """Of the broker; with ``ca_file`` it must speak TLS there."""
    topic: str
    protocol: Literal["5", "3.1.1"] = "5"
    profile: str | None = None
    control: ReaderControl | None = None
    """Absent: its outputs cannot be switched."""


class HttpReader(ReaderAccess):
    """An Impinj R700 that is read as an endless HTTP stream."""

    kind: Literal["impinj-http"]
    url: Annotated[str, Field(pattern=r"^https?://")]
    profile: str | None = None
    control: ReaderControl | None = None
    """Absent: outputs are switched where the stream comes from."""


class TcpReader(Part):
    """A Zebra reader whose IoT Connector serves its reads on a TCP socket."""

    kind: Literal["zebra-tcp"]
    host: str
    port: Port
    profile: str | None = None
    control: ReaderControl | None = None
    """Absent: its outputs cannot be switched."""


JsonReader = MqttReader | HttpReader | TcpReader
Reader = Annotated[LlrpReader | SerialReader | JsonReader, Field(discriminator="kind")]


def check_callers(readers: Iterable[LlrpReader | SerialReader | JsonReader]) -> None:
    """Those that connect to us at one address must be told apart, and secured alike.

    Raises:
        ValueError: they are not.
    """
    known: set[tuple[str, str]] = set()
    secured: dict[str, tuple[object, ...]] = {}
    for reader in readers:
        if not isinstance(reader, LlrpReader) or reader.listen is None:
            continue
        if (reader.listen, reader.known_by) in known:
            raise ValueError(f"two readers that connect to us are known by {reader.known_by}")
        known.add((reader.listen, reader.known_by))
        how = (reader.tls, reader.ca_file, reader.cert_file, reader.key_file)
        if secured.setdefault(reader.listen, how) != how:
            raise ValueError(f"readers that connect to us at {reader.listen} differ in their TLS")


JSON_PROFILES = {"impinj": "readers/impinj-r700.toml", "zebra": "readers/zebra-iotc.toml"}


DeskReader = Annotated[LlrpReader | SerialReader, Field(discriminator="kind")]
"""Those that can be told to do something to one tag."""


def json_dialect(reader: JsonReader) -> str:
    """Whose JSON the reader speaks: the first word of its kind."""
    return reader.kind.partition("-")[0]


def reader_secret(door: str) -> str:
    """The systemd credential that holds the password of that door's reader."""
    return f"{door}-reader-password"


def control_secret(door: str) -> str:
    """The systemd credential that holds the password of that reader's REST interface."""
    return f"{door}-control-password"


def profile_name(reader: LlrpReader | SerialReader | JsonReader) -> str:
    """The profile that is named, or the one of its kind."""
    if isinstance(reader, LlrpReader | SerialReader):
        return reader.profile
    return reader.profile or JSON_PROFILES[json_dialect(reader)]
