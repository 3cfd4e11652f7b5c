"""How a network is trained: everything that can be asked of a run."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

from nodes.graph.model import Network
from nodes.spec.settings import SettingError, Value, When, choice, flag, integer, numbers, real
from runtime.data.choice import DataChoice
from runtime.declared import Declared
from runtime.schedules import HAS_CYCLED_MOMENTUM, MOVES_MOMENTUM, SCHEDULES, rate_at

USUAL: dict[str, dict[str, float]] = {
    "SGD": {"learning_rate": 0.05, "momentum": 0.9},
    "Adagrad": {"learning_rate": 0.01, "eps": 1e-10},
    "Adadelta": {"learning_rate": 1.0, "eps": 1e-6},
    "RMSprop": {"learning_rate": 0.01, "momentum": 0.0},
    "Adam": {"learning_rate": 0.001},
    "AdamW": {"learning_rate": 0.001, "weight_decay": 0.01},
    "NAdam": {"learning_rate": 0.002},
    "RAdam": {"learning_rate": 0.001},
    "Adamax": {"learning_rate": 0.002},
    "LBFGS": {"learning_rate": 1.0},
}
"""What each optimizer begins with: PyTorch's own numbers, but for SGD."""
OTHERWISE = {"momentum": 0.9, "eps": 1e-8, "weight_decay": 0.0}
FOLLOWS = ("learning_rate", *OTHERWISE)  # settings that go with the optimizer until they are set
OPTIMIZERS = tuple(USUAL)
BY_GRADIENT = tuple(name for name in OPTIMIZERS if name != "LBFGS")  # one gradient a step
ADAMS = ("Adam", "AdamW", "NAdam", "RAdam", "Adamax")
DEVICES = ("auto", "cpu", "cuda")
PRECISIONS = ("fp32", "tf32", "bf16", "fp16")
HIGHER_IS_BETTER = ("accuracy", "top5_accuracy", "precision", "recall", "f1", "iou", "dice", "r2")
METRICS = ("loss", *HIGHER_IS_BETTER, "mse", "mae", "perplexity")

OPTIMIZER, RATE, REGULARISATION = "Optimizer", "Rate", "Regularisation"
BATCHES, STOPPING, WEIGHTS, VALIDATION = "Batches and precision", "Stopping", "Weights kept", "Validation"


def _with(setting: str, *values: Value) -> When:
    return ((setting, values),)


