"""Whether a thing was seen where it belongs: the catalogue's place against an observed spot."""

from controller.domain.places import Places


def at_home(places: Places, home: str, spot: str, *, antenna: bool) -> bool:
    """Whether ``spot`` lies at ``home`` as far as both say.

    An ``antenna`` says ``rack/bay/level``; a person with a handheld says a place as the
    catalogue writes it.
    """
    if not home or not spot:
        return False
    if home == spot:
        return True
    place = places.read(home)
    if place is None:
        return False
    if not antenna:
        said = places.read(spot)
        return said is not None and f"{place.code}/".startswith(f"{said.code}/")
    heard = dict(zip(("rack", "bay", "level"), spot.split("/"), strict=False))
    known = {"rack": place.rack, "bay": place.bay, "level": place.level}
    return all(known[part] is None or str(known[part]) == text for part, text in heard.items())
