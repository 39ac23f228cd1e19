"""The application around the tabs: event loop, main window, status bar."""
