"""What is near which antenna now, for the domain that starts and for people who look."""

from collections.abc import Iterator

from sqlalchemy import Connection, select

from controller.domain.events_presence import TagArrived
from controller.domain.plans_presence import ListenerKind
from controller.store.presence_tables import sightings

_LISTENERS = [kind.value for kind in ListenerKind]


def present(connection: Connection) -> Iterator[TagArrived]:
    """Every tag that an antenna was hearing by the last word, as it had arrived there."""
    query = (
        select(sightings)
        .where(sightings.c.left_at.is_(None), sightings.c.source.in_(_LISTENERS))
        .order_by(sightings.c.seq)
    )
    for row in connection.execute(query):
        yield TagArrived(
            at=row.since,
            reader=row.told_by,
            listener=ListenerKind(row.source),
            room=row.room,
            spot=row.spot,
            epc=row.epc,
            holding_id=row.holding_id,
        )
