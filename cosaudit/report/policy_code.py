"""A session policy as code: a function that puts identities into it and refuses what would open it.

The values of the policy are data: each language gets them as literals of its own, and the values of the placeholders
are joined to them before the whole is encoded as JSON. Nothing is replaced inside JSON text.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cosaudit.model import Placeholder

#: The languages that there is code for.
LANGUAGES = ("node", "python", "php", "java", "go")

#: The longest value that the code takes: an openid has 28 characters, an object key at most 850 bytes.
MAX_LENGTH = 128

#: The greatest whole number that every one of the languages holds exactly.
_MAX_NUMBER = 2**53

#: What the code says of a value that it refuses; the placeholder's name stands before it.
REFUSED = f"must have 1 to {MAX_LENGTH} characters, only letters, digits and _ - . @, and no .."

_CHARACTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.@-"
#: Those that are taken too where they are declared: no language and no policy reads them as anything else.
_DECLARED = f"+=~{_CHARACTERS}"


class Form(NamedTuple):
    """What the value of a placeholder must be: a pattern that all the languages read alike, and that in words."""

    pattern: str = f"[A-Za-z0-9_.@-]{{1,{MAX_LENGTH}}}"
    says: str = REFUSED


_DEFAULT = Form()


def declared(known: Placeholder) -> Form:
    """The form of a placeholder as it is declared; what the code never takes stays refused."""
    ranges = known.alphabet
    usable = list(_CHARACTERS)
    if ranges is not None:
        usable = [char for char in _DECLARED if any(low <= ord(char) <= high for low, high in ranges)]
    most = min(known.most or MAX_LENGTH, MAX_LENGTH)
    least = min(max(known.least, 1), most)
    if not known.declared or not usable or (ranges is None and (least, most) == (1, MAX_LENGTH)):
        return _DEFAULT
    runs: list[str] = []
    for char in usable:
        if runs and ord(char) == ord(runs[-1][-1]) + 1:
            runs[-1] = runs[-1][0] + char
        else:
            runs.append(char)
    written = [f"{one[0]}-{one[-1]}" if len(one) > 1 else one for one in runs]
    length = f"{least}" if least == most else f"{least} to {most}"
    says = f"must have {length} character{'' if length == '1' else 's'}, only {' '.join(written)}, and no .."
    return Form(f"[{''.join(written)}]{{{least},{most}}}", says)


class Unfit(ValueError):  # noqa: N818
    """A policy holds a value that JSON, or one of the languages, has no exact form for."""


def code(
    language: str, document: dict[str, Any], placeholders: Sequence[str], forms: Mapping[str, Form] | None = None
) -> str:
    """A source file with one function: values of the placeholders in, the policy as JSON text out.

    The function takes one argument for each placeholder, in their order. It refuses a value that is no text of 1 to
    `MAX_LENGTH` ASCII letters, digits, `_`, `-`, `.` and `@`, that is a single dot or that holds `..`, and says which
    placeholder it is.

    Args:
        language: one of `LANGUAGES`.
        document: the policy as dicts, lists and scalars; `{name}` and `${name}` in its texts are placeholders.
        placeholders: their names; other texts in braces stay as they are.
        forms: what else values must be, by name.

    Raises:
        KeyError: there is no such language.
        Unfit: a number that is not finite, or a whole one beyond 2^53.
    """
    writer = _WRITERS[language]
    names = _identifiers(tuple(dict.fromkeys(placeholders)))
    checked: dict[Form, dict[str, str]] = {}
    for name, argument in names.items():
        checked.setdefault((forms or {}).get(name, _DEFAULT), {})[name] = argument
    return writer(document, names, checked)


# ---- what the languages share

#: The arguments by the form that their values must have.
_Checked = dict[Form, dict[str, str]]

#: Words that cannot be the name of an argument in one of the languages, or that our code uses itself.
_WORDS = (
    "_ abstract allowed and any append args arguments array as assert async await bool boolean break byte case "
    "catch chan char check class clone code complex128 complex64 const continue debugger declare def default defer "
    "del delete die do double echo elif else elseif empty enddeclare endfor endforeach endif endswitch endwhile "
    "enum err error eval except exit export extends fallthrough false final finally fits float float32 float64 fmt "
    "fn for foreach from func function global go goto if implements import in include instanceof int int16 int32 "
    "int64 int8 integer interface is isinstance isset it iter json lambda len let list long make map match method "
    "mixed module name namespace native new nil none nonlocal not null number object one or package panic parent "
    "pass pattern print private protected public raise range re read readonly record regexp require result return rule "
    "rune "
    "sealed select self session_policy sessionpolicy short static str strictfp string strings struct super switch "
    "synchronized text this throw throws trait transient true try type typeof uint uintptr undefined unset use "
    "value values var void volatile while with yield "
)
_TAKEN = frozenset(_WORDS.split())


def _identifiers(names: tuple[str, ...]) -> dict[str, str]:
    """The name of an argument for each placeholder: apart from each other and from the words that are taken."""
    found: dict[str, str] = {}
    for name in names:
        base = re.sub(r"[^A-Za-z0-9_]", "_", name)
        if base.lower() in _TAKEN or base[:1] in ("_", "") or base[:1].isdigit():
            base = f"the_{base.strip('_')}".rstrip("_")
        candidate, number = base, 2
        while candidate.lower() in [one.lower() for one in found.values()]:
            candidate, number = f"{base}{number}", number + 1
        found[name] = candidate
    return found


def _pieces(text: str, names: dict[str, str]) -> list[tuple[str, bool]]:
    """A text as literal parts and names of arguments (True)."""
    if any("\ud800" <= char <= "\udfff" for char in text):
        raise Unfit("a text with half of a character pair")
    pieces: list[tuple[str, bool]] = []
    if names:
        pattern = re.compile(r"\$?\{(" + "|".join(map(re.escape, names)) + r")\}")
        parts = pattern.split(text)
        pieces = [(names[part], True) if at % 2 else (part, False) for at, part in enumerate(parts) if at % 2 or part]
    return pieces or [(text, False)]


class _Writer:
    """Writes the values of a policy as expressions. What most languages share; each one says what differs."""

    brackets = ("[", "]")
    braces = ("{", "}")
    step = "    "
    comma = ","  # behind the last item of several lines
    plus = " + "
    variable = ""

    def __init__(self, names: dict[str, str]) -> None:
        self.names = names

    def value(self, value: Any, indent: str = "") -> str:
        """The expression for a value; its later lines are indented."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            items = [self.pair(str(key), self.value(below, indent + self.step)) for key, below in value.items()]
            return self.mapping(list(map(str, value)), items, indent)
        if isinstance(value, (list, tuple)):
            items = [self.value(below, indent + self.step) for below in value]
            if len(items) == 1 and not isinstance(value[0], (dict, list, tuple)):
                return f"{self.brackets[0]}{items[0]}{self.brackets[1]}"
            return self.lines(self.brackets, items, indent)
        if value is None or isinstance(value, bool):
            return self.word(value)
        return self.number(_number(value))

    def lines(self, around: tuple[str, str], items: list[str], indent: str) -> str:
        """Items between brackets, a line each."""
        if not items:
            return "".join(around)
        inner = ",\n".join([f"{indent}{self.step}{item}" for item in items])
        return f"{around[0]}\n{inner}{self.comma}\n{indent}{around[1]}"

    def mapping(self, keys: list[str], items: list[str], indent: str) -> str:
        """A mapping of written pairs."""
        return self.lines(self.braces, items, indent)

    def pair(self, key: str, value: str) -> str:
        """A key and the expression of its value."""
        return f"{self.literal(key)}: {value}"

    def text(self, text: str) -> str:
        """A text with its placeholders."""
        pieces = _pieces(text, self.names)
        return self.plus.join([f"{self.variable}{one}" if named else self.literal(one) for one, named in pieces])

    def word(self, value: bool | None) -> str:
        """True, false and null."""
        return "null" if value is None else "true" if value else "false"

    def number(self, number: str) -> str:
        """A number, from its JSON form."""
        return number

    def literal(self, text: str) -> str:
        """A text as the language writes it."""
        return _escaped(text, '"', self.far)

    def far(self, char: str) -> str:
        """A character that does not print, or that a source file should not hold."""
        return f"\\U{ord(char):08x}"


