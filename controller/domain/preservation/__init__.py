"""What the air does to paper: formulas of conservation science, pure and without state of ours.

Temperatures in °C, relative humidity in per cent over water (also below 0 °C, WMO convention),
pressures in hPa. Nothing here raises an alarm or knows a sensor.
"""
