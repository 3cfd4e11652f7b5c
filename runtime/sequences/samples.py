"""Samples of text that a training writes into its journal."""

from __future__ import annotations

from runtime.companions import Accompanied, Companion
from runtime.faults import RefusalError
from runtime.runs import Sampled, TrainingError
from runtime.sequences.sampling import TextWriter
from runtime.step import Measured


class TextSamples(Companion):
    """Lets the network write on from the same start, as it has learned so far."""

    name = "samples"
    only_watches = True

    def __init__(self, training: Accompanied) -> None:
        super().__init__(training)
        job = training.job
        try:
            self._writer = TextWriter(job.network.graph, job.data, job.module, job.recipe.carry_state)
        except RefusalError as error:
            raise TrainingError(f"sample_every is on. {error.fact}", "Turn sample_every off.") from None

    def write(self, step: int) -> None:
        """One sample at each temperature. Its chance is its own: a run with samples has the losses of one without."""
        recipe, module = self.training.job.recipe, self.training.job.module
        was_training = module.training
        for temperature in (recipe.sample_temperature, *recipe.sample_also):
            module.eval()
            try:
                written = self._writer.write(
                    recipe.sample_start, recipe.sample_length, temperature, recipe.seed + step
                )
                letters = list(written)
            finally:
                module.train(was_training)
            text = "".join(one.text for one in letters)
            probabilities = [round(one.probability, 4) for one in letters]
            self.training.write(Sampled(step, temperature, text, recipe.sample_start, probabilities))


class SamplesByEpoch(TextSamples):
    def after_epoch(self, epochs: int) -> None:
        if epochs % (self.training.job.recipe.sample_every or 1) == 0:
            self.write(self.training.at.step)


class SamplesByStep(TextSamples):
    def after_step(self, step: int, measured: list[Measured]) -> None:
        done, every = step + len(measured), self.training.job.recipe.sample_every or 1
        if done % every < len(measured):
            self.write(done)


def make_samples(training: Accompanied) -> TextSamples | None:
    """Where the recipe wants them. Raises TrainingError where the network writes no text."""
    recipe = training.job.recipe
    if recipe.sample_every is None:
        return None
    return SamplesByEpoch(training) if recipe.sample_unit == "epochs" else SamplesByStep(training)
