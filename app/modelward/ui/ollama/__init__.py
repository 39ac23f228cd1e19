"""The Ollama tab."""
