"""What can be set, and where it runs: options, constraints, spaces, environments and their encoding as numbers."""

from transferperf.space.constraint import Condition, Configuration, Constraint, Exclusion, Formula, OneOf, Requirement
from transferperf.space.declaration import declare_space, parse_space
from transferperf.space.descriptors import Descriptors, describe
from transferperf.space.encoding import EncodedAxis, Encoding, encoded_axes
from transferperf.space.environment import FACTORS, Environment
from transferperf.space.masks import allowed_levels, valid_mask
from transferperf.space.option import BinaryOption, ChoiceOption, IntegerOption, Option, RealOption, Value
from transferperf.space.rules import Rules
from transferperf.space.sampling import canonical_axes, draw_valid
from transferperf.space.satisfiability import check_satisfiable, clash
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
    "EncodedAxis",
    "Encoding",
    "Environment",
    "Exclusion",
    "Formula",
    "IntegerOption",
    "OneOf",
    "Option",
    "RealOption",
    "Requirement",
    "Rules",
    "Value",
    "allowed_levels",
    "canonical_axes",
    "check_satisfiable",
    "clash",
    "declare_space",
    "describe",
    "draw_valid",
    "encoded_axes",
    "parse_space",
    "valid_mask",
]
