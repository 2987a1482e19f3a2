"""Slack, and only here: values in, messages out; commands, buttons and posts over Bolt."""
