"""What administrators use: the doctor's checks, HTTP probes, metrics, the Slack app's manifest."""
