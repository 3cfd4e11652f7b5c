"""Training samples varied on the device, whole batches at once; test-time crops; and what it all looks like."""
