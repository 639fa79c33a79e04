"""The code of `policy minimal --as`: run in each language that the machine has, with good and with hostile values."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cosaudit.model import Placeholder
from cosaudit.report.policy_code import LANGUAGES, MAX_LENGTH, REFUSED, Form, Unfit, code, declared

SESSION = {
    "version": "2.0",
    "statement": [
        {
            "effect": "allow",
            "action": ["name/cos:PostObject"],
            "resource": ["qcs::cos:ap-guangzhou:uid/1250000000:media-1250000000/avatars/{openid}/*"],
            "condition": {"numeric_less_than_equal": {"cos:content-length": 1048576}},
        },
        {
            "effect": "deny",
            "action": ["name/cos:PutObject", "name/cos:UploadPart"],
            "resource": "qcs::cos:ap-guangzhou:uid/1250000000:media-1250000000/{openid}{openid}",
            "condition": {"string_equal": {"cos:x-cos-acl": ["private", "${openid}"]}},
        },
    ],
}
#: Texts that mean something in one of the languages.
ODD = [
    "", "'", '"', "\\", "\\\\'", "$x ${x} {$x} {x}", "`${1}`", "%s %d", "\\u0041 \\x41 \\n", "*/ // #", "<?php ?>",
    "\n\r\t\0\x07\x1b",
    "\x7f\x80\x85\x9f\xa0\xad", "\u2028\u2029\u202e\u200b\ufeff", "中文/文件夹", "😀 \U000e0041", "é" * 3, "</script>&",
    "#{x}",
    "'''", '"""', "{", "}", "{{openid}}", "{other}", "$", "\\$", "\\", "a\\", "\\u", "\\\\u0022", "\\中",
]  # fmt: skip
#: Values of every other kind, and keys that are special somewhere.
MIXED = {
    "odd": ODD,
    "joined": [f"{one}{{openid}}{one}" for one in ODD] + ["{openid}", "{user-id}${openid}", "${user-id}"],
    "numbers": [0, -1, 7, 2**31, -(2**31) - 1, 2**53, 10**9, 1.5, -0.25, 1e21, 1e-7, 1e300],
    "words": [True, False, None],
    "empty": {"list": [], "mapping": {}, "": ""},
    "keys": {"0": 0, "1": 1, "__proto__": {"a": 1}, "constructor": 2, "-1": 3, **dict.fromkeys(ODD, 4)},
    "digits": {"0": "a"},
    "deep": [[[["{openid}"]], [], {}], [{"a": [{"b": []}]}]],
}
ONE, TWO = ("openid",), ("openid", "user-id")


def placeholder(name: str, alphabet: str, least: int, most: int | None) -> Placeholder:
    """An identity of these characters."""
    return Placeholder(name, True, "server", tuple((ord(one), ord(one)) for one in alphabet), least, most, True, None)


#: Two that are declared, beside one that is not.
FORMS = {
    "exact": declared(placeholder("exact", "0123456789ab", 4, 4)),
    "longer": declared(placeholder("longer", "+-=ABab.", 2, None)),
}
DECLARED = ("exact", "openid", "longer")
#: Values of the three with the first that is refused.
OF_FORM: list[tuple[tuple[str, str, str], str | None]] = [
    (("12ab", "x_y", "A+b=-"), None),
    (("ab12", "@", "ab"), None),
    (("123", "a", "ab"), "exact"),
    (("12345", "a", "ab"), "exact"),
    (("a_bb", "a", "ab"), "exact"),
    (("12ab\n", "a", "ab"), "exact"),
    (("12ab", "a", "a"), "longer"),
    (("12ab", "a", "a..b"), "longer"),
    (("12ab", "a", "a1"), "longer"),
    (("12ab", "a", "a*"), "longer"),
    (("12ab", "a+", "ab"), "openid"),
]
GOOD = ["o6_bmjrPTlm6_2sgVt7hMZOPfL2M", "a", "A.b-C_d@e.f", "0", "-", "@", "_", ".a", "a.", "a.b.c", "x" * MAX_LENGTH]
BAD = [
    "", "*", "a*", "?", "/", "a/b", "../x", "../b", "..", ".", "a..b", "...", "\n", "a\n", "\na", "a\r", "\0",
    "a\0b", " ", "a b", "\t", "x" * 300,
    "x" * (MAX_LENGTH + 1), "$", "${openid}", "{openid}", "}", "é", "中文", "😀", "\u202e", "ａ", "٣", "%2F", "%2e%2e",
    "\\", '"', "'", "a:b",
    "a,b", "#", "a;b", "<", "&",
]  # fmt: skip


