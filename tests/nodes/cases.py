"""Settings and inputs for every node type: those that do not take every kind of value have an entry in ``INPUTS``."""

from hypothesis import strategies as st

from nodes.spec.node_type import NodeType
from nodes.spec.shapes import Shape
from tests.nodes import drawn, sequential, spatial, various
from tests.nodes.drawn import alone, anything, settings_of

INPUTS = {**drawn.INPUTS, **spatial.INPUTS, **sequential.INPUTS, **various.INPUTS}


@st.composite
def cases(draw: st.DrawFn, declared: type[NodeType]) -> tuple[NodeType, tuple[Shape | None, ...]]:
    """Settings of a node type and inputs of a kind it takes; a node that takes every kind needs no entry above."""
    settings = draw(settings_of(declared))
    return settings, draw(INPUTS.get(declared.type_id, alone(anything))(settings))
