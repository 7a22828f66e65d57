"""How a pure function is mapped over shards: local processes now, a cluster later."""