#: Names that are words of a language, or of the code itself; names that look alike to a language.
NAMES = (
    "class", "name", "value", "this", "self", "json", "re", "string", "text", "err", "one", "allowed", "fits",
    "func", "function",
    "user-id", "user_id", "User_id", "_", "__", "the", "type", "object", "array", "check", "String", "Object",
    "JSON", "session_policy",
    "sessionPolicy", "None", "_x", "x", "X",
)  # fmt: skip


def substituted(value: Any, values: dict[str, str]) -> Any:
    """The document with the values put into its texts, by the plainest means."""
    if isinstance(value, str):
        marks = {f"\ue000{number}\ue001": text for number, text in enumerate(values.values())}
        for mark, name in zip(marks, values, strict=True):
            value = value.replace(f"${{{name}}}", mark).replace(f"{{{name}}}", mark)
        for mark, text in marks.items():
            value = value.replace(mark, text)
        return value
    if isinstance(value, dict):
        return {key: substituted(below, values) for key, below in value.items()}
    return [substituted(below, values) for below in value] if isinstance(value, list) else value


def same(one: Any, other: Any) -> bool:
    """Equal as JSON: numbers by value, true and false no numbers."""
    if isinstance(one, dict) and isinstance(other, dict):
        return set(one) == set(other) and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(same(*pair) for pair in zip(one, other, strict=True))
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    return type(one) is type(other) or {type(one), type(other)} == {int, float} if one == other else False


# -- each language: a function that runs (document, names) with lists of values, in one process ------------------------

Case = tuple[dict[str, Any], tuple[str, ...], list[tuple[Any, ...]]]
#: For each case and each list of values: the text, or the error as {"error": message}.
Results = list[list[Any]]


def output(command: list[str], folder: Path, environment: dict[str, str] | None = None) -> Any:
    done = subprocess.run(
        command, cwd=folder, capture_output=True, check=False, env=os.environ | (environment or {}), timeout=300
    )
    assert done.returncode == 0, done.stderr.decode("utf-8", "replace")[-3000:]
    return json.loads(done.stdout)


def run_python(folder: Path, cases: list[Case]) -> Results:
    for number, (document, names, _) in enumerate(cases):
        (folder / f"m{number}.py").write_text(code("python", document, names, FORMS), "utf-8")
    (folder / "values.json").write_text(json.dumps([values for _, _, values in cases]))
    (folder / "main.py").write_text(
        "import importlib, json\nout = []\n"
        "for number, lists in enumerate(json.load(open('values.json', encoding='utf-8'))):\n"
        "    made = importlib.import_module(f'm{number}').session_policy\n    row = []\n"
        "    for values in lists:\n        try:\n            row.append(made(*values))\n"
        "        except ValueError as error:\n            row.append({'error': str(error)})\n"
        "    out.append(row)\nprint(json.dumps(out))\n"
    )
    return output([sys.executable, "-W", "error", "main.py"], folder)  # type: ignore[no-any-return]


