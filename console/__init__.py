"""How people reach the service: the command line and the pages."""
