"""Training as the window shows it: start, watch, steer."""
