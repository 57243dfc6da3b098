"""Sensors that publish over MQTT by themselves: Zigbee2MQTT, Tasmota, Shelly, ESPHome."""
