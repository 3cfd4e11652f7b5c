"""The drawing as a value: graph, inference, checking, layout and files."""