@dataclass(frozen=True)
class Recipe(Declared):
    """Optimizer, learning rate and its schedule, regularisation, batches, what ends a run and what it keeps.

    Settings that mean nothing beside the others (``when``) are passed over. Learning rate, momentum, eps and weight
    decay follow the optimizer until they are set.
    """

    words: ClassVar[str] = "The recipe"

    # fmt: off
    optimizer: str = choice("SGD", *OPTIMIZERS, doc="How weights are changed after each batch.")
    learning_rate: float = real(
        None, low=1e-8, high=100.0, logarithmic=True, doc="Size of a step; Adam likes about a tenth of SGD's."
    )
    schedule: str = choice("constant", *SCHEDULES, doc="How the learning rate changes during the run.")
    batch_size: int = integer(64, low=1, high=1_000_000, unit="samples", doc="Samples in one step.")
    epochs: int = integer(10, low=1, high=100_000, doc="How often all training samples are seen.")
    early_stopping: bool = flag(False, doc="End when validation has not got better for a while.")
    device: str = choice("auto", *DEVICES, doc="Where it runs; auto takes the GPU where there is one.")

    momentum: float = real(
        None, low=0.0, high=0.9999, doc="Share of the last step that is kept.", group=OPTIMIZER,
        when=_with("optimizer", "SGD", "RMSprop"),
    )
    dampening: float = real(
        0.0, low=0.0, high=1.0, doc="Share of the gradient left out of the momentum.", group=OPTIMIZER,
        when=_with("optimizer", "SGD"),
    )
    nesterov: bool = flag(
        False, doc="Look ahead along the momentum before each step.", group=OPTIMIZER, when=_with("optimizer", "SGD")
    )
    beta1: float = real(
        0.9, low=0.0, high=0.9999, doc="Memory of the mean gradient.", group=OPTIMIZER,
        when=_with("optimizer", *ADAMS),
    )
    beta2: float = real(
        0.999, low=0.0, high=0.999999, doc="Memory of the squared gradient.", group=OPTIMIZER,
        when=_with("optimizer", *ADAMS),
    )
    alpha: float = real(
        0.99, low=0.0, high=0.999999, doc="Memory of the squared gradient (the lectures' decay).", group=OPTIMIZER,
        when=_with("optimizer", "RMSprop"),
    )
    rho: float = real(
        0.9, low=0.0, high=0.999999, doc="Memory of the squared gradient and of the squared steps.", group=OPTIMIZER,
        when=_with("optimizer", "Adadelta"),
    )
    eps: float = real(
        None, low=1e-16, high=1.0, logarithmic=True, doc="Keeps the division by the squared gradient finite.",
        group=OPTIMIZER, when=_with("optimizer", "Adagrad", "Adadelta", "RMSprop", *ADAMS),
    )
    centered: bool = flag(
        False, doc="Divide by the deviation of the gradient instead of its size.", group=OPTIMIZER,
        when=_with("optimizer", "RMSprop"),
    )
    amsgrad: bool = flag(
        False, doc="Divide by the largest squared gradient so far: AMSGrad.", group=OPTIMIZER,
        when=_with("optimizer", "Adam", "AdamW"),
    )
    decoupled_weight_decay: bool = flag(
        False, doc="Pull the weights themselves, as AdamW does, not through the gradient.", group=OPTIMIZER,
        when=_with("optimizer", "Adam", "NAdam", "RAdam"),
    )
    momentum_decay: float = real(
        0.004, low=0.0, high=1.0, logarithmic=True, doc="How fast the momentum comes up to beta1.", group=OPTIMIZER,
        when=_with("optimizer", "NAdam"),
    )
    lr_decay: float = real(
        0.0, low=0.0, high=1.0, logarithmic=True, doc="Adagrad's own fall of the rate, by step.", group=OPTIMIZER,
        when=_with("optimizer", "Adagrad"),
    )
    initial_accumulator_value: float = real(
        0.0, low=0.0, high=1e6, doc="What the sum of squared gradients begins with.", group=OPTIMIZER,
        when=_with("optimizer", "Adagrad"),
    )
    max_iter: int = integer(
        20, low=1, high=10_000, doc="Iterations on each batch.", group=OPTIMIZER, when=_with("optimizer", "LBFGS")
    )
    max_eval: int | None = integer(
        None, low=1, high=100_000, optional="max_iter · 5/4", doc="Times the loss is calculated on each batch.",
        group=OPTIMIZER, when=_with("optimizer", "LBFGS"),
    )
    tolerance_grad: float = real(
        1e-7, low=0.0, high=1.0, logarithmic=True, doc="Ends a batch when no gradient is larger.", group=OPTIMIZER,
        when=_with("optimizer", "LBFGS"),
    )
    tolerance_change: float = real(
        1e-9, low=0.0, high=1.0, logarithmic=True, doc="Ends a batch when loss and weights change less.",
        group=OPTIMIZER, when=_with("optimizer", "LBFGS"),
    )
    history_size: int = integer(
        100, low=1, high=10_000, doc="Steps remembered for the curvature.", group=OPTIMIZER,
        when=_with("optimizer", "LBFGS"),
    )
    line_search_fn: str | None = choice(
        None, "strong_wolfe", optional="none", doc="Looks for a good length along each direction.", group=OPTIMIZER,
        when=_with("optimizer", "LBFGS"),
    )

    warmup_epochs: float = real(
        0.0, low=0.0, high=100_000.0, unit="epochs", doc="Raises the rate evenly before the schedule begins.",
        group=RATE,
    )
    warmup_start: float = real(
        0.1, low=0.0, high=1.0, doc="Share of the rate that the warm-up begins with.", group=RATE,
        when=_with("warmup_epochs"),
    )
    rate_changes: str = choice(
        "each step", "each step", "each epoch", doc="Smoothly, or once an epoch.", group=RATE,
        when=_with("schedule", "exponential", "inverse_time", "cosine", "warm_restarts", "polynomial", "linear"),
    )
    step_size: int = integer(
        10, low=1, high=100_000, unit="epochs", doc="Epochs between two falls.", group=RATE,
        when=_with("schedule", "step"),
    )
    milestones: tuple[float, ...] = numbers(
        5, 8, high=100_000, unit="epochs", doc="Epochs after which the rate falls, such as 30, 60, 80.", group=RATE,
        when=_with("schedule", "multistep"),
    )
    gamma: float = real(
        0.1, low=1e-6, high=1.0, doc="What the rate is multiplied by at a fall.", group=RATE,
        when=_with("schedule", "step", "multistep"),
    )
    decay_rate: float = real(
        0.1, low=0.0, high=1000.0, logarithmic=True, doc="k in e^(−kt) or 1/(1 + kt), with t in epochs.", group=RATE,
        when=_with("schedule", "exponential", "inverse_time"),
    )
    eta_min: float = real(
        0.0, low=0.0, high=100.0, logarithmic=True, doc="The lowest rate.", group=RATE,
        when=_with("schedule", "cosine", "warm_restarts"),
    )
    T_0: int = integer(
        5, low=1, high=100_000, unit="epochs", doc="Epochs until the first restart.", group=RATE,
        when=_with("schedule", "warm_restarts"),
    )
    T_mult: int = integer(
        1, low=1, high=100, doc="How many times longer each next period is.", group=RATE,
        when=_with("schedule", "warm_restarts"),
    )
    pct_start: float = real(
        0.3, low=0.0, high=1.0, doc="Share of the run in which the rate rises.", group=RATE,
        when=_with("schedule", "one_cycle"),
    )
    anneal_strategy: str = choice(
        "cos", "cos", "linear", doc="Shape of the rise and the fall.", group=RATE, when=_with("schedule", "one_cycle")
    )
    div_factor: float = real(
        25.0, low=1.0, high=1e6, doc="The first rate is the learning rate divided by this.", group=RATE,
        when=_with("schedule", "one_cycle"),
    )
    final_div_factor: float = real(
        1e4, low=1.0, high=1e9, doc="The last rate is the first divided by this.", group=RATE,
        when=_with("schedule", "one_cycle"),
    )
    three_phase: bool = flag(
        False, doc="Fall as long as it rose, then to the last rate.", group=RATE, when=_with("schedule", "one_cycle")
    )
    base_lr: float = real(
        0.001, low=0.0, high=100.0, logarithmic=True, doc="The lower rate; the learning rate is the upper.",
        group=RATE, when=_with("schedule", "cyclic"),
    )
    step_size_up: float = real(
        2.0, low=0.001, high=100_000.0, unit="epochs", doc="Epochs from the lower rate to the upper.", group=RATE,
        when=_with("schedule", "cyclic"),
    )
    step_size_down: float | None = real(
        None, low=0.001, high=100_000.0, unit="epochs", optional="as step_size_up", doc="Epochs back to the lower.",
        group=RATE, when=_with("schedule", "cyclic"),
    )
    cycle_mode: str = choice(
        "triangular", "triangular", "triangular2", "exp_range", group=RATE, when=_with("schedule", "cyclic"),
        doc="All cycles alike, each half as high as the last, or falling by cycle_gamma at every step.",
    )
    cycle_gamma: float = real(
        0.9999, low=0.0, high=1.0, doc="What the height is multiplied by at every step.", group=RATE,
        when=(("schedule", ("cyclic",)), ("cycle_mode", ("exp_range",))),
    )
    cycle_momentum: bool = flag(
        True, doc="Momentum (beta1) falls while the rate rises, and rises while it falls.", group=RATE,
        when=(("schedule", MOVES_MOMENTUM), ("optimizer", HAS_CYCLED_MOMENTUM)),
    )
    base_momentum: float = real(
        0.85, low=0.0, high=0.9999, doc="The lower momentum.", group=RATE,
        when=(("schedule", MOVES_MOMENTUM), ("optimizer", HAS_CYCLED_MOMENTUM), ("cycle_momentum", ())),
    )
    max_momentum: float = real(
        0.95, low=0.0, high=0.9999, doc="The upper momentum.", group=RATE,
        when=(("schedule", MOVES_MOMENTUM), ("optimizer", HAS_CYCLED_MOMENTUM), ("cycle_momentum", ())),
    )
    power: float = real(
        1.0, low=0.01, high=100.0, doc="1 is a straight line to 0; 2 falls fast first.", group=RATE,
        when=_with("schedule", "polynomial"),
    )
    end_factor: float = real(
        0.01, low=0.0, high=100.0, logarithmic=True, doc="Share of the rate at the end.", group=RATE,
        when=_with("schedule", "linear"),
    )
    factor: float = real(
        0.1, low=1e-6, high=0.9999, doc="What the rate is multiplied by on a plateau.", group=RATE,
        when=_with("schedule", "plateau"),
    )
    patience: int = integer(
        10, low=0, high=100_000, unit="validations", doc="Validations without progress that are borne.", group=RATE,
        when=_with("schedule", "plateau"),
    )
    threshold: float = real(
        1e-4, low=0.0, high=1e6, logarithmic=True, doc="The least change that counts as progress.", group=RATE,
        when=_with("schedule", "plateau"),
    )
    threshold_mode: str = choice(
        "rel", "rel", "abs", doc="Threshold as a share of the best value, or as it is.", group=RATE,
        when=_with("schedule", "plateau"),
    )
    cooldown: int = integer(
        0, low=0, high=100_000, unit="validations", doc="Validations to wait after a fall.", group=RATE,
        when=_with("schedule", "plateau"),
    )
    min_lr: float = real(
        0.0, low=0.0, high=100.0, logarithmic=True, doc="The lowest rate.", group=RATE,
        when=_with("schedule", "plateau"),
    )

    weight_decay: float = real(
        None, low=0.0, high=10.0, logarithmic=True, group=REGULARISATION,
        doc="Pull of all weights towards zero: the strength of L2. With l1 it makes an elastic net.",
    )
    l1: float = real(
        0.0, low=0.0, high=10.0, logarithmic=True, group=REGULARISATION,
        doc="Even pull of all weights towards zero, which makes many of them vanish: the strength of L1.",
    )
    decay_biases: bool = flag(
        True, doc="L2 and L1 pull biases and weights of normalisations too, as PyTorch does.", group=REGULARISATION
    )
    max_norm: float | None = real(
        None, low=1e-6, high=1e6, logarithmic=True, optional="off", group=REGULARISATION,
        doc="Longest that the weights into one filter or unit may become; 3 to 4 is usual.",
    )

    accumulation_steps: int = integer(
        1, low=1, high=10_000, unit="batches", group=BATCHES,
        doc="Batches whose gradients are summed before the weights move: a larger batch in the same memory.",
    )
    clip_grad_norm: float | None = real(
        None, low=1e-6, high=1e6, logarithmic=True, optional="off", group=BATCHES,
        doc="Longest that the gradient of all weights together may be.", when=_with("optimizer", *BY_GRADIENT),
    )
    clip_grad_value: float | None = real(
        None, low=1e-6, high=1e6, logarithmic=True, optional="off", group=BATCHES,
        doc="Largest that any number of the gradient may be.", when=_with("optimizer", *BY_GRADIENT),
    )
    precision: str = choice(
        "fp32", *PRECISIONS, group=BATCHES,
        doc="Numbers of the forward pass. tf32 is a GPU's quick fp32; bf16 and fp16 take half the memory.",
    )
    channels_last: bool = flag(
        False, doc="Keep the channels of a pixel together in memory: often faster for convolutions.", group=BATCHES
    )
    deterministic: bool = flag(
        False, doc="Refuse operations whose sums differ from run to run on a GPU; slower.", group=BATCHES
    )
    seed: int = integer(0, low=0, high=2**31 - 1, doc="Fixes first weights, shuffling and dropout.", group=BATCHES)

    max_steps: int | None = integer(
        None, low=1, high=1_000_000_000, optional="by epochs", unit="steps", group=STOPPING,
        doc="Ends the run after so many steps where the epochs have more.",
    )
    time_budget: float | None = real(
        None, low=0.001, high=1_000_000.0, optional="none", unit="min", group=STOPPING,
        doc="Ends the run after so much time, pauses left out.",
    )
    monitor: str = choice(
        "loss", *METRICS, group=STOPPING,
        doc="What of the validation part early stopping, the target and a plateau look at.",
    )
    stop_patience: int = integer(
        5, low=1, high=100_000, unit="validations", doc="Validations without progress before it ends.",
        group=STOPPING, when=_with("early_stopping"),
    )
    stop_min_delta: float = real(
        0.0, low=0.0, high=1e6, logarithmic=True, doc="The least change that counts as progress.", group=STOPPING,
        when=_with("early_stopping"),
    )
    target: float | None = real(
        None, low=-1e9, high=1e9, optional="none", group=STOPPING,
        doc="Ends the run when the monitored value is as good as this.",
    )
    explosion_factor: float | None = real(
        None, low=1.0, high=1e6, optional="not finite", group=STOPPING,
        doc="A loss this many times the first has exploded; 3 is usual. One that is not finite has in any case.",
    )
    when_exploding: str = choice(
        "stop", "stop", "go back", group=STOPPING,
        doc="End, or go back to the last good epoch with a lower rate, three times at most.",
    )
    retreat_factor: float = real(
        0.1, low=1e-6, high=0.9999, doc="What the rate is multiplied by on going back.", group=STOPPING,
        when=_with("when_exploding", "go back"),
    )

    best_by: str = choice(
        "auto", "auto", *METRICS, group=WEIGHTS,
        doc="Which validation is the best; auto takes the highest accuracy, then the lowest loss.",
    )
    keep: str = choice("best", "best", "last", doc="Weights that are tested and exported.", group=WEIGHTS)
    keep_every: int | None = integer(
        None, low=1, high=100_000, optional="off", unit="epochs", group=WEIGHTS,
        doc="Keeps the weights of every so many epochs as well.",
    )
    averaging: str = choice(
        "none", "none", "EMA", "SWA", group=WEIGHTS,
        doc="Validate and keep averaged weights: EMA forgets exponentially, SWA is the mean over epochs.",
    )
    ema_decay: float = real(
        0.999, low=0.0, high=0.999999, doc="Memory of the average, by step.", group=WEIGHTS,
        when=_with("averaging", "EMA"),
    )
    swa_start: int = integer(
        5, low=0, high=100_000, unit="epochs", doc="Epochs before the first that is averaged.", group=WEIGHTS,
        when=_with("averaging", "SWA"),
    )

    validate_every: int = integer(
        1, low=1, high=1_000_000, doc="Epochs or steps from one validation to the next.", group=VALIDATION
    )
    validate_unit: str = choice("epochs", "epochs", "steps", doc="What validate_every counts.", group=VALIDATION)

    # fmt: on

    def __post_init__(self) -> None:
        for name in FOLLOWS:
            if getattr(self, name) is None:
                object.__setattr__(self, name, usual(self.optimizer, name))
        super().__post_init__()
        if self.optimizer == "SGD" and self.nesterov and (self.momentum == 0 or self.dampening > 0):
            raise SettingError(
                "nesterov looks ahead along the momentum, which is 0. Set momentum to 0.9, or nesterov off."
                if self.momentum == 0
                else "nesterov needs the whole gradient. Set dampening to 0, or nesterov off."
            )
        if self.optimizer == "LBFGS" and self.precision == "fp16":
            raise SettingError(
                "LBFGS calculates a batch several times, which fp16 cannot scale. Set precision to bf16."
            )

    def replaced(self, **changes: Any) -> Self:
        """The same with other settings; those that stood as is usual for the optimizer follow another one."""
        if changes.get("optimizer", self.optimizer) != self.optimizer:
            followers = {name: None for name in FOLLOWS if getattr(self, name) == usual(self.optimizer, name)}
            changes = followers | changes
        return super().replaced(**changes)

    def defaults(self) -> dict[str, Any]:
        """What each setting is unless it is set, beside this optimizer."""
        plain = type(self)()
        followers = {name: usual(self.optimizer, name) for name in FOLLOWS}
        return plain.written() | followers

    @classmethod
    def known(cls, name: str) -> str:
        """The name, if there is such a setting. Raises SettingError."""
        if name not in cls.settings():
            cls.read({name: None})
        return name

    def total_steps(self, steps_per_epoch: int) -> int:
        """Steps of the whole run."""
        steps = self.epochs * steps_per_epoch
        return steps if self.max_steps is None else min(steps, self.max_steps)

    def learning_rate_at(self, step: int, steps_per_epoch: int) -> float:
        """The scheduled rate of a step, counted from 0."""
        return rate_at(self, step, steps_per_epoch)


