"""A folder of CSV exports as a CRM: anyone can try the method before asking for a token."""
