"""What the engine answers, by topic; torch is imported where it is needed."""
