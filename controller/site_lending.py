"""The site file's tables about borrowing: what each archive class 门类 allows."""

from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import Field

from controller.domain.lending.rules import ClassRule, LoanRules
from controller.site_parts import Part

Days = Annotated[int, Field(ge=1, le=3650)]


class ClassLending(Part):
    """How things of one archive class are lent; what is not said is as for all others."""

    lends: bool | None = None
    """False: consulted in the reading room only, never lent."""
    longest_days: Days | None = None
    renewals: Annotated[int, Field(ge=0, le=99)] | None = None
    hold_days: Days | None = None
    recall_days: Days | None = None
    counts: bool | None = None
    """Whether the contents are counted when handed over and when taken back."""
    identity: bool | None = None
    """Whether the borrower's identity number is compared with the file's own."""

    def said(self) -> dict[str, Any]:
        """What this table says."""
        return self.model_dump(exclude_none=True, include=set(ClassLending.model_fields))


class LendingSettings(ClassLending):
    """Borrowing at this site."""

    key_fields_file: Path | None = None
    """The secret that identity numbers are digested with; else the credential ``key-fields``."""
    reminders_from_hour: Annotated[int, Field(ge=0, le=23)] = 8
    """No digest of reminders goes out before, in the site's own time."""
    classes: dict[Annotated[str, Field(pattern=r"^[A-Z]{2}$")], ClassLending] = Field(default={})
    """By the code of the class in the reference code 档号, e.g. ``RS``."""

    def rules(self, timezone: str) -> LoanRules:
        """The same, as the domain wants it."""
        usual = self.said()
        return LoanRules(
            usual=ClassRule(**usual),
            classes={code: ClassRule(**usual | each.said()) for code, each in self.classes.items()},
            zone=ZoneInfo(timezone),
            reminders_from_hour=self.reminders_from_hour,
        )
