"""What administrators use: probes, metrics, manifest."""
