"""Stand-ins for the PBX and for Slack, for demos and tests, and a generator of realistic calls."""
