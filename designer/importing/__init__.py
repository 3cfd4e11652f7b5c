"""Networks from elsewhere in the window: a dialog to import them, and a new head for them."""
