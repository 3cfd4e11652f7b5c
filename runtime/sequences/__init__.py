"""Networks that read and write sequences: states that are carried on, sampled text, captions and translations."""
