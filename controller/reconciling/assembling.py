"""A comparison of one site: its places and listeners, its patience, its pen."""

from sqlalchemy import Engine

from controller.assemble import plans
from controller.clock import system_clock
from controller.config import Site
from controller.domain.reconciling.layout import Layout
from controller.reconciling.comparing import Comparison
from controller.store.ledger import Compose


def comparison(
    site: Site, engine: Engine, *, writer: str, compose: Compose, plan: bool = False
) -> Comparison:
    """One that begins now.

    Raises:
        SiteFileError: a secret that the site file names cannot be read.
        StoreError: the store does not answer.
    """
    return Comparison(
        engine=engine,
        layout=layout(site),
        rules=site.reconciliation.rules(),
        source=f"{site.site.id}/{writer}",
        compose=compose,
        clock=system_clock,
        plan=plan,
    )


def layout(site: Site) -> Layout:
    """The site as the comparison needs it."""
    planned = plans(site)
    return Layout(
        racks=planned.racks,
        patterns=planned.patterns,
        listeners=planned.listeners,
        tag_wanted_from=site.reconciliation.wanted_from(site.site.timezone),
    )
