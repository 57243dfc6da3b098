"""From the journal to a message that was taken: once, in order of gravity, over every failure."""

import email
import email.policy
import re
import threading
from collections.abc import Sequence
from datetime import timedelta
from email.message import EmailMessage
from typing import Any

from sqlalchemy import Engine

from controller.domain.model import AlarmKind, Priority
from controller.notifying.notifier import CRITICAL_REST, FIRST_WAIT, REST, Notifier
from controller.store.notifications import queue
from controller.store.notifications.queue import MessageView
from drivers.observations import Moment
from tests.notifying.servers import Hook, MailBox, mail_server, receiver
from tests.notifying.sites import NOON, raised, record, site

NEVER_STOP = threading.Event()


class Rig:
    """A notifier whose clock a test moves."""

    def __init__(self, engine: Engine, port: int, *recipients: dict[str, Any]) -> None:
        self.engine = engine
        self.now = NOON
        smtp = {"port": port, "security": "none", "timeout_s": 5}
        self.site = site(*recipients or [{"id": "ops", "mail": "ops@example.org"}], smtp=smtp)
        self.notifier = self.start()
        self.notifier.begin()

    def start(self) -> Notifier:
        secrets = {f"webhook-{r.id}": "k3y" for r in self.site.notifications.recipients}
        return Notifier(engine=self.engine, site=self.site, secrets=secrets, clock=self._clock)

    def after(self, wait: timedelta) -> None:
        """Look once at everything, that much later."""
        self.now += wait
        self.notifier.round(NEVER_STOP)

    def tell(self) -> None:
        """Take in what happened, and look again when it is due."""
        self.after(SECONDS)
        self.after(15 * SECONDS)

    def messages(self) -> list[MessageView]:
        with self.engine.connect() as connection:
            return queue.newest(connection, limit=1000)

    def _clock(self) -> Moment:
        return Moment(utc=self.now, monotonic_s=0.0)


SECONDS = timedelta(seconds=1)


def read(letters: Sequence[str]) -> list[EmailMessage]:
    return [email.message_from_string(raw, policy=email.policy.default) for raw in letters]


def test_an_alarm_is_told_once_in_the_recipients_language(store_engine: Engine) -> None:
    people = (
        {"id": "ops", "mail": "ops@example.org"},
        {"id": "boss", "mail": "boss@example.org", "language": "en"},
    )
    with mail_server(MailBox()) as box:
        rig = Rig(store_engine, box.port, *people)
        record(store_engine, [raised()])
        for _ in range(5):
            rig.after(15 * SECONDS)
    by_name = {str(one["To"]): one for one in read(box.letters)}
    assert len(box.letters) == 2
    assert by_name["ops@example.org"]["Subject"] == "[档案馆] 高 · 超过上限"
    chinese = by_name["ops@example.org"].get_content()
    assert "2026-11-20 12:00" in chinese
    assert "一号库房 · 东侧 · 温度 26.3 °C，限值 24 °C" in chinese
    english = by_name["boss@example.org"].get_content()
    assert "Temperature 26.3 °C, limit 24 °C" in english
    assert [one.state for one in rig.messages()] == ["sent", "sent"]


def test_five_hundred_alarms_at_once_are_one_message(sqlite_engine: Engine) -> None:
    storm = [raised(number=n) for n in range(499)]
    gravest = raised(kind=AlarmKind.STORE_FULL, source="controller", priority=Priority.CRITICAL)
    with mail_server(MailBox()) as box:
        rig = Rig(sqlite_engine, box.port)
        record(sqlite_engine, [*storm[:300], gravest])
        record(sqlite_engine, storm[300:])
        for _ in range(20):
            rig.after(SECONDS)
        rig.after(REST)
    letters = read(box.letters)
    assert len(letters) <= 2  # what is critical does not wait for the rest
    assert "磁盘已满" in letters[0]["Subject"]
    told = sum(int(re.findall(r"(\d+) 条通知", one["Subject"])[0]) for one in letters[1:])
    assert told + 1 == 500
    assert letters[-1].get_content().count("\n") < 60


