"""Looking into a trained network, in the panel below the drawing."""