def run_node(folder: Path, cases: list[Case]) -> Results:
    for number, (document, names, _) in enumerate(cases):
        (folder / f"m{number}.js").write_text(code("node", document, names, FORMS), "utf-8")
    (folder / "values.json").write_text(json.dumps([values for _, _, values in cases]))
    (folder / "main.js").write_text(
        "const out = require('./values.json').map((lists, number) => {\n"
        "  const { sessionPolicy } = require(`./m${number}.js`);\n"
        "  return lists.map((values) => {\n"
        "    try { return sessionPolicy(...values); } catch (error) {\n"
        "      if (!(error instanceof TypeError)) throw error;\n"
        "      return { error: error.message };\n    }\n  });\n});\n"
        "process.stdout.write(JSON.stringify(out));\n"
    )
    return output([shutil.which("node") or "node", "main.js"], folder)  # type: ignore[no-any-return]


def run_php(folder: Path, cases: list[Case]) -> Results:
    for number, (document, names, _) in enumerate(cases):
        text = code("php", document, names, FORMS)
        (folder / f"m{number}.php").write_text(text.replace("sessionPolicy(", f"sessionPolicy{number}("), "utf-8")
    (folder / "values.json").write_text(json.dumps([values for _, _, values in cases]))
    (folder / "main.php").write_text(
        "<?php\n$out = [];\n"
        "foreach (json_decode(file_get_contents(__DIR__ . '/values.json'), true) as $number => $lists) {\n"
        "    require __DIR__ . \"/m$number.php\";\n    $row = [];\n"
        "    foreach ($lists as $values) {\n"
        "        try { $row[] = ('sessionPolicy' . $number)(...$values); }\n"
        "        catch (InvalidArgumentException $error) { $row[] = ['error' => $error->getMessage()]; }\n    }\n"
        "    $out[] = $row;\n}\necho json_encode($out, JSON_THROW_ON_ERROR);\n"
    )
    return output([shutil.which("php") or "php", "-d", "display_errors=stderr", "main.php"],
    folder)  # type: ignore[no-any-return]


def java_text(text: str) -> str:
    """Any text as a Java expression: its UTF-16 code units."""
    units = text.encode("utf-16-be")
    numbers = ",".join([str(units[at] * 256 + units[at + 1]) for at in range(0, len(units), 2)])
    return f"new String(new char[]{{{numbers}}})"


