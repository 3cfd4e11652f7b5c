"""Taking a network away: ONNX files with their proof, and plain PyTorch source."""
