"""What a network is: node types, shapes, the graph value, checking, cost and files. Plain Python."""