def run_java(folder: Path, cases: list[Case]) -> Results:
    tries = []
    for number, (document, names, lists) in enumerate(cases):
        text = code("java", document, names, FORMS).replace("SessionPolicy", f"SessionPolicy{number}")
        assert text.isascii()
        (folder / f"SessionPolicy{number}.java").write_text(text, "ascii")
        for values in lists:
            arguments = ", ".join(map(java_text, values))
            tries.append(f"show(() -> SessionPolicy{number}.json({arguments}));")
    parts = [tries[at : at + 100] for at in range(0, len(tries), 100)]
    (folder / "Main.java").write_text(
        "public class Main {\n"
        "  static void show(java.util.function.Supplier<String> made) {\n"
        "    String text;\n    try { text = made.get(); }\n"
        '    catch (IllegalArgumentException error) { text = "!" + error.getMessage(); }\n'
        "    StringBuilder out = new StringBuilder();\n"
        '    for (char c : text.toCharArray()) out.append(String.format("%04x", (int) c));\n'
        "    System.out.println(out);\n  }\n"
        + "".join([f"  static void part{at}() {{ {' '.join(part)} }}\n" for at, part in enumerate(parts)])
        + "  public static void main(String[] args) { "
        + "".join([f"part{at}(); " for at in range(len(parts))])
        + "}\n}\n"
    )
    files = sorted(str(path.name) for path in folder.glob("*.java"))
    done = subprocess.run(
        ["javac", "-encoding", "US-ASCII", "-Xlint:all", "-Werror", "-J-XX:TieredStopAtLevel=1", *files], cwd=folder,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    done = subprocess.run(
        ["java", "-XX:TieredStopAtLevel=1", "-cp", ".", "Main"], cwd=folder, capture_output=True, text=True, check=True
    )
    flat = [bytes.fromhex(line).decode("utf-16-be") for line in done.stdout.split("\n")[:-1]]
    return regrouped(cases, [{"error": text[1:]} if text.startswith("!") else text for text in flat])


def regrouped(cases: list[Case], flat: list[Any]) -> Results:
    rows, at = [], 0
    for _, _, lists in cases:
        rows.append(flat[at : at + len(lists)])
        at += len(lists)
    assert at == len(flat)
    return rows


def run_go(folder: Path, cases: list[Case]) -> Results:
    calls, imports = [], []
    for number, (document, names, lists) in enumerate(cases):
        package = folder / f"p{number}"
        package.mkdir()
        (package / "policy.go").write_text(code("go", document, names, FORMS), "utf-8")
        imports.append(f'\tp{number} "sample/p{number}"')
        for values in lists:
            texts = ", ".join(["string([]byte{" + ",".join(map(str, text.encode())) + "})" for text in values])
            calls.append(f"\tshow(p{number}.SessionPolicy({texts}))")
    (folder / "go.mod").write_text("module sample\n\ngo 1.18\n")
    (folder / "main.go").write_text(
        'package main\n\nimport (\n\t"encoding/json"\n\t"os"\n' + "\n".join(imports) + "\n)\n\nvar out []any\n\n"
        "func show(text string, err error) {\n\tif err != nil {\n"
        '\t\tout = append(out, map[string]string{"error": err.Error()})\n\t} else {\n'
        "\t\tout = append(out, text)\n\t}\n}\n\n"
        "func main() {\n" + "\n".join(calls) + "\n\tjson.NewEncoder(os.Stdout).Encode(out)\n}\n"
    )
    vetted = subprocess.run(["go", "vet", "./..."], cwd=folder, capture_output=True, text=True, check=False)
    assert vetted.returncode == 0, vetted.stderr[-3000:]
    return regrouped(cases, output(["go", "run", "."], folder, {"GOFLAGS": "-mod=mod"}))


RUN: dict[str, Callable[[Path, list[Case]], Results]] = {
    "node": run_node, "python": run_python, "php": run_php, "java": run_java, "go": run_go,
}  # fmt: skip
NEEDS = {"node": "node", "python": sys.executable, "php": "php", "java": "javac", "go": "go"}


@pytest.fixture(params=LANGUAGES)
def language(request: pytest.FixtureRequest) -> str:
    """Each language that this machine can run."""
    name: str = request.param
    if shutil.which(NEEDS[name]) is None:
        pytest.skip(f"there is no `{NEEDS[name]}` on this machine")
    return name


def random_document(source: random.Random, depth: int = 0) -> Any:
    """A document of odd texts, nested at random."""
    kind = source.randrange(6 if depth < 4 else 3)
    if kind == 0:
        return source.choice([True, None, 5, 0.5])
    if kind in (1, 2):
        return "".join(source.choice([*ODD, "{openid}", "${user-id}", "x/"]) for _ in range(source.randrange(4)))
    if kind == 3:
        return [random_document(source, depth + 1) for _ in range(source.randrange(4))]
    keys = [source.choice([*ODD, "a", "0", "1"]) for _ in range(source.randrange(4))]
    return {key: random_document(source, depth + 1) for key in keys}


def test_the_code_gives_the_policy_for_good_values_and_refuses_hostile_ones(
    language: str, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    """The text is what plain substitution gives; a refusal names the placeholder and never repeats the value."""
    source = random.Random(7)  # noqa: S311
    cases: list[Case] = [
        (SESSION, ONE, [(text,) for text in [*GOOD, *BAD]]),
        (MIXED, TWO, [("a", "b"), ("a.b", "c@d"), ("a", "../b"), ("*", "b"), ("a", "")]),
        ({"version": "2.0", "statement": ["{openid}", *ODD]}, (), [()]),
        ({name: f"<{{{name}}}>" for name in NAMES}, NAMES, [tuple([f"v{number}" for number, _ in enumerate(NAMES)])]),
        *[({"a": random_document(source)}, TWO, [("x", "Y-1")]) for _ in range(40)],
    ]
    results = RUN[language](tmp_path, cases)
    compared = 0
    for (document, names, lists), row in zip(cases, results, strict=True):
        for values, result in zip(lists, row, strict=True):
            bad = next((name for name, text in zip(names, values, strict=True) if text in BAD), None)
            if bad is not None:
                assert result == {"error": f"{bad} {REFUSED}"}, (language, values)
            else:
                assert isinstance(result, str), (language, values, result)
                expected = substituted(document, dict(zip(names, values, strict=True)))
                assert same(json.loads(result), expected), (language, values)
            compared += 1
    assert compared == len(GOOD) + len(BAD) + 5 + 1 + 1 + 40
    record_property(f"compared policy code in {language}", compared)


def test_the_code_takes_what_is_declared_and_nothing_else(language: str, tmp_path: Path) -> None:
    """Characters and length of each placeholder; one that is not declared keeps the usual check."""
    document = {"a": "{exact}/{openid}/{longer}"}
    (row,) = RUN[language](tmp_path, [(document, DECLARED, [values for values, _ in OF_FORM])])
    for (values, bad), result in zip(OF_FORM, row, strict=True):
        if bad is None:
            assert isinstance(result, str) and json.loads(result) == {"a": "/".join(values)}, (values, result)
        else:
            assert result == {"error": f"{bad} {FORMS.get(bad, Form()).says}"}, (values, result)


def test_a_declared_form_is_said_in_words() -> None:
    """Ranges, the length, and no more than the code takes anyway."""
    assert FORMS["exact"].says == "must have 4 characters, only a-b 0-9, and no .."
    says = "must have 2 to 128 characters, only + = A-B a-b . -, and no .."
    assert FORMS["longer"] == Form("[+=A-Ba-b.-]{2,128}", says)
    assert declared(placeholder("x", "*/{}", 1, 9)) == Form()
    assert declared(placeholder("x", "ab", 1, 9)._replace(declared=False)) == Form()


@pytest.mark.parametrize("name", ["node", "python"])
def test_what_is_no_text_is_refused(name: str, tmp_path: Path) -> None:
    """Languages without types could be handed a list or nothing."""
    cases: list[Case] = [(SESSION, ONE, [(None,), (5,), (["a"],), ({},), (True,)])]
    (row,) = RUN[name](tmp_path, cases)
    assert row == [{"error": f"openid {REFUSED}"}] * 5


@pytest.mark.parametrize("name", LANGUAGES)
def test_the_code_is_short_and_says_where_values_come_from(name: str) -> None:
    """It is to be read by whoever pastes it; without placeholders nothing is left of the check."""
    text = code(name, SESSION, ONE)
    assert len(text.splitlines()) < 95 and text.endswith("\n") and "Take the values from the login" in text
    assert max(map(len, text.splitlines())) <= 140
    bare = code(name, {"version": "2.0", "statement": []}, ())
    assert REFUSED not in bare and "regexp" not in bare and "import re" not in bare and "Take the values" not in bare


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])) | st.lists(st.sampled_from([*ODD, "{a}", "${b}",
    "x"])).map("".join),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)  # fmt: skip


@settings(max_examples=80)
@given(st.dictionaries(st.text(st.characters(exclude_categories=["Cs"]), max_size=5), VALUES, max_size=3))
def test_any_document_comes_back_from_the_python_code(document: dict[str, Any]) -> None:
    """Texts of the policy are data, whatever they hold."""
    scope: dict[str, Any] = {}
    exec(code("python", document, ("a", "b")), scope)  # noqa: S102
    assert same(json.loads(scope["session_policy"]("1", "2")), substituted(document, {"a": "1", "b": "2"}))


@pytest.mark.parametrize("name", LANGUAGES)
@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf"), 2**53 + 1, -(2**60), "\ud800"], ids=repr)
def test_what_no_json_can_say_is_told(name: str, value: Any) -> None:
    """No code is better than code that changes a value."""
    with pytest.raises(Unfit):
        code(name, {"a": [value]}, ())


def test_an_unknown_language_is_a_key_error() -> None:
    """The command checks the word first."""
    with pytest.raises(KeyError):
        code("ruby", SESSION, ONE)
