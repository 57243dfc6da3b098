"""A font with Chinese for PDFs: the one the site file names, else one that the system has.

Outlines must be TrueType: a subset of them is embedded, so that the file prints anywhere.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

SYSTEM_FONTS: Final[Sequence[Path]] = tuple(
    Path("/usr/share/fonts/truetype") / name
    for name in (
        "wqy/wqy-microhei.ttc",
        "wqy/wqy-zenhei.ttc",
        "droid/DroidSansFallbackFull.ttf",
        "arphic/uming.ttc",
    )
)
"""As Debian's fonts-wqy-microhei, fonts-wqy-zenhei, fonts-droid-fallback and fonts-arphic-uming."""


class NoChineseFont(Exception):
    """No font can draw Chinese here: what to install or to name."""

    def __init__(self) -> None:
        super().__init__(
            "no font with Chinese was found: install fonts-wqy-microhei, or name a TrueType file"
            " as reports.font in the site file; XLSX and the English report need none"
        )


def chinese_font(named: Path | None, system: Sequence[Path] = SYSTEM_FONTS) -> Path | None:
    """The first of these fonts that is there; ``None`` without any."""
    return next((path for path in ([named] if named else system) if path.is_file()), None)
