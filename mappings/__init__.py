"""What the words of a CRM mean in the method."""
