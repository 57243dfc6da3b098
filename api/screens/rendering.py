"""From facts to HTML: one Jinja environment a language, everything escaped, the site's own time.

Renders; reads no store and decides nothing.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from importlib.resources import files
from typing import Final
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined

from api.screens.language import LANGUAGES, Language, language, mark

STATIC: Final = files("api.screens") / "static"

_AGES: Final = (
    (86400, mark("%(num)s day ago"), mark("%(num)s days ago")),
    (3600, mark("%(num)s hour ago"), mark("%(num)s hours ago")),
    (60, mark("%(num)s minute ago"), mark("%(num)s minutes ago")),
    (1, mark("%(num)s second ago"), mark("%(num)s seconds ago")),
)


@dataclass(frozen=True, slots=True)
class Renderer:
    """Renders templates in every language of the screens."""

    zone: ZoneInfo
    environments: Mapping[str, Environment]

    @classmethod
    def of(cls, timezone: str) -> "Renderer":
        """For a site in that time zone."""
        zone = ZoneInfo(timezone)
        urls = static_urls()
        return cls(zone, {tag: _environment(language(tag), zone, urls) for tag in LANGUAGES})

    def render(self, tag: str, template: str, facts: Mapping[str, object]) -> str:
        """The page of that template in that language."""
        return self.environments[tag].get_template(template).render(facts)

    def stamp(self, at: datetime) -> str:
        """``2026-11-22 14:03:20`` on the site's clocks."""
        return stamp(at, self.zone)


def stamp(at: datetime, zone: ZoneInfo) -> str:
    """``2026-11-22 14:03:20`` in ``zone``, the same in every language."""
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M:%S}"


def iso(at: datetime) -> str:
    """For machines: ISO 8601 in UTC with ``Z``."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def ago(at: datetime, now: datetime, *, t: Language) -> str:
    """``12 seconds ago``; a time that has not come yet is no second ago."""
    seconds = max(0, int((now - at).total_seconds()))
    length, one, many = next((age for age in _AGES if seconds >= age[0]), _AGES[-1])
    return t.count(one, many, seconds // length)


def static_urls() -> Mapping[str, str]:
    """Every static file's address; it changes with the content, so browsers may keep the file."""
    return {
        each.name: f"/static/{each.name}?v={hashlib.sha256(each.read_bytes()).hexdigest()[:12]}"
        for each in STATIC.iterdir()
    }


def environment() -> Environment:
    """The templates without a language: what the test of the messages extracts from."""
    return Environment(
        loader=PackageLoader("api.screens"),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _environment(t: Language, zone: ZoneInfo, urls: Mapping[str, str]) -> Environment:
    made = environment()
    # Jinja fills the variables in itself, so that it can escape them.
    made.install_gettext_callables(t.text, t.plural, newstyle=True)  # type: ignore[attr-defined]
    made.globals["static"] = urls.__getitem__
    made.filters["stamp"] = partial(stamp, zone=zone)
    made.filters["iso"] = iso
    made.filters["ago"] = partial(ago, t=t)
    return made