def usual(optimizer: str, name: str) -> float | None:
    """What a setting is for an optimizer unless it is set."""
    return USUAL.get(optimizer, {}).get(name, OTHERWISE.get(name))


def override(network: Network, assignment: str, base: Path | None = None) -> Network:
    """The network with one value set as ``recipe.batch_size=64`` or ``data.source=../mnist``.

    ``base`` is the folder that a relative data source starts from. Raises SettingError.
    """
    key, equals, written = assignment.partition("=")
    section, dot, name = key.strip().partition(".")
    if not (equals and dot) or section not in ("recipe", "data"):
        raise SettingError(
            f"“{assignment}” sets nothing. Write a section, a setting and a value, such as recipe.batch_size=64."
        )
    value = _value(written.strip())
    if section == "recipe":
        changed = Recipe.read(network.recipe).replaced(**{Recipe.known(name): value})
        names = (*network.recipe, name)
        return dataclasses.replace(network, recipe={n: v for n, v in changed.written().items() if n in names})
    data = DataChoice.read({**network.data, name: value})
    if base is not None and name == "source":
        value = data.resolved(base).source
    return dataclasses.replace(network, data={**network.data, name: value})


def _value(written: str) -> Any:
    """As JSON reads it; what is no JSON is text."""
    try:
        return json.loads(written)
    except (ValueError, RecursionError):  # a number of 5,000 digits is no JSONDecodeError
        return written
