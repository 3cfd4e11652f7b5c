"""The generator's losses in the journal; the discriminator's stand there as those of every training do."""

from __future__ import annotations

import torch

from runtime.adversarial_step import AdversarialStepper
from runtime.companions import Accompanied, Companion
from runtime.runs import GeneratorLoss, Noted

NOTE = (
    "Adversaries: the loss of a step is the discriminator's, ln 2 = 0.693 where it cannot tell real from made. The "
    "validation loss is the sliced Wasserstein distance between real and made samples: the best weights go by it."
)


class GeneratorLosses(Companion):
    """Reads from the device ten times a second what the stepper has gathered there."""

    name = "generator_losses"

    def begin(self) -> None:
        if not self.training.at.step:
            self.training.write(Noted(0, NOTE))

    def poll(self) -> None:
        stepper = self.training.stepper
        assert isinstance(stepper, AdversarialStepper)
        if stepper.generator_losses:
            losses = torch.stack(stepper.generator_losses).tolist()
            every = self.training.job.recipe.discriminator_steps
            first = (stepper.generator_steps - len(losses) + 1) * every - 1
            self.training.write(GeneratorLoss(first, every, losses))
            stepper.generator_losses.clear()

    def end(self) -> None:
        self.poll()


def make_generator_losses(training: Accompanied) -> GeneratorLosses | None:
    return GeneratorLosses(training) if training.job.recipe.adversarial else None
