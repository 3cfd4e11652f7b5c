"""Settings of the learning-rate schedules."""

from __future__ import annotations

from dataclasses import dataclass

from nodes.spec.settings import choice, flag, integer, numbers, real
from runtime.recipe_parts.words import given
from runtime.schedules import HAS_CYCLED_MOMENTUM, MOVES_MOMENTUM

GROUP = "Rate"


@dataclass(frozen=True)
class RateSettings:
    """How the learning rate moves."""

    # fmt: off
    warmup_epochs: float = real(
        0.0, low=0.0, high=100_000.0, unit="epochs", doc="Raises the rate evenly before the schedule begins.",
        group=GROUP,
    )
    warmup_start: float = real(
        0.1, low=0.0, high=1.0, doc="Share of the rate that the warm-up begins with.", group=GROUP,
        when=given("warmup_epochs"),
    )
    rate_changes: str = choice(
        "each step", "each step", "each epoch", doc="Smoothly, or once an epoch.", group=GROUP,
        when=given("schedule", "exponential", "inverse_time", "cosine", "warm_restarts", "polynomial", "linear"),
    )
    step_size: int = integer(
        10, low=1, high=100_000, unit="epochs", doc="Epochs between two falls.", group=GROUP,
        when=given("schedule", "step"),
    )
    milestones: tuple[float, ...] = numbers(
        5, 8, high=100_000, unit="epochs", doc="Epochs after which the rate falls, such as 30, 60, 80.", group=GROUP,
        when=given("schedule", "multistep"),
    )
    gamma: float = real(
        0.1, low=1e-6, high=1.0, doc="What the rate is multiplied by at a fall.", group=GROUP,
        when=given("schedule", "step", "multistep"),
    )
    decay_rate: float = real(
        0.1, low=0.0, high=1000.0, logarithmic=True, doc="k in e^(−kt) or 1/(1 + kt), with t in epochs.", group=GROUP,
        when=given("schedule", "exponential", "inverse_time"),
    )
    eta_min: float = real(
        0.0, low=0.0, high=100.0, logarithmic=True, doc="The lowest rate.", group=GROUP,
        when=given("schedule", "cosine", "warm_restarts"),
    )
    T_0: int = integer(
        5, low=1, high=100_000, unit="epochs", doc="Epochs until the first restart.", group=GROUP,
        when=given("schedule", "warm_restarts"),
    )
    T_mult: int = integer(
        1, low=1, high=100, doc="How many times longer each next period is.", group=GROUP,
        when=given("schedule", "warm_restarts"),
    )
    pct_start: float = real(
        0.3, low=0.0, high=1.0, doc="Share of the run in which the rate rises.", group=GROUP,
        when=given("schedule", "one_cycle"),
    )
    anneal_strategy: str = choice(
        "cos", "cos", "linear", doc="Shape of the rise and the fall.", group=GROUP,
        when=given("schedule", "one_cycle"),
    )
    div_factor: float = real(
        25.0, low=1.0, high=1e6, doc="The first rate is the learning rate divided by this.", group=GROUP,
        when=given("schedule", "one_cycle"),
    )
    final_div_factor: float = real(
        1e4, low=1.0, high=1e9, doc="The last rate is the first divided by this.", group=GROUP,
        when=given("schedule", "one_cycle"),
    )
    three_phase: bool = flag(
        False, doc="Fall as long as it rose, then to the last rate.", group=GROUP, when=given("schedule", "one_cycle")
    )
    base_lr: float = real(
        0.001, low=0.0, high=100.0, logarithmic=True, doc="The lower rate; the learning rate is the upper.",
        group=GROUP, when=given("schedule", "cyclic"),
    )
    step_size_up: float = real(
        2.0, low=0.001, high=100_000.0, unit="epochs", doc="Epochs from the lower rate to the upper.", group=GROUP,
        when=given("schedule", "cyclic"),
    )
    step_size_down: float | None = real(
        None, low=0.001, high=100_000.0, unit="epochs", optional="as step_size_up", doc="Epochs back to the lower.",
        group=GROUP, when=given("schedule", "cyclic"),
    )
    cycle_mode: str = choice(
        "triangular", "triangular", "triangular2", "exp_range", group=GROUP, when=given("schedule", "cyclic"),
        doc="All cycles alike, each half as high as the last, or falling by cycle_gamma at every step.",
    )
    cycle_gamma: float = real(
        0.9999, low=0.0, high=1.0, doc="What the height is multiplied by at every step.", group=GROUP,
        when=(("schedule", ("cyclic",)), ("cycle_mode", ("exp_range",))),
    )
    cycle_momentum: bool = flag(
        True, doc="Momentum (beta1) falls while the rate rises, and rises while it falls.", group=GROUP,
        when=(("schedule", MOVES_MOMENTUM), ("optimizer", HAS_CYCLED_MOMENTUM)),
    )
    base_momentum: float = real(
        0.85, low=0.0, high=0.9999, doc="The lower momentum.", group=GROUP,
        when=(("schedule", MOVES_MOMENTUM), ("optimizer", HAS_CYCLED_MOMENTUM), ("cycle_momentum", ())),
    )
    max_momentum: float = real(
        0.95, low=0.0, high=0.9999, doc="The upper momentum.", group=GROUP,
        when=(("schedule", MOVES_MOMENTUM), ("optimizer", HAS_CYCLED_MOMENTUM), ("cycle_momentum", ())),
    )
    power: float = real(
        1.0, low=0.01, high=100.0, doc="1 is a straight line to 0; 2 falls fast first.", group=GROUP,
        when=given("schedule", "polynomial"),
    )
    end_factor: float = real(
        0.01, low=0.0, high=100.0, logarithmic=True, doc="Share of the rate at the end.", group=GROUP,
        when=given("schedule", "linear"),
    )
    factor: float = real(
        0.1, low=1e-6, high=0.9999, doc="What the rate is multiplied by on a plateau.", group=GROUP,
        when=given("schedule", "plateau"),
    )
    patience: int = integer(
        10, low=0, high=100_000, unit="validations", doc="Validations without progress that are borne.", group=GROUP,
        when=given("schedule", "plateau"),
    )
    threshold: float = real(
        1e-4, low=0.0, high=1e6, logarithmic=True, doc="The least change that counts as progress.", group=GROUP,
        when=given("schedule", "plateau"),
    )
    threshold_mode: str = choice(
        "rel", "rel", "abs", doc="Threshold as a share of the best value, or as it is.", group=GROUP,
        when=given("schedule", "plateau"),
    )
    cooldown: int = integer(
        0, low=0, high=100_000, unit="validations", doc="Validations to wait after a fall.", group=GROUP,
        when=given("schedule", "plateau"),
    )
    min_lr: float = real(
        0.0, low=0.0, high=100.0, logarithmic=True, doc="The lowest rate.", group=GROUP,
        when=given("schedule", "plateau"),
    )
    # fmt: on
