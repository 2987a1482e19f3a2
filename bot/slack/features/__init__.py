"""What people can ask in Slack, one file for each feature."""
