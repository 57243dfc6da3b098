"""The kinds of readers a door may have, as the site file names them.

A profile is a file of reader settings, relative to ``firmware-config`` or to the site file.
"""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from controller.site_parts import Part, Port, Seconds

LLRP_PORT, LLRP_TLS_PORT = 5084, 5085


class LlrpReader(Part):
    """A UHF portal reader speaking LLRP over TCP or TLS."""

    kind: Literal["llrp"]
    host: str
    port: Port | None = None
    """Absent: 5084, with TLS 5085."""
    listen: Annotated[str, Field(pattern=r"^[^:\s]+:\d{1,5}$")] | None = None
    """``address:port`` where readers connect to us; ``host`` is then where this one calls from.

    Readers that name the same address share it.
    """
    tls: bool = False
    ca_file: Path | None = None
    """The authority that signed the reader's certificate, or that itself; absent: the system's."""
    profile: str = "readers/generic-llrp.toml"
    keepalive_s: Seconds = 10.0
    allow_kill: bool = False
    """Whether tags may be silenced for ever."""

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if self.listen is not None and (self.tls or self.port is not None):
            raise ValueError("a reader that connects to us has neither a port of its own nor TLS")
        if self.ca_file is not None and not self.tls:
            raise ValueError("ca_file means nothing without tls = true")
        return self

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


class HttpReader(ReaderAccess):
    """An Impinj R700 that is read as an endless HTTP stream."""

    kind: Literal["impinj-http"]
    url: Annotated[str, Field(pattern=r"^https?://")]
    profile: str | None = None


class TcpReader(Part):
    """A Zebra reader whose IoT Connector serves its reads on a TCP socket."""

    kind: Literal["zebra-tcp"]
    host: str
    port: Port
    profile: str | None = None


JsonReader = MqttReader | HttpReader | TcpReader
Reader = Annotated[LlrpReader | SerialReader | JsonReader, Field(discriminator="kind")]

JSON_PROFILES = {"impinj": "readers/impinj-r700.toml", "zebra": "readers/zebra-iotc.toml"}


DeskReader = Annotated[LlrpReader | SerialReader, Field(discriminator="kind")]
"""Those that can be told to do something to one tag."""


def json_dialect(reader: JsonReader) -> str:
    """Whose JSON the reader speaks: the first word of its kind."""
    return reader.kind.partition("-")[0]


def reader_secret(door: str) -> str:
    """The systemd credential that holds the password of that door's reader."""
    return f"{door}-reader-password"


def profile_name(reader: LlrpReader | SerialReader | JsonReader) -> str:
    """The profile that is named, or the one of its kind."""
    if isinstance(reader, LlrpReader | SerialReader):
        return reader.profile
    return reader.profile or JSON_PROFILES[json_dialect(reader)]
