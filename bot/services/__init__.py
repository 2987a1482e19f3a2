"""Use cases, one per file. They use the ports, and import no library except structlog."""
