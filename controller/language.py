"""Chinese and English of what the controller writes to people: reports and notifications.

The English text is the key; ``texts/zh-CN.toml`` maps it. Never guesses: a text that the file
lacks is shown in English, and a test proves that none is.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final, Literal

Tag = Literal["zh-CN", "en"]
ENGLISH: Final = "en"
CHINESE: Final = "zh-CN"


def mark(message: str) -> str:
    """``message`` itself: marks a text of a table for the test that extracts them all."""
    return message


@dataclass(frozen=True, slots=True)
class Words:
    """One language and its texts."""

    tag: str
    messages: Mapping[str, str]

    def __call__(self, message: str, **facts: object) -> str:
        """``message`` in this language, with ``%(name)s`` filled in from ``facts``."""
        return self.text(message) % facts

    def text(self, message: str) -> str:
        """``message`` in this language as the file has it, nothing filled in."""
        return self.messages.get(message, message)


@cache
def words(tag: str) -> Words:
    """The language of that tag; one that is not spoken here is English."""
    if tag != CHINESE:
        return Words(ENGLISH, {})
    source = files("controller") / "texts" / f"{tag}.toml"
    return Words(tag, tomllib.loads(source.read_text(encoding="utf-8")))
