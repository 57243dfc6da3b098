"""DOOR.toml: one door written as in the site file; or the site file itself and a door's id.

Of a single door only the antennas matter for a replay; what else the site file demands of a door
may be left out.
"""

from pathlib import Path
from typing import Any

from pydantic import ValidationError

from controller.assemble import door_plan
from controller.config import Door, Site, SiteFileError, fault_lines, load_site, read_toml
from controller.domain.plans import DoorPlan

_NOT_NEEDED: dict[str, Any] = {
    "id": "door",
    "name": "door",
    "room": "room",
    "reader": {"kind": "llrp", "host": "localhost"},
}


def load_door(path: Path, door_id: str | None = None) -> DoorPlan:
    """The door in ``path``; ``door_id`` chooses among those of a site file.

    Raises:
        SiteFileError: unreadable, no such door, or not a door: says which key and what to do.
    """
    document = read_toml(path)
    if "doors" in document:
        site = load_site(path)
        return door_plan(site_door(site, path, door_id))
    fields = document.get("door", document)
    if not isinstance(fields, dict):
        raise SiteFileError(f"{path}: door: must be a table, as [door]")
    try:
        door = Door.model_validate(_NOT_NEEDED | fields)
    except ValidationError as error:
        raise SiteFileError(fault_lines(path, error)) from error
    if door_id not in (None, door.id):
        raise SiteFileError(f"{path}: holds the door {door.id!r}, not {door_id!r}")
    return door_plan(door)


def site_door(site: Site, path: Path, door_id: str | None) -> Door:
    """The door of that id, or the only one.

    Raises:
        SiteFileError: there is none, or more than one and none was named.
    """
    ids = ", ".join(door.id for door in site.doors) or "none"
    if door_id is None and len(site.doors) == 1:
        return site.doors[0]
    if door_id is None:
        raise SiteFileError(f"{path}: say which door with --id; the site has: {ids}")
    for door in site.doors:
        if door.id == door_id:
            return door
    raise SiteFileError(f"{path}: has no door {door_id!r}; it has: {ids}")
