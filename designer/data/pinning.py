"""Which validation samples are pinned, as the recipe writes it."""

from __future__ import annotations

import dataclasses

from nodes.graph.model import Network

MOST = 4


def pinned_places(network: Network) -> list[int]:
    """Places within the validation part, as far as the recipe names any."""
    written = str(network.recipe.get("pinned_samples", ""))
    return [int(part) for part in written.split(",") if part.strip().isdecimal()]


def with_pin(network: Network, place: int) -> Network:
    """With a sample pinned that was not, or the other way round; beyond four the first one goes."""
    places = pinned_places(network)
    places = [one for one in places if one != place] if place in places else [*places, place][-MOST:]
    recipe = {**network.recipe, "pinned_samples": ", ".join(map(str, places))}
    if not places:
        del recipe["pinned_samples"]
    return dataclasses.replace(network, recipe=recipe)