def _number(value: float) -> str:
    """A number as JSON and all the languages write it."""
    if isinstance(value, int):
        if abs(value) > _MAX_NUMBER:
            raise Unfit("a number beyond 2^53")
        return str(value)
    if value != value or value in (float("inf"), float("-inf")):
        raise Unfit(f"the number {value}, which JSON does not have")
    return repr(value)


_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t", "\\": "\\\\"}


def _escaped(text: str, quote: str, far: Callable[[str], str]) -> str:
    """A text between quotes: quotes, backslashes and line ends escaped, and as `far` says what does not print."""
    out = []
    for char in text:
        short = f"\\{char}" if char == quote else _SHORT.get(char)
        out.append(short or (char if char.isprintable() else far(char)))
    return f"{quote}{''.join(out)}{quote}"


def _units(char: str) -> str:
    """A character as one or two `\\uXXXX`."""
    number = ord(char)
    if number > 0xFFFF:
        number -= 0x10000
        return f"\\u{0xD800 + (number >> 10):04x}\\u{0xDC00 + (number & 0x3FF):04x}"
    return f"\\u{number:04x}"


_ABOUT = "The session policy for STS, as JSON text."
_TRUST = "Take the values from the login on your server, never from the request."


# ---- node


class _Node(_Writer):
    step = "  "

    def pair(self, key: str, value: str) -> str:
        if key == "__proto__":  # in braces it would set the prototype
            return f"['__proto__']: {value}"
        return f"{key if re.fullmatch('[a-z][a-z_]*', key) else self.literal(key)}: {value}"

    def literal(self, text: str) -> str:
        return _escaped(text, "'", _units)


