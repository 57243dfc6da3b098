"""Reservations, queues, errands, airing: what people and shelving do together."""
