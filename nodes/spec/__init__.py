"""The words a node type is declared in."""
