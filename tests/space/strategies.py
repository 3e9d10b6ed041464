"""Spaces to test with, of every kind of option and constraint."""

import itertools

from hypothesis import strategies as st

from transferperf.space import (
    BinaryOption,
    ChoiceOption,
    Condition,
    ConfigurationSpace,
    Constraint,
    Exclusion,
    Formula,
    IntegerOption,
    OneOf,
    Option,
    RealOption,
    Requirement,
    Value,
)

NUMBERS = st.floats(0.001, 1e6, allow_nan=False).map(lambda value: round(value, 6))
WORDS = st.text("abcXYZ019_-é", min_size=1, max_size=4)


def options(name: str) -> st.SearchStrategy[Option]:
    """An option of that name, of any kind."""
    scales = st.sampled_from(["linear", "log", "ordinal"])
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


def combinations(space: ConfigurationSpace) -> list[dict[str, Value]]:
    """Every combination of the levels of the options, valid or not."""
    rows = itertools.product(*(option.levels for option in space.options))
    return [dict(zip(space.names, row, strict=True)) for row in rows]


NUMERIC = ("x", "y", "z")
TERMS = st.sampled_from(["x", "y", "z", "on", "2", "3", "0.5", "(x + y)", "x * z", "-y", "z // 2", "x % 3", "y ** 2"])


@st.composite
def formulas(draw: st.DrawFn) -> str:
    """What may hold of the options of `tied_spaces`."""
    sides = [f"{draw(TERMS)} {draw(st.sampled_from('+-*/'))} {draw(TERMS)}" for _ in range(3)]
    sign = st.sampled_from(["<=", ">=", "<", ">", "==", "!="])
    links = [f"{sides[0]} {draw(sign)} {sides[1]}", f"{draw(TERMS)} {draw(sign)} {sides[2]} {draw(sign)} 9"]
    links += [f"word {draw(st.sampled_from(['==', '!=']))} 'b'", "word in ('a', 'c')", "on", "not on", "x in (1, 4)"]
    first, second = draw(st.sampled_from(links)), draw(st.sampled_from(links))
    return draw(st.sampled_from([first, f"{first} and {second}", f"{first} or {second}", f"not ({first}) or {second}"]))


@st.composite
def tied_spaces(draw: st.DrawFn) -> ConfigurationSpace:
    """A space of at most a few hundred combinations with constraints of every kind, satisfiable or not."""
    levels = st.lists(st.integers(0, 8), min_size=1, max_size=2, unique=True).map(tuple)
    numbers = [IntegerOption(name=name, levels=draw(levels)) for name in NUMERIC]
    word = ChoiceOption(name="word", levels=("a", "b", "c"))
    hot = [BinaryOption(name=f"hot_{k}") for k in range(draw(st.sampled_from([0, 0, 2])))]
    options = (*numbers, word, BinaryOption(name="on"), *hot)
    constraints: list[Constraint] = [Formula(holds=draw(formulas())) for _ in range(draw(st.integers(0, 2)))]

    def values() -> tuple[str, tuple[Value, ...]]:
        option = draw(st.sampled_from(options))
        return option.name, tuple(draw(st.sets(st.sampled_from(option.levels), min_size=1, max_size=2)))

    if hot:
        constraints.append(OneOf(options=tuple(option.name for option in hot), is_optional=draw(st.booleans())))
    for _ in range(draw(st.integers(0, 3))):
        if draw(st.booleans()):
            constraints.append(Exclusion(values=(values(), values()), reason="drawn"))
        else:
            constraints.append(Requirement(when=(values(),), then=(values(), values()), reason="drawn"))
    for child, parent in draw(st.sampled_from([(), (("z", "on"),), (("word", "x"), ("z", "word"))])):
        among = {option.name: option.levels for option in options}[parent]
        constraints.append(Condition(option=child, parent=parent, values=(draw(st.sampled_from(among)),)))
    return ConfigurationSpace(options, tuple(constraints))
