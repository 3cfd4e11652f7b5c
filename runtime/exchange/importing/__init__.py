"""Import: networks of ONNX files, torchvision and PyTorch modules become drawings with their weights."""
