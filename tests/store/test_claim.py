"""Two controllers never decide on one store."""

import subprocess
import sys
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from controller.domain.decision import Decision
from controller.domain.events import TagBound
from controller.store.catalogue import sole_turn
from controller.store.claim import AlreadyClaimed, claim_site
from controller.store.database import open_engine
from controller.store.ledger import Ledger
from controller.store.requests import file_request, take_filed
from drivers.observations import Moment
from tests.services import eventually
from tests.store.events import NOON
from tests.store.plain import Unpublished

HOLD = """
import sys
from controller.domain.decision import Decision
from controller.domain.events import TagBound
from controller.store.catalogue import sole_turn
from controller.store.claim import claim_site
from controller.store.database import open_engine
with claim_site(open_engine(sys.argv[1]), "site-1", "site-1/controller"):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_second_controller_is_refused_until_the_first_has_let_go(
    store_url: str, store_engine: Engine
) -> None:
    rival = open_engine(store_url)
    with (
        claim_site(store_engine, "site-1", "site-1/controller"),
        pytest.raises(AlreadyClaimed, match="stop that one first"),
        claim_site(rival, "site-1", "site-1/controller"),
    ):
        pass
    with claim_site(rival, "site-1", "site-1/controller"):
        pass
    rival.dispose()


def test_a_killed_controller_holds_nothing(store_url: str, store_engine: Engine) -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", HOLD, store_url], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"held\n"
        with (
            pytest.raises(AlreadyClaimed),
            claim_site(store_engine, "site-1", "site-1/controller"),
        ):
            pass
        child.kill()

    def claimed() -> bool:
        try:
            with claim_site(store_engine, "site-1", "site-1/controller"):
                return True
        except AlreadyClaimed:
            return False

    eventually(claimed, bool)


def test_a_store_belongs_to_the_first_site_that_claims_it(store_engine: Engine) -> None:
    with claim_site(store_engine, "site-1", "site-1/controller"):
        pass
    with (
        pytest.raises(AlreadyClaimed, match="site-1"),
        claim_site(store_engine, "site-2", "site-2/controller"),
    ):
        pass


def test_taking_charge_files_again_what_the_last_one_left_unanswered(
    store_engine: Engine,
) -> None:
    with store_engine.begin() as connection:
        file_request(
            connection, "RequestStop", {"rack": "rack-1"}, by="li", computer="", now=NOON,
            lifetime=timedelta(seconds=5),
        )  # fmt: skip
    now = Moment(utc=NOON, monotonic_s=0.0)
    with store_engine.connect() as connection:
        assert len(take_filed(connection, now)) == 1
        assert take_filed(connection, now) == []
    with claim_site(store_engine, "site-1", "site-1/controller"):
        pass
    with store_engine.connect() as connection:
        assert len(take_filed(connection, now)) == 1


def test_a_catalogue_may_be_brought_in_and_tags_bound_beside_the_controller(
    store_engine: Engine,
) -> None:
    with claim_site(store_engine, "site-1", "site-1/controller"), sole_turn(store_engine):
        ledger = Ledger(store_engine, source="site-1/bind", compose=Unpublished())
        ledger.add(Decision(events=(TagBound(at=NOON, epc="E1", holding_id="h1", by="li"),)))
        assert len(ledger.commit()) == 1
        ledger.close()
