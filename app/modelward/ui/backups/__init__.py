"""The Backups tab."""
