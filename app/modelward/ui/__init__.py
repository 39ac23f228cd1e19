"""The window. Qt is imported below this package alone."""
