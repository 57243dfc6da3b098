"""Speaking Modbus as a client: one owner a line, every reply checked, nothing resent blindly."""
