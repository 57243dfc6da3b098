"""What every table of the site file has in common."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Id = Annotated[str, Field(pattern=r"^[a-z0-9-]{1,32}$")]
Port = Annotated[int, Field(ge=1, le=65535)]
Seconds = Annotated[float, Field(gt=0)]
LineUrl = Annotated[str, Field(pattern=r"^(serial|rtu|tcp|rtu\+tcp)://")]
"""A Modbus line: ``tcp://host:port``, ``rtu+tcp://host:port``, ``serial:///dev/ttyUSB0?baud=9600``."""


class Part(BaseModel):
    """Any table of the site file."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Placed(Part):
    """Anything that stands in a room and has an id of its own."""

    id: Id
    name: str
    room: Id
