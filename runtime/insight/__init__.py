"""Looking into a trained network: its filters, what it sees, why it decides so, and where it errs."""
