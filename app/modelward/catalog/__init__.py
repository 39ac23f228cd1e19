"""What is known of every model, and where each fact comes from."""
