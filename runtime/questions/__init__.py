"""What the window asks the engine: one message a question, by topic. Nothing here imports torch."""
