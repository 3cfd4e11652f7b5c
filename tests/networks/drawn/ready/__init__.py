"""Ready blocks, a module for each kind. Each drawing gives a title, the block and a paragraph with its source."""
