"""SIGKILL at random moments to controller, broker, API and consumer: nothing committed is lost.

``SMART_REPOSITORY_CRASH_KILLS`` says how often each is killed (default 2; the full run is 30),
``SMART_REPOSITORY_CRASH_SEED`` picks other moments.
"""

import json
import logging
import os
from pathlib import Path

from simulators.demo_site import SITE_ID
from tests.end_to_end.crash.harness import PATIENCE_S, CrashSite, crash_site
from tests.services import eventually
from tests.shell.outlets import Listener

log = logging.getLogger(__name__)

KILLS = int(os.environ.get("SMART_REPOSITORY_CRASH_KILLS", "2"))
SEED = int(os.environ.get("SMART_REPOSITORY_CRASH_SEED", "1"))

JOURNAL = "SELECT seq, id, kind FROM journal ORDER BY seq"
CONSUMED = "SELECT seq, id, kind FROM event ORDER BY seq"
HEAD = "SELECT max(seq) FROM journal"
WATERMARK = "SELECT max(seq) FROM watermark"
QUEUED_EVENTS = "SELECT count(*) FROM outbox WHERE destination = 'mqtt' AND seq IS NOT NULL"
ACKNOWLEDGED = "SELECT body FROM journal WHERE kind = 'AlarmAcknowledged'"
STANDING = "SELECT id, state FROM alarms WHERE state <> 'normal' ORDER BY id"


def caught_up(site: CrashSite) -> bool:
    """Whether the consumer has everything and the outbox knows it."""
    ((head,),) = site.look(site.database, HEAD)
    ((queued,),) = site.look(site.database, QUEUED_EVENTS)
    return queued == 0 and site.look(site.consumed, WATERMARK) == [(head,)]


def test_nothing_committed_is_lost_or_doubled_whoever_is_killed(tmp_path: Path) -> None:
    kills = {"controller": KILLS, "broker": KILLS, "api": KILLS, "consumer": KILLS}
    with crash_site(tmp_path, SEED) as site:
        site.storm(kills)
        eventually(site.ready, bool, within_s=PATIENCE_S)
        site.quiet.set()
        eventually(lambda: caught_up(site), bool, within_s=PATIENCE_S)
        assert_consumer_has_the_journal(site)
        assert_broker_shows_what_stands(site)
        assert site.stop("controller") == 0
    assert_what_was_promised_was_kept(site)
    assert_tables_equal_the_journal(site)


def assert_consumer_has_the_journal(site: CrashSite) -> None:
    """Every event exactly once, with its number and its id, and no number missing."""
    consumed = site.look(site.consumed, CONSUMED)
    journal = site.look(site.database, JOURNAL)[: len(consumed)]
    assert [row[0] for row in journal] == list(range(1, len(journal) + 1))
    assert [row[:2] for row in consumed] == [row[:2] for row in journal]
    ((received,),) = site.look(site.consumed, "SELECT n FROM counted WHERE what = 'received'")
    passages = sum(kind == "PassageDetected" for _, _, kind in journal)
    assert passages > 0
    log.info("%d events, %d passages, %d deliveries", len(journal), passages, received)


def assert_broker_shows_what_stands(site: CrashSite) -> None:
    """A broker that forgot everything, many times, retains exactly the alarms that stand."""

    def shown() -> list[tuple[str, str]]:
        newest = {message.topic: message.payload for message in list(listener.messages)}
        alarms = [json.loads(payload) for payload in newest.values() if payload]
        return sorted((alarm["id"], alarm["state"]) for alarm in alarms)

    with Listener(site.mqtt_port, f"repo/v1/{SITE_ID}/+/alarm/+") as listener:
        eventually(
            lambda: (shown(), site.look(site.database, STANDING)),
            lambda both: both[0] == both[1],
            within_s=PATIENCE_S,
        )


def assert_what_was_promised_was_kept(site: CrashSite) -> None:
    """Whoever was told that an alarm is acknowledged finds it in the journal."""
    kept = {json.loads(body)["alarm_id"] for (body,) in site.look(site.database, ACKNOWLEDGED)}
    assert site.acknowledged
    assert site.acknowledged <= kept


def assert_tables_equal_the_journal(site: CrashSite) -> None:
    on = (str(site.site_file), "--json")
    assert site.command("controller", "rebuild", *on)["differences"] == []
    assert site.command("controller", "audit", *on)["intact"]
    for database in (site.database, site.consumed):
        assert site.look(database, "PRAGMA integrity_check") == [("ok",)]
