"""Sensors that publish over MQTT by themselves."""
