from hypothesis import given
from hypothesis import strategies as st

from nodes.spec.shapes import Shape
from nodes.spec.sizes import Unknown, size_at

H = Unknown.named("H")


def test_an_unknown_reads_as_one_writes_it():
    assert str(H * 2 - 4) == "2·H − 4"
    assert str((H - 5) // 3 + 1) == "⌊(H − 5)/3⌋ + 1"
    assert str(H * 7 * H) == "7·H·H"


def test_equal_expressions_are_equal():
    assert (H + 1) * 2 - 2 == H * 2
    assert H - H == 0
    assert hash(H + 1 - 1) == hash(H)


def test_halving_an_even_multiple_is_exact():
    assert H * 4 // 2 == H * 2
    assert (H * 4 + 1) // 2 == H * 2


steps = st.lists(st.tuples(st.sampled_from("+-*/"), st.integers(1, 9)), max_size=6)


@given(steps, st.integers(1, 500))
def test_arithmetic_then_value_is_value_then_arithmetic(chain, value):
    size, number = H, value
    for sign, operand in chain:
        if sign == "+":
            size, number = size + operand, number + operand
        elif sign == "-":
            size, number = size - operand, number - operand
        elif sign == "*":
            size, number = size * operand, number * operand
        else:
            size, number = size // operand, number // operand
    assert size_at(size, {"H": value}) == number


def test_a_shape_equals_its_sizes_and_a_shape_of_the_same_kind():
    assert Shape(3, 32, 32) == (3, 32, 32)
    assert Shape(4, 8) != Shape(4, 8, axes="CL")
    assert Shape(5, axes="L", values="index") != Shape(5, axes="L")


def test_memory_of_a_shape():
    assert Shape(64, 224, 224).bytes == 64 * 224 * 224 * 4
    assert Shape("L", axes="L", values="index").at({"L": 10}).bytes == 80


def test_a_shape_in_words():
    assert Shape(16, 5, 5).described() == "an image (16 × 5 × 5)"
    assert Shape("L", 8).described() == "a sequence (L × 8)"
    assert Shape("L", axes="L", values="index").described() == "a sequence of indices (L)"
