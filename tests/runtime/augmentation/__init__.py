"""Tests of augmentation, test-time crops and balanced classes."""
