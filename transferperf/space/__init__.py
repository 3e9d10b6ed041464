"""What can be set, and where it runs: options, constraints, spaces, environments and their encoding as numbers."""

from transferperf.space.constraint import Condition, Configuration, Constraint, Exclusion, OneOf
from transferperf.space.declaration import declare_space, parse_space
from transferperf.space.descriptors import Descriptors, describe
from transferperf.space.encoding import Encoding
from transferperf.space.environment import FACTORS, Environment
from transferperf.space.option import BinaryOption, ChoiceOption, IntegerOption, Option, RealOption, Value
from transferperf.space.space import Axis, ConfigurationSpace

__all__ = [
    "FACTORS",
    "Axis",
    "BinaryOption",
    "ChoiceOption",
    "Condition",
    "Configuration",
    "ConfigurationSpace",
    "Constraint",
    "Descriptors",
    "Encoding",
    "Environment",
    "Exclusion",
    "IntegerOption",
    "OneOf",
    "Option",
    "RealOption",
    "Value",
    "declare_space",
    "describe",
    "parse_space",
]
