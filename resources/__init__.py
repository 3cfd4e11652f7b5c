"""Icons, themes, example networks and pictures."""
