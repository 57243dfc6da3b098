"""Chinese and English: the English text is the key, one file a language maps it.

Never guesses: a text that the file lacks is shown in English, and a test proves that none is.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

ENGLISH = "en"
CHINESE = "zh-CN"
LANGUAGES: Mapping[str, str] = {CHINESE: "中文", ENGLISH: "English"}
"""Every language of the screens, by its BCP 47 tag, named in itself."""


def mark(message: str) -> str:
    """``message`` itself: marks a text of a table for the test that extracts them all."""
    return message


@dataclass(frozen=True, slots=True)
class Language:
    """One language of the screens and its texts."""

    tag: str
    messages: Mapping[str, str]

    def __call__(self, message: str, **facts: object) -> str:
        """``message`` in this language, with ``%(name)s`` filled in from ``facts``."""
        return self.text(message) % facts

    def text(self, message: str) -> str:
        """``message`` in this language as the file has it, nothing filled in."""
        return self.messages.get(message, message)

    def plural(self, one: str, many: str, number: int) -> str:
        """The text for so many, nothing filled in: Chinese has one form for all."""
        return self.text(one if self.tag == ENGLISH and number == 1 else many)

    def count(self, one: str, many: str, number: int, **facts: object) -> str:
        """The text for so many, which it may name as ``%(num)s``."""
        return self.plural(one, many, number) % {"num": number, **facts}


@cache
def language(tag: str) -> Language:
    """The language of that tag; one that the screens do not speak is English."""
    if tag not in LANGUAGES or tag == ENGLISH:
        return Language(ENGLISH, {})
    source = files("api.screens") / "messages" / f"{tag}.toml"
    return Language(tag, tomllib.loads(source.read_text(encoding="utf-8")))


def choose(
    preference: str | None, cookie: str | None, accept_language: str | None, fallback: str
) -> Language:
    """The user's own choice, else the cookie's, else the browser's, else the site's."""
    for wish in (preference, cookie, *_accepted(accept_language or "")):
        tag = _known(wish)
        if tag is not None:
            return language(tag)
    return language(fallback)


def _accepted(header: str) -> list[str]:
    """The tags of an ``Accept-Language`` field, best first (RFC 9110 section 12.5.4)."""
    weighed: list[tuple[float, str]] = []
    for part in header.split(","):
        tag, _, parameter = part.strip().partition(";")
        try:
            weight = float(parameter.strip().removeprefix("q=") or 1)
        except ValueError:
            weight = 0.0
        if tag and weight > 0:
            weighed.append((weight, tag))
    return [tag for _, tag in sorted(weighed, key=lambda pair: -pair[0])]


def _known(wish: str | None) -> str | None:
    if wish is None:
        return None
    primary = wish.strip().lower().partition("-")[0]
    return next((tag for tag in LANGUAGES if tag.lower().partition("-")[0] == primary), None)
