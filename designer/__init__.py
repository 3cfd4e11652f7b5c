"""What a person sees: the only place with Qt. Never imports torch."""
