"""Stand-ins for the PBX and for Slack that one can run and test against, and a believable stream of calls."""
