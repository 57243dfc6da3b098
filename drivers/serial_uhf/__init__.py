"""UHF readers on a serial line, or on a socket that carries one: modules, desk and gate readers."""
