"""Several processes that train one network: on one machine or several, started by torchrun."""
