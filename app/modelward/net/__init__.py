"""HTTP: one client with timeouts, retries where they are safe, limits, and errors in words."""
