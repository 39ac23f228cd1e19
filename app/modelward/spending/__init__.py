"""What calls may cost and did: every call of a model goes through here."""
