"""What is looked at while a network trains: its layers, the time of its steps, and small snapshots."""
