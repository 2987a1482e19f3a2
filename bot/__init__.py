"""Recordings: a company's phone recordings, in Slack."""
