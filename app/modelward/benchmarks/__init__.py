"""What models do on this machine and this work: timed, graded, kept, planned."""
