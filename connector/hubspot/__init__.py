"""HubSpot: reads its records, writes our properties, over its dated API."""