def _node(document: dict[str, Any], names: dict[str, str], checked: _Checked) -> str:
    writer = _Node(names)
    checks = ""
    for form, some in checked.items():
        listed = ", ".join([f"[{writer.literal(name)}, {argument}]" for name, argument in some.items()])
        checks += f"""\
  for (const [name, value] of [{listed}]) {{
    if (typeof value !== 'string' || !/^{form.pattern}$/.test(value) || value === '.' || value.includes('..')) {{
      throw new TypeError(`${{name}} {form.says}`);
    }}
  }}
"""
    trust = f"\n// {_TRUST}" if names else ""
    return f"""\
'use strict';

// {_ABOUT}{trust}
function sessionPolicy({", ".join(names.values())}) {{
{checks}  return JSON.stringify({writer.value(document, "  ")});
}}

module.exports = {{ sessionPolicy }};
"""


# ---- python


class _Python(_Writer):
    def word(self, value: bool | None) -> str:
        return repr(value)


def _python(document: dict[str, Any], names: dict[str, str], checked: _Checked) -> str:
    writer = _Python(names)
    checks = ""
    for form, some in checked.items():
        listed = ", ".join([f"({writer.literal(name)}, {argument})" for name, argument in some.items()])
        listed += "," if len(some) == 1 else ""
        checks += f"""\
    for name, value in ({listed}):
        fits = isinstance(value, str) and re.fullmatch(r"{form.pattern}", value)
        if not fits or value == "." or ".." in value:
            raise ValueError(f"{{name}} {form.says}")
"""
    imports = "import json\nimport re" if names else "import json"
    trust = f"\n\n    {_TRUST}\n    " if names else ""
    arguments = ", ".join([f"{argument}: str" for argument in names.values()])
    return f'''\
{imports}


def session_policy({arguments}) -> str:
    """{_ABOUT}{trust}"""
{checks}    return json.dumps({writer.value(document, "    ")})
'''


# ---- php


class _Php(_Writer):
    plus = " . "
    variable = "$"
    braces = ("[", "]")

    def mapping(self, keys: list[str], items: list[str], indent: str) -> str:
        if not items:
            return "new stdClass()"
        written = super().mapping(keys, items, indent)
        # a key of digits becomes a number, and an array of 0, 1, 2 … a list
        return f"(object) {written}" if any(key.lstrip("-").isdecimal() for key in keys) else written

    def pair(self, key: str, value: str) -> str:
        return f"{self.literal(key)} => {value}"

    def literal(self, text: str) -> str:
        if text.isprintable():
            return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
        return _escaped(text, '"', self.far).replace("$", "\\$")

    def far(self, char: str) -> str:
        return f"\\u{{{ord(char):x}}}"


def _php(document: dict[str, Any], names: dict[str, str], checked: _Checked) -> str:
    writer = _Php(names)
    checks = ""
    for form, some in checked.items():
        listed = ", ".join([f"{writer.literal(name)} => ${argument}" for name, argument in some.items()])
        checks += f"""\
    foreach ([{listed}] as $name => $value) {{
        $fits = preg_match('/\\A{form.pattern}\\z/', $value) === 1;
        if (!$fits || $value === '.' || strpos($value, '..') !== false) {{
            throw new InvalidArgumentException($name . ' {form.says}');
        }}
    }}

"""
    trust = f"\n// {_TRUST}" if names else ""
    arguments = ", ".join([f"string ${argument}" for argument in names.values()])
    return f"""\
<?php

declare(strict_types=1);

// {_ABOUT}{trust}
function sessionPolicy({arguments}): string
{{
{checks}    return json_encode({writer.value(document, "    ")}, JSON_THROW_ON_ERROR | JSON_UNESCAPED_SLASHES);
}}
"""


# ---- java


