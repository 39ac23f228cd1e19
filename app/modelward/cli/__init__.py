"""The commands: each a thin call of one service verb."""
