"""JSON reader profiles: whose JSON it is and what silence means, from ``firmware-config``."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from drivers.json_reader.wire.dialects import DIALECTS, Format
from drivers.profiles.tables import ProfileError, Table

LEAST_SILENCE_S, MOST_SILENCE_S = 0.1, 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonReaderProfile:
    """How to understand one model of reader."""

    format: Format
    stream_silence_s: float | None = None
    """So long without a byte on HTTP or TCP, and the reader counts as lost; ``None``: never."""
    topic_silence_s: float | None = None
    """The same of messages on its MQTT topic; ``None``: only the broker's word counts."""
    inverted_outputs: frozenset[int] = frozenset()
    """Outputs whose lamp is lit while they are low."""


def load_json_reader_profile(path: Path) -> JsonReaderProfile:
    """The profile in the file at ``path``.

    Raises:
        ProfileError: unreadable, not TOML, or a key that is unknown or makes no sense.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ProfileError(f"{path}: cannot be read: {error.strerror}") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ProfileError(f"{path}: not TOML: {error}") from error
    root = Table(path, "", document)
    silence = root.table("silence") or Table(path, "silence", {})
    outputs = root.table("outputs") or Table(path, "outputs", {})
    profile = JsonReaderProfile(
        format=root.choice("format", tuple(DIALECTS), cast(Format, "")),
        stream_silence_s=_maybe_seconds(silence, "stream_s"),
        topic_silence_s=_maybe_seconds(silence, "topic_s"),
        inverted_outputs=frozenset(outputs.integers("inverted")),
    )
    for table in (silence, outputs, root):
        table.close()
    return profile


def _maybe_seconds(table: Table, key: str) -> float | None:
    if key not in table.names():
        return None
    return table.number(key, LEAST_SILENCE_S, MOST_SILENCE_S)
