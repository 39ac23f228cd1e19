"""Local models of Ollama: read from the disk, proven, copied, brought back, watched."""
