"""The window's side of taking a network away: the forms there are, and what can be chosen for each."""
