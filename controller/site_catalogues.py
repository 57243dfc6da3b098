"""Catalogues of other systems, as the site file names them, and what is believed of them."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from controller.site_parts import Id, Part


class KeyFields(Part):
    """Personal numbers are kept as digests keyed with a secret of the site, or not at all."""

    secret_file: Path | None = None
    """At least 32 characters, the same for ever: other digests would match nothing."""


class GuardSettings(Part):
    """A run that would make more vanish or change is held for a person."""

    share: Annotated[float, Field(ge=0, le=1)] = 0.1
    """Of what the source had."""
    free: Annotated[int, Field(ge=0)] = 100
    """Holdings that may always vanish or change at once."""


class ArchivesSpaceLink(Part):
    """The top containers of one ArchivesSpace repository, over its REST API."""

    kind: Literal["archivesspace"]
    url: Annotated[str, Field(pattern=r"^https?://")]
    repository: Annotated[int, Field(ge=1)] = 2
    username: str
    password_file: Path | None = None


class Catalogue(Part):
    """One catalogue that is harvested."""

    id: Id
    link: ArchivesSpaceLink
    guard: GuardSettings = GuardSettings()
