"""Who asks, in a module of its own: every family of requests begins with it."""

from dataclasses import dataclass

from drivers.observations import Moment


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Who asked, from where, and when the deciding thread took it up."""

    request_id: str
    at: Moment
    by: str
    """The signed-in user or the API key's name."""
    computer: str
    """The peer's network address."""
