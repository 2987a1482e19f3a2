"""Values and decisions, without I/O and without reading the clock."""
