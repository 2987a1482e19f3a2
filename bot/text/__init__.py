"""Values to neutral lines for people. Slack, the terminal and the doctor show the same lines."""
