"""Who can be asked, in which dialect, with which key."""
