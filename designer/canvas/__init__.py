"""The drawing: nodes, wires, and the gestures that change them."""
