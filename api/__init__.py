"""REST, live events and screens. Reads the store, files requests, moves nothing."""
