"""Search over marked settings: many short trainings, each a run, on one study that several processes may share."""
