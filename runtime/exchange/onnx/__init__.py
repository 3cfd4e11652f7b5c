"""ONNX written directly from the graph: one small rule for each node type, and PyTorch's exporter for the others."""
