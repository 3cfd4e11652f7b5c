"""The training doctor: rules over a run's journal that say what is wrong, where, why, and what to do. No torch."""
