"""The language of `/recordings`: a line to a command, and a query back to a line. Knows nothing of Slack."""
