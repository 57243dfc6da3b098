"""What the site file says of sensors: how they are reached, and what a laboratory found."""

from datetime import date
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from controller.site_parts import LineUrl, Part, Port


class ModbusSensorLink(Part):
    """A sensor on a serial or TCP Modbus line, by the URL of the line.

    ``serial:///dev/ttyUSB0?baud=9600&parity=N``, ``tcp://10.0.0.5:502``,
    ``rtu+tcp://10.0.0.6:4001``. Sensors that name the same line share it.
    """

    kind: Literal["modbus"]
    url: LineUrl
    unit: Annotated[int, Field(ge=1, le=247)] = 1
    profile: str = "climate/xy-md02.toml"


class MqttSensorLink(Part):
    """A sensor that publishes over MQTT by itself; those at one broker share a connection."""

    kind: Literal["zigbee2mqtt", "tasmota", "shelly", "esphome"]
    host: str
    """Of the broker."""
    port: Port = 1883
    """Of the broker; with ``ca_file`` it must speak TLS there."""
    topic: Annotated[str, Field(min_length=1, pattern=r"^[^+#\x00]+$")]
    """``zigbee2mqtt/NAME``, ``tele/NAME``, a Shelly's id, an ESPHome node's prefix."""
    part: str = ""
    """Which of several: Tasmota's ``AM2301``, Shelly's number, ESPHome's two object ids."""
    username: str | None = None
    password_file: Path | None = None
    ca_file: Path | None = None
    protocol: Literal["5", "3.1.1"] = "5"


SensorLink = Annotated[ModbusSensorLink | MqttSensorLink, Field(discriminator="kind")]


class CalibrationPoint(Part):
    """What the sensor said, and what the reference instrument said then."""

    reading: float
    reference: float


class Calibration(Part):
    """The newest certificate of one sensor."""

    certificate: str
    """Its number."""
    laboratory: str
    valid_from: date
    due: date | None = None
    """When it must be calibrated again; an advisory alarm says so 30 days before."""
    uncertainty_c: Annotated[float, Field(ge=0)] | None = None
    uncertainty_percent: Annotated[float, Field(ge=0)] | None = None
    """Expanded, as the certificate gives them; reports quote them."""
    temperature_c: tuple[CalibrationPoint, ...] = ()
    relative_humidity_percent: tuple[CalibrationPoint, ...] = ()

    @model_validator(mode="after")
    def _points_that_tell(self) -> Self:
        for name in ("temperature_c", "relative_humidity_percent"):
            readings = [point.reading for point in getattr(self, name)]
            if len(set(readings)) < len(readings):
                raise ValueError(f"{name}: two points for the same reading")
        if self.due is not None and self.due <= self.valid_from:
            raise ValueError("due must lie after valid_from")
        return self
