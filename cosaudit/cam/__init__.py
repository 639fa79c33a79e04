"""The engine for policies of Tencent Cloud's access management (CAM), usable as a library.

>>> from cosaudit.cam import decide, loads
>>> policy = loads('{"version": "2.0", "statement": [{"effect": "allow", "action": "cos:PutObject", "resource": "*"}]}')
>>> decide(policy, "name/cos:DeleteObject", "qcs::cos:ap-guangzhou:uid/1250000000:media-1250000000/a.jpg").reason
'no statement grants name/cos:DeleteObject'

Text is parsed with the place of everything, its oddities are told, and decisions are sound in three values: what is
not known is never guessed.
"""

from cosaudit.cam.condition import OPERATORS, holds, parse_operator
from cosaudit.cam.decide import decide, glob, match, matching
from cosaudit.cam.parse import PolicyError, area_of, concrete, loads, parse
from cosaudit.cam.policy import (
    NOTHING_KNOWN,
    Action,
    Area,
    Condition,
    Context,
    Decision,
    Known,
    Oddity,
    Policy,
    Resource,
    Span,
    Statement,
    Truth,
    Value,
    atom,
    atom_name,
    has_atoms,
    shown,
)

__all__ = [
    "NOTHING_KNOWN",
    "OPERATORS",
    "Action",
    "Area",
    "Condition",
    "Context",
    "Decision",
    "Known",
    "Oddity",
    "Policy",
    "PolicyError",
    "Resource",
    "Span",
    "Statement",
    "Truth",
    "Value",
    "area_of",
    "atom",
    "atom_name",
    "concrete",
    "decide",
    "glob",
    "has_atoms",
    "holds",
    "loads",
    "match",
    "matching",
    "parse",
    "parse_operator",
    "shown",
]
