"""Spaces to test with, of every kind of option and constraint."""

from hypothesis import strategies as st

from transferperf.space import (
    BinaryOption,
    ChoiceOption,
    Condition,
    ConfigurationSpace,
    Exclusion,
    IntegerOption,
    OneOf,
    Option,
    RealOption,
    Value,
)

NUMBERS = st.floats(0.001, 1e6, allow_nan=False).map(lambda value: round(value, 6))
WORDS = st.text("abcXYZ019_-é", min_size=1, max_size=4)


def options(name: str) -> st.SearchStrategy[Option]:
    """An option of that name, of any kind."""
    scales = st.sampled_from(["linear", "log"])
    integers = st.lists(st.integers(1, 5000), min_size=1, max_size=5, unique=True).map(tuple)
    reals = st.lists(NUMBERS, min_size=1, max_size=5, unique=True).map(tuple)
    words = st.lists(WORDS, min_size=1, max_size=5, unique=True).map(tuple)
    pairs: list[tuple[Value, Value]] = [(0, 1), (False, True), ("off", "on")]
    return st.one_of(
        st.sampled_from(pairs).map(lambda two: BinaryOption(name=name, levels=two)),
        words.map(lambda levels: ChoiceOption(name=name, levels=levels, default=levels[-1])),
        st.builds(IntegerOption, name=st.just(name), levels=integers, unit=st.sampled_from(["", "MB"]), scale=scales),
        st.builds(RealOption, name=st.just(name), levels=reals, scale=scales),
    )


@st.composite
def spaces(draw: st.DrawFn, *, with_conditions: bool = True) -> ConfigurationSpace:
    """A space of two to five free options, perhaps with a one-hot group, an exclusion and conditions."""
    free = [draw(options(f"o{k}")) for k in range(draw(st.integers(2, 5)))]
    hot = [BinaryOption(name=f"hot_{k}", default=int(k == 0)) for k in range(draw(st.sampled_from([0, 2, 3])))]
    conditions: list[Condition] = []
    others: list[OneOf | Exclusion] = []
    for child, parent in zip(free[1:], free, strict=False):
        if with_conditions and draw(st.booleans()):
            values = draw(st.lists(st.sampled_from(parent.levels), min_size=1, max_size=2, unique=True))
            conditions.append(Condition(option=child.name, parent=parent.name, values=tuple(values)))
    if hot:
        others.append(OneOf(options=tuple(option.name for option in hot), is_optional=draw(st.booleans())))
    bad = tuple((option.name, (option.levels[-1],)) for option in free[:2])
    if draw(st.booleans()) and any(option.default != option.levels[-1] for option in free[:2]):
        others.append(Exclusion(values=bad, reason="they do not go together"))
    return ConfigurationSpace((*free, *hot), (*conditions, *others))


@st.composite
def spaces_with_row(draw: st.DrawFn, *, with_conditions: bool = True) -> tuple[ConfigurationSpace, dict[str, object]]:
    """A space and one combination of its levels, valid or not."""
    space = draw(spaces(with_conditions=with_conditions))
    return space, {option.name: draw(st.sampled_from(option.levels)) for option in space.options}
