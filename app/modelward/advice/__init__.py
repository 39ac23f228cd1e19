"""Which model to take: advice with reasons, the sweet spot, and dividing jobs."""
