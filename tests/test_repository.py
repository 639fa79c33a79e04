"""Facts about the repository itself: layers, start-up, wheel, README, data."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "cosaudit"

#: Layer of each part of the package; imports run from a higher number to a lower one, or stay inside one part.
LAYERS = {
    "model": 0, "yamltree": 0, "__init__": 0, "data": 1, "cos": 2, "wechat": 2, "cam": 2, "web": 2, "sdk": 3,
    "flows": 4, "gates": 5, "allowlists": 5, "run": 6, "excess": 6, "rules": 7, "minimal": 7, "audit": 8, "config": 8,
    "minimal_cors": 7,
    "examples": 8, "report": 9, "cli": 10, "__main__": 11,
    "why": 7,
}  # fmt: skip


def part_of(path: Path) -> str:
    """`cosaudit/cos/hosts.py` → `cos`."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(tree: ast.AST) -> set[str]:
    """The parts of the package that a module imports, wherever the import stands."""
    found = set()
    for node in ast.walk(tree):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module]
            if node.module == "cosaudit":
                names = [f"cosaudit.{alias.name}" for alias in node.names]
        found |= {name.split(".")[1] for name in names if name.startswith("cosaudit.")}
    return found & set(LAYERS)


def without_annotations(source: str) -> ast.AST:
    """The tree without what stands under `if TYPE_CHECKING`."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if hasattr(node, "body") and isinstance(node.body, list):
            node.body = [
                one
                for one in node.body
                if not (isinstance(one, ast.If) and isinstance(one.test, ast.Name) and one.test.id == "TYPE_CHECKING")
            ]
    return tree


def upward(modules: dict[str, str]) -> list[str]:
    """Imports that do not run downward, of {path relative to the package: source}."""
    wrong = []
    for name, source in modules.items():
        part = part_of(PACKAGE / name)
        for other in imports(without_annotations(source)):
            if other != part and LAYERS[other] >= LAYERS[part]:
                wrong.append(f"{name} imports {other}")
    return wrong


def sources() -> dict[str, str]:
    """Every module of the package."""
    found = {
        str(path.relative_to(PACKAGE)): path.read_text("utf-8")
        for path in sorted(PACKAGE.rglob("*.py"))
        if "policies" not in path.parts
    }
    assert len(found) > 40
    return found


def test_imports_run_downward() -> None:
    """No module imports a layer above its own."""
    assert upward(sources()) == []


def test_the_test_of_layers_sees_an_import_that_is_turned_around() -> None:
    """A data module that imports the gates is found."""
    assert upward({"data/__init__.py": "from cosaudit.gates import judge\n"}) == ["data/__init__.py imports gates"]


def test_every_part_has_a_layer() -> None:
    """A new part of the package must be given its layer."""
    assert {part_of(path) for path in PACKAGE.rglob("*.py") if "policies" not in path.parts} == set(LAYERS)


def test_model_imports_nothing_of_ours() -> None:
    """The words stand alone."""
    assert imports(ast.parse((PACKAGE / "model.py").read_text("utf-8"))) == set()


def test_no_module_imports_a_cloud_sdk() -> None:
    """Only the live readers may, and there are none yet."""
    for name, source in sources().items():
        assert not re.search(r"^\s*(import|from) (qcloud_cos|tencentcloud)", source, re.M), name


def loaded(*arguments: str) -> set[str]:
    """The modules that a run of the command line has loaded, outside the standard library."""
    code = (
        "import sys\nbefore = set(sys.modules)\nsys.argv = ['cosaudit', *sys.argv[1:]]\n"
        "from cosaudit.__main__ import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "sys.stderr.write('\\n'.join(sorted(set(sys.modules) - before)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True, cwd=ROOT
    )
    return {name for name in done.stderr.split("\n") if name.split(".")[0] not in sys.stdlib_module_names}


def test_version_loads_nothing_but_the_package_itself() -> None:
    """`--version` costs an interpreter and one small module."""
    assert loaded("--version") == {"cosaudit", "cosaudit.__main__"}


def test_check_loads_only_what_it_needs(tmp_path: Path) -> None:
    """A set of modules, not a time: what `check` may pull in."""
    config = tmp_path / "config.yaml"
    config.write_text("buckets: [{name: media-1250000000, region: ap-guangzhou}]\n", "utf-8")
    modules = loaded("check", str(config))
    assert {name.split(".")[0] for name in modules if "ython" not in name} == {
        "cosaudit",
        "typer",
        "yaml",
        "annotated_doc",
        "shellingham",
    }
    rules = {f"cosaudit.rules.{path.stem}" for path in (PACKAGE / "rules").glob("*.py") if path.stem != "__init__"}
    assert {name for name in modules if name.startswith("cosaudit")} == NEEDED | rules


#: All that `check` of a small configuration imports of ours, beside the rules.
NEEDED = {
    f"cosaudit{name}"
    for name in (
        "", ".__main__", ".allowlists", ".audit", ".cli", ".cli.check", ".cli.source", ".cli.streams", ".config",
        ".config.assume", ".config.fields", ".config.load", ".config.placeholders", ".config.policy",
        ".config.reader", ".config.table", ".cos", ".cos.hosts", ".cos.names", ".cos.regions", ".data", ".flows",
        ".gates", ".gates.address", ".gates.bucket", ".gates.issuer", ".gates.later", ".gates.object",
        ".gates.platform", ".gates.preflight", ".gates.response", ".gates.session", ".gates.signature", ".model",
        ".report", ".report.plain", ".report.text", ".rules", ".run", ".sdk", ".sdk.common", ".sdk.handwritten",
        ".sdk.wx", ".wechat", ".wechat.entries", ".yamltree",
    )
}  # fmt: skip


def test_check_loads_no_heavy_module_of_the_standard_library(tmp_path: Path) -> None:
    """What costs milliseconds and is not needed: json, hashlib, asyncio, logging, importlib.metadata …"""
    config = tmp_path / "config.yaml"
    config.write_text("buckets: [{name: media-1250000000, region: ap-guangzhou}]\n", "utf-8")
    code = (
        "import sys\nimport typer, yaml\nbefore = set(sys.modules)\nfrom cosaudit.cli import run\n"
        "run(sys.argv[1:])\nsys.stderr.write(' '.join(sorted(set(sys.modules) - before)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "check", str(config)], capture_output=True, text=True, check=True
    )
    more = {name for name in done.stderr.split() if not name.startswith("cosaudit")}
    assert more <= {"__future__", "gc", "typer._click.decorators", "bisect", "_bisect"}, more


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this tree."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", str(folder), str(ROOT)],
        check=True, capture_output=True,
    )  # fmt: skip
    return next(folder.glob("*.whl"))


def test_the_wheel_holds_data_policies_and_examples(wheel: Path) -> None:
    """What is read at run time ships with the package."""
    names = set(zipfile.ZipFile(wheel).namelist())
    wanted = {f"cosaudit/policies/{path.name}" for path in (ROOT / "policies").glob("*.yaml")}
    wanted |= {str(path.relative_to(ROOT)) for path in (PACKAGE / "data").glob("*.yaml")}
    wanted |= {str(path.relative_to(ROOT)) for path in (PACKAGE / "examples").rglob("*") if path.is_file()}
    assert len(wanted) > 10
    assert wanted <= names


def test_the_wheel_says_its_licence(wheel: Path) -> None:
    """An SPDX expression in the metadata."""
    archive = zipfile.ZipFile(wheel)
    metadata = next(name for name in archive.namelist() if name.endswith("METADATA"))
    assert "License-Expression: MIT" in archive.read(metadata).decode()


def test_the_unpacked_wheel_runs_in_an_empty_folder(wheel: Path, tmp_path: Path) -> None:
    """Policies, data and examples are found inside the package, with no checkout beside it."""
    inside = tmp_path / "site"
    zipfile.ZipFile(wheel).extractall(inside)
    empty = tmp_path / "empty"
    empty.mkdir()
    config = empty / "c.yaml"
    config.write_text("buckets: [{name: media-1250000000, region: ap-guangzhou}]\n", "utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "cosaudit", "check", "c.yaml"], cwd=empty, capture_output=True, text=True,
        env=os.environ | {"PYTHONPATH": str(inside)}, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    where = subprocess.run(
        [sys.executable, "-c", "import cosaudit.config.policy as p; print(p.folder())"], cwd=empty, capture_output=True,
        text=True, env=os.environ | {"PYTHONPATH": str(inside)}, check=True,
    )  # fmt: skip
    assert Path(where.stdout.strip()) == inside / "cosaudit" / "policies"


def test_readme_is_what_the_code_says() -> None:
    """Tables, help and every console block of the README are as the commands really print them."""
    import readme

    text = readme.README.read_text("utf-8")
    assert len(readme._CONSOLE.findall(text)) >= 3
    assert set(re.findall(r"<!-- generated: (\w+) -->", text)) == set(readme.PARTS)
    assert text == readme.made_anew(text), "the README is stale: run `python tests/readme.py`"


def test_readme_names_every_command_and_exit_code() -> None:
    """Nothing that a person can call is left out."""
    from cosaudit.cli import COMMANDS

    text = (ROOT / "README.md").read_text("utf-8")
    assert all(f"`cosaudit {name}`" in text for name in COMMANDS)
    assert all(f"| {code} |" in text for code in range(5))


def test_every_rule_names_facts_that_exist() -> None:
    """`cosaudit rules RULE` leads to facts that `cosaudit facts` shows."""
    from cosaudit.data import facts
    from cosaudit.rules import rules

    known = facts()
    named = {fact for rule in rules().values() for fact in rule.facts}
    assert named and named <= set(known), named - set(known)


def test_every_fact_that_the_code_names_exists() -> None:
    """A verdict's fact can be looked up."""
    from cosaudit.data import facts

    known = facts()
    pattern = re.compile(r'"((?:bucket|cos|wechat|sdk|regions|limits)\.[a-z0-9-]+(?:\.[a-z0-9-]+)+)"')
    named = {name for source in sources().values() for name in pattern.findall(source)}
    assert len(named) > 20
    assert not {name for name in named if name not in known and not name.endswith((".py", ".yaml"))} - {
        "sdk.cos-wx-sdk-v5"
    }


def test_two_hash_seeds_print_the_same_bytes(tmp_path: Path) -> None:
    """No output depends on the order of a set."""
    config = tmp_path / "config.yaml"
    config.write_text((PACKAGE / "examples" / "sdk-large-files" / "config.yaml").read_text("utf-8"), "utf-8")
    for arguments in (["check"], ["check", "--format", "json"], ["allowlist", "--format", "json"], ["trace"]):
        outputs = {
            subprocess.run(
                [sys.executable, "-m", "cosaudit", arguments[0], str(config), *arguments[1:]], capture_output=True,
                env=os.environ | {"PYTHONHASHSEED": seed}, check=False,
            ).stdout
            for seed in ("0", "1", "2")
        }  # fmt: skip
        assert len(outputs) == 1 and outputs != {b""}
