"""A CRM in and out: one folder per CRM, one port that all of them fill."""
