"""Use cases over the ports, one per file. They import no library but structlog."""