class _Java(_Writer):
    brackets = ("array(", ")")
    braces = ("object(", ")")
    comma = ""

    def pair(self, key: str, value: str) -> str:
        return f"{self.literal(key)}, {value}"

    def text(self, text: str) -> str:
        return f"text({super().text(text)})"

    def word(self, value: bool | None) -> str:
        return f'"{super().word(value)}"'

    def number(self, number: str) -> str:
        return f'"{number}"'

    def literal(self, text: str) -> str:
        # a source file of ASCII is read alike by every compiler
        return "".join([char if char < "\x7f" else _units(char) for char in _escaped(text, '"', self.far)])

    def far(self, char: str) -> str:
        # `\u000a` would end the line before the compiler sees a text: octal does not
        return f"\\{ord(char):03o}" if char <= "\x7f" else char


_JAVA_HELPERS = """\

    private static String object(String... keysAndValues) {
        StringBuilder out = new StringBuilder("{");
        for (int i = 0; i < keysAndValues.length; i += 2) {
            out.append(i == 0 ? "" : ",").append(text(keysAndValues[i])).append(':').append(keysAndValues[i + 1]);
        }
        return out.append('}').toString();
    }

    private static String array(String... values) {
        return "[" + String.join(",", values) + "]";
    }

    private static String text(String value) {
        StringBuilder out = new StringBuilder("\\"");
        for (char c : value.toCharArray()) {
            if (c == '"' || c == '\\\\') {
                out.append('\\\\').append(c);
            } else if (c < ' ' || c > '~') {
                out.append(String.format("\\\\u%04x", (int) c));
            } else {
                out.append(c);
            }
        }
        return out.append('"').toString();
    }
"""


def _java(document: dict[str, Any], names: dict[str, str], checked: _Checked) -> str:
    writer = _Java(names)
    checks = "".join(
        [
            f'        check({writer.literal(name)}, {argument}, "{form.pattern}", "{form.says}");\n'
            for form, some in checked.items()
            for name, argument in some.items()
        ]
    )
    check = ""
    if names:
        check = """\

    private static void check(String name, String value, String pattern, String rule) {
        boolean fits = value != null && value.matches(pattern);
        if (!fits || value.equals(".") || value.contains("..")) {
            throw new IllegalArgumentException(name + " " + rule);
        }
    }
"""
    trust = f"\n     * {_TRUST}" if names else ""
    arguments = ", ".join([f"String {argument}" for argument in names.values()])
    return f"""\
public final class SessionPolicy {{
    private SessionPolicy() {{}}

    /**
     * {_ABOUT}{trust}
     */
    public static String json({arguments}) {{
{checks}        return {writer.value(document, "        ")};
    }}
{check}{_JAVA_HELPERS}}}
"""


# ---- go


class _Go(_Writer):
    brackets = ("[]any{", "}")
    braces = ("map[string]any{", "}")
    step = "\t"

    def word(self, value: bool | None) -> str:
        return "nil" if value is None else super().word(value)

    def number(self, number: str) -> str:
        # an int may have 32 bits
        return f"int64({number})" if number.lstrip("-").isdecimal() and len(number) > 9 else number


def _go(document: dict[str, Any], names: dict[str, str], checked: _Checked) -> str:
    writer = _Go(names)
    imports = '"encoding/json"'
    checks = allowed = trust = ""
    if names:
        imports = '(\n\t"encoding/json"\n\t"fmt"\n\t"regexp"\n\t"strings"\n)'
        trust = f"\n// {_TRUST}"
    for number, (form, some) in enumerate(checked.items(), 1):
        variable = "allowed" if number == 1 else f"allowed{number}"
        allowed += f"var {variable} = regexp.MustCompile(`^{form.pattern}$`)\n\n"
        listed = ", ".join([f"{{{writer.literal(name)}, {argument}}}" for name, argument in some.items()])
        checks += f"""\
	for _, one := range []struct{{ name, value string }}{{{listed}}} {{
		if !{variable}.MatchString(one.value) || one.value == "." || strings.Contains(one.value, "..") {{
			return "", fmt.Errorf("%s {form.says}", one.name)
		}}
	}}
"""
    arguments = ", ".join(names.values()) + (" string" if names else "")
    return f"""\
package policy

import {imports}

{allowed}// SessionPolicy is the session policy for STS, as JSON text.{trust}
func SessionPolicy({arguments}) (string, error) {{
{checks}	text, err := json.Marshal({writer.value(document, chr(9))})
	return string(text), err
}}
"""


_WRITERS: dict[str, Callable[[dict[str, Any], dict[str, str], _Checked], str]] = {
    "node": _node,
    "python": _python,
    "php": _php,
    "java": _java,
    "go": _go,
}
