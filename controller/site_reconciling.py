"""When catalogue, registry and observation are compared, and how patiently."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from apscheduler.triggers.cron import CronTrigger
from pydantic import Field, field_validator

from controller.domain.reconciling.verdicts import Rules
from controller.site_parts import Part

Minutes = Annotated[float, Field(ge=0)]


class Reconciliation(Part):
    """Differences are noticed as they arise; by the calendar they are counted, too."""

    at: str = "30 2 * * *"
    """Every night what has changed: crontab of five fields, in the site's own time zone."""
    full_at: str = "0 1 * * 0"
    """Every week everything, whatever is thought to have changed."""
    tag_wanted_from: Mapping[str, date] = {}
    """By fonds 全宗: from that day on a holding without a tag is a discrepancy."""
    settle_minutes: Minutes = Rules().settle / timedelta(minutes=1)
    """So long somewhere else, and it is misplaced."""
    unseen_after_hours: Minutes = Rules().unseen_after / timedelta(hours=1)
    """So long gone from its shelf, or back in the books alone, and it is missed."""

    @field_validator("at", "full_at")
    @classmethod
    def _crontab(cls, at: str) -> str:
        CronTrigger.from_crontab(at)
        return at

    def rules(self) -> Rules:
        """The same, as the domain wants it."""
        return Rules(
            settle=timedelta(minutes=self.settle_minutes),
            unseen_after=timedelta(hours=self.unseen_after_hours),
        )

    def wanted_from(self, timezone: str) -> dict[str, datetime]:
        """The first moment of each day, by fonds."""
        zone = ZoneInfo(timezone)
        return {
            fonds: datetime.combine(day, time(), zone).astimezone(UTC)
            for fonds, day in self.tag_wanted_from.items()
        }
