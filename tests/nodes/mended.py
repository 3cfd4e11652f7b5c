"""Errors of shape rules, and what their fixes make of a node."""

import pytest

from nodes.spec.fixes import Fix, SetTo
from nodes.spec.node_type import NodeType
from nodes.spec.shapes import Shape, ShapeError


def refusal(settings: NodeType, *inputs: Shape) -> ShapeError:
    """The error with which the rule refuses these inputs."""
    with pytest.raises(ShapeError) as refused:
        settings.shape(*inputs)
    return refused.value


def fixes_of(settings: NodeType, *inputs: Shape) -> tuple[Fix, ...]:
    fixes = refusal(settings, *inputs).fixes
    assert fixes
    return fixes


def mended(settings: NodeType, fix: Fix) -> NodeType:
    """The node with the settings that a fix gives it."""
    assert isinstance(fix, SetTo)
    return settings.replaced(**fix.changes)
