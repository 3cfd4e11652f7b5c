"""The part of a script that trains two networks against each other."""

from __future__ import annotations

from collections.abc import Iterator

from runtime.adversarial import MOST_COMPARED, Adversaries
from runtime.exchange.script.carried import carried
from runtime.exchange.script.measuring import forward_lines
from runtime.exchange.script.plan import Plan


def adversaries_lines(both: Adversaries) -> list[str]:
    """What is carried of the program, and which node belongs to which network."""
    return [
        *"\n\n\n".join(carried(["Adversaries", "distance"]).values()).splitlines(),
        "",
        "",
        "both = Adversaries(",
        f"    judged={both.judged}, real={both.real}, fed={both.fed!r}, output={both.output},",
        f"    generator=frozenset({sorted(both.generator)!r}),",
        f"    discriminator=frozenset({sorted(both.discriminator)!r}),",
        ")",
        "judging = [weight for weight in both.weights(model, both.discriminator) if weight.requires_grad]",
        "discriminated = 0  # steps of the discriminator",
        "",
        "",
        "@torch.no_grad()",
        "def measured(network, rows):",
        '    """How far what is generated lies from as many real samples, along the same directions each time."""',
        "    network.eval()",
        f"    batch = batch_of(rows[:{MOST_COMPARED}])",
        '    return {"loss": distance(batch[both.judged], both.generated(network, batch))}',
    ]


def adversarial_step(plan: Plan, move: list[str]) -> Iterator[str]:
    """A step of the discriminator, and of the generator where it is its turn; ``move`` lowers what was found."""
    several = plan.recipe.accumulation_steps > 1
    samples = "sum(map(len, together))" if several else "len(rows)"
    share = "loss" if plan.is_summed or not several else f"(loss * (len(rows) / {samples}))"
    deceived = "loss = both.loss(model, batch, both.generated(model, batch), True)"

    def of_each(*lines: str) -> Iterator[str]:
        if not several:
            yield from lines
            return
        yield "for rows in together:"
        yield from (f"    {line}" for line in lines)

    yield "optimizer.zero_grad()"
    yield from of_each(
        "batch = batch_of(rows, epoch)",
        "with torch.no_grad():",
        *(f"    {line}" for line in forward_lines(plan, "made = both.generated(model, batch)")),
        *forward_lines(plan, "loss = both.loss(model, batch, batch[both.judged], True)"),
        *forward_lines(plan, "loss = (loss + both.loss(model, batch, made, False)) / 2"),
        f"{share}.backward()",
    )
    yield from move
    yield "discriminated += 1"
    yield f"if discriminated % {plan.recipe.discriminator_steps} == 0:  # the generator's turn"
    turn = [
        "optimizer.zero_grad()",
        "for weight in judging:",
        "    weight.requires_grad_(False)",
        *of_each("batch = batch_of(rows, epoch)", *forward_lines(plan, deceived), f"{share}.backward()"),
        "for weight in judging:",
        "    weight.requires_grad_(True)",
        *move,
    ]
    yield from (f"    {line}" for line in turn)
