"""What a seller is told once a week, inside the CRM."""
