"""The kinds of values strangers may send: bounded, and without characters no database takes."""

from typing import Annotated

from fastapi import Path, Query
from pydantic import BaseModel, ConfigDict, StringConstraints

PLAIN = r"^[^\x00]*$"
"""PostgreSQL keeps no NUL in text."""

Code = Annotated[str, Query(min_length=1, max_length=200, pattern=PLAIN)]
Id = Annotated[str, Path(min_length=1, max_length=200, pattern=PLAIN)]
Limit = Annotated[int, Query(ge=1, le=500)]
Cursor = Annotated[str | None, Query(max_length=300, description="From the 'next' link.")]
Words = Annotated[str, StringConstraints(max_length=500, pattern=PLAIN, strip_whitespace=True)]


class Body(BaseModel):
    """What a request body is made of: nothing unknown, nothing coerced."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)
