"""What a network does: source, compile, data, training, exchange and the command line. No Qt."""