def test_a_storm_that_goes_on_is_one_message_a_minute(sqlite_engine: Engine) -> None:
    with mail_server(MailBox()) as box:
        rig = Rig(sqlite_engine, box.port)
        for second in range(0, 300, 5):
            record(sqlite_engine, [raised(number=second)])
            rig.after(5 * SECONDS)
    assert 5 <= len(box.letters) <= 6
    assert timedelta(0) < CRITICAL_REST < REST


def test_what_is_said_while_a_server_is_away_is_told_when_it_is_back(
    sqlite_engine: Engine,
) -> None:
    with mail_server(MailBox({"MAIL": "451 busy"})) as box:
        rig = Rig(sqlite_engine, box.port)
        record(sqlite_engine, [raised()])
        rig.tell()
        for _ in range(3):
            rig.after(11 * SECONDS)
        assert rig.messages()[0].state == "waiting"
        assert "451" in rig.messages()[0].error
        attempts = len([line for line in box.commands if line.upper().startswith("MAIL")])
        assert attempts == 2  # at once, and after the first wait
        assert FIRST_WAIT == 30 * SECONDS
        box.answers.clear()
        rig.after(timedelta(hours=1))
    assert len(box.letters) == 1
    assert rig.messages()[0].state == "sent"


def test_what_nobody_takes_for_days_is_moved_aside_with_the_reason(
    sqlite_engine: Engine,
) -> None:
    with mail_server(MailBox({"MAIL": "451 busy"})) as box:
        rig = Rig(sqlite_engine, box.port)
        record(sqlite_engine, [raised()])
        rig.tell()
        for _ in range(3 * 24):
            rig.after(timedelta(hours=1, minutes=1))
        [message] = rig.messages()
    assert message.state == "dead"
    assert "451" in message.error
    assert rig.notifier.counters()["dead_letters"] == 1


def test_a_recipient_that_is_refused_blocks_nobody(sqlite_engine: Engine) -> None:
    with mail_server(MailBox({"RCPT": "550 no such user"})) as box, receiver(Hook()) as hook:
        people = ({"id": "ops", "mail": "ops@example.org"}, {"id": "hook", "webhook": hook.url})
        rig = Rig(sqlite_engine, box.port, *people)
        record(sqlite_engine, [raised()])
        rig.tell()
    assert {one.recipient: one.state for one in rig.messages()} == {"ops": "dead", "hook": "sent"}
    assert len(hook.got) == 1


def test_a_notifier_that_starts_again_tells_nothing_twice_and_nothing_of_the_past(
    sqlite_engine: Engine,
) -> None:
    record(sqlite_engine, [raised(number=1)])
    with mail_server(MailBox()) as box:
        rig = Rig(sqlite_engine, box.port)
        record(sqlite_engine, [raised(number=2)])
        rig.tell()
        rig.notifier = rig.start()
        rig.notifier.begin()
        record(sqlite_engine, [raised(number=3)])
        rig.after(timedelta(minutes=2))
        rig.after(timedelta(minutes=2))
    assert len(box.letters) == 2
    assert rig.notifier.counters()["queued"] == 1


def test_a_clock_that_was_set_back_delays_no_try_for_long(sqlite_engine: Engine) -> None:
    with mail_server(MailBox({"MAIL": "451 busy"})) as box:
        rig = Rig(sqlite_engine, box.port)
        record(sqlite_engine, [raised()])
        rig.tell()
        box.answers.clear()
        rig.after(timedelta(days=-1))
    assert len(box.letters) == 1


def test_old_messages_are_forgotten_and_waiting_ones_are_not(sqlite_engine: Engine) -> None:
    with mail_server(MailBox()) as box:
        rig = Rig(sqlite_engine, box.port)
        record(sqlite_engine, [raised(number=1)])
        rig.tell()
        box.answers["MAIL"] = "451 busy"
        record(sqlite_engine, [raised(number=2)])
        rig.after(timedelta(minutes=2))
        rig.after(timedelta(minutes=2))
        queue.prune(sqlite_engine, rig.now + timedelta(days=1))
    assert [one.state for one in rig.messages()] == ["waiting"]
