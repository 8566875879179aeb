"""How whoever keeps the service running sees how it is: health, metrics, alerts."""
