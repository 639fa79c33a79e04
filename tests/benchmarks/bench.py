"""Prints what cosaudit costs, as ratios against baselines measured in the same run.

    python tests/benchmarks/bench.py [--runs 5] [--sizes 100,1000,10000] [--peers]

Whole processes by the operating system's own accounting (CPU = user + system time, peak memory), each command in turn
with its baseline, medians of the pairs. `--peers` installs yamllint and checkov into a folder of its own and measures
them on the same content. Ratios are to be believed, seconds are not: the machine is shared.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from cosaudit.cam import Policy

ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


class Cost(NamedTuple):
    """One run of a process."""

    cpu: float
    peak_mib: float
    code: int


def once(command: list[str]) -> Cost:
    """Run a command with its output thrown away, and take the system's accounting of it."""
    with open(os.devnull, "w") as nothing:
        child = subprocess.Popen(command, stdout=nothing, stderr=nothing, stdin=subprocess.DEVNULL, env=ENVIRONMENT)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    return Cost(usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, child.returncode)


def pairs(command: list[str], baseline: list[str], runs: int) -> tuple[list[Cost], list[Cost]]:
    """Both commands in turn, after a warm-up of each."""
    once(command), once(baseline)
    measured = [(once(command), once(baseline)) for _ in range(runs)]
    return [one for one, _ in measured], [other for _, other in measured]


def row(name: str, against: str, command: list[str], baseline: list[str], runs: int, wanted: str) -> float:
    """Print one line of the table; returns the command's median CPU time."""
    ours, theirs = pairs(command, baseline, runs)
    codes = {cost.code for cost in ours}
    if not codes <= {0, 1, 3}:
        raise SystemExit(f"{' '.join(command)} failed with {codes}")
    ratio = statistics.median(one.cpu / other.cpu for one, other in zip(ours, theirs, strict=True))
    cpu = statistics.median(cost.cpu for cost in ours)
    peak = max(cost.peak_mib for cost in ours)
    memory = peak / max(cost.peak_mib for cost in theirs)
    print(
        f"| {name} | {against} | {ratio:.2f} × | {cpu:.3f} s | {peak:.0f} MiB ({memory:.2f} ×) | {wanted} |", flush=True
    )
    return cpu


SMALL = """\
version: 1
buckets:
  - name: media-1250000000
    region: ap-guangzhou
clients:
  - name: shop
    platform: wechat-miniprogram
    sdk: cos-wx-sdk-v5@1.8.0
    endpoints: [https://api.example.com/sts]
    allowlist:
      request: [https://api.example.com]
      uploadFile: [https://media-1250000000.cos.ap-shanghai.myqcloud.com]
uploads:
  - name: avatar
    client: shop
    bucket: media-1250000000
    operation: uploadFile
    key: avatars/{openid}/{file}
    max_size: 20MiB
"""

REGIONS = ("ap-guangzhou", "ap-shanghai", "ap-beijing", "ap-chengdu", "ap-nanjing", "ap-hongkong", "eu-frankfurt")


def generated(number: int) -> str:
    """A configuration of so many buckets, clients and uploads; every tenth list lacks what its client needs."""
    out = ["version: 1", "buckets:"]
    hosts = []
    for index in range(number):
        region = REGIONS[index % len(REGIONS)]
        hosts.append(f"https://media{index}-1250000000.cos.{region}.myqcloud.com")
        out += [
            f"  - name: media{index}-1250000000",
            f"    region: {region}",
            "    created: 2023-06-30",
            f"    owner: team-{index % 20}",
        ]
    out.append("clients:")
    for index in range(number):
        out += [f"  - name: shop{index}", "    platform: wechat-miniprogram", f"    appid: wx{index:016x}"]
        out += ["    sdk: cos-wx-sdk-v5@1.8.0", "    endpoints:", "      - https://api.example.com/sts"]
        out += ["    allowlist:", "      request:", "        - https://api.example.com", f"        - {hosts[index]}"]
        out += ["      uploadFile:", f"        - {hosts[index if index % 10 else index - 1]}"]
        out += ["      downloadFile: []", f"    owner: team-{index % 20}"]
    out.append("uploads:")
    for index in range(number):
        out += [f"  - name: upload{index}", f"    client: shop{index}", f"    bucket: media{index}-1250000000"]
        out += [
            "    operation: uploadFile",
            "    key: avatars/{openid}/{file}",
            "    max_size: 20MiB",
            "    content_type: image/jpeg",
        ]
    return "\n".join(out) + "\n"


def terraform(number: int) -> str:
    """The same buckets as checkov reads them."""
    return "\n".join(
        f'resource "tencentcloud_cos_bucket" "b{index}" {{\n  bucket = "media{index}-1250000000"\n  acl = "private"\n'
        '  cors_rules {\n    allowed_origins = ["https://www.example.com"]\n    allowed_methods = ["PUT", "POST"]\n'
        '    allowed_headers = ["*"]\n  }\n}\n'
        for index in range(number)
    )


def simulations(path: str) -> None:
    """Requests judged a second, in one process, gates included."""
    code = (
        "import sys, time, gc; gc.disable()\n"
        "from cosaudit.config.load import load\nfrom cosaudit.run import Run\nfrom cosaudit.flows import derive\n"
        "inventory = load(sys.argv[1])\nRun(inventory)\n"
        "begin = time.process_time(); run = Run(inventory); cost = time.process_time() - begin\n"
        "print(sum(block.number for block, _ in run.blocks), cost)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, path], capture_output=True, text=True, check=True, env=ENVIRONMENT
    )
    number, cost = done.stdout.split()
    print(
        f"\n{int(number) / float(cost):,.0f} requests derived and judged at nine gates a second"
    )


def install_size(folder: Path) -> None:
    """What an installation without extras takes, and of how many distributions."""
    environment = folder / "fresh"
    subprocess.run([sys.executable, "-m", "venv", str(environment)], check=True)
    python = str(environment / "bin" / "python")
    root = Path(__file__).parents[2]
    subprocess.run([python, "-m", "pip", "install", "-q", str(root)], check=True, stderr=subprocess.DEVNULL)
    listed = subprocess.run(
        [python, "-m", "pip", "list", "--format", "json"], check=True, capture_output=True, text=True
    )
    names = [one["name"] for one in json.loads(listed.stdout) if one["name"] not in ("pip", "setuptools")]
    packages = next((environment / "lib").glob("python*/site-packages"))
    size = sum(
        path.stat().st_size
        for path in packages.rglob("*")
        if path.is_file()
        and path.relative_to(packages).parts[0].split("-")[0]
        not in ("pip", "setuptools", "_distutils_hack", "pkg_resources")
    )
    print(
        f"\noffline install: {size / 1e6:.1f} MB in {len(names)} distributions ({', '.join(sorted(names))})"
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--sizes", default="100,1000,10000")
    parser.add_argument("--peers", action="store_true", help="install and measure yamllint and checkov too")
    parser.add_argument("--install", action="store_true", help="install into a fresh environment and measure its size")
    given = parser.parse_args()
    sizes = [int(size) for size in given.sizes.split(",")]
    cosaudit = str(Path(sys.executable).parent / "cosaudit")
    bare = [sys.executable, "-c", "pass"]
    imports = [sys.executable, "-c", "import typer, yaml"]
    print(f"{time.strftime('%Y-%m-%d')}, Python {sys.version.split()[0]}, medians of {given.runs} pairs\n")
    print("| command | against | CPU ratio | CPU | peak memory (ratio) | wanted |")
    print("| --- | --- | --- | --- | --- | --- |")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        small = folder / "small.yaml"
        small.write_text(SMALL, "utf-8")
        row("`--version`", "bare interpreter", [cosaudit, "--version"], bare, given.runs * 3, "<= 2 ×")
        row("`--help`", "bare interpreter", [cosaudit, "--help"], bare, given.runs * 3, "")
        row("`check` small", "bare interpreter", [cosaudit, "check", str(small)], bare, given.runs * 3, "<= 30 MiB")
        row(
            "`check` small",
            "`import typer, yaml`",
            [cosaudit, "check", str(small)],
            imports,
            given.runs * 3,
            "<= 1.5 ×",
        )
        checks: dict[int, float] = {}
        for size in sizes:
            path = folder / f"{size}.yaml"
            path.write_text(generated(size), "utf-8")
            load = [sys.executable, "-c", f"import yaml; yaml.load(open({str(path)!r}), yaml.CSafeLoader)"]
            wanted = "<= 1.0 ×, memory <= 1.5 ×" if size >= 1000 else ""
            checks[size] = row(
                f"`check` {size:,}", "plain `yaml.load`", [cosaudit, "check", str(path)], load, given.runs, wanted
            )
            row(
                f"`allowlist` {size:,}",
                "plain `yaml.load`",
                [cosaudit, "allowlist", str(path)],
                load,
                given.runs,
                wanted,
            )
        kinds = {
            "1,000 keys": sessions(1000),
            f"{sizes[-1]:,} of web pages": web(sizes[-1]),
            f"{sizes[-1]:,} server-signed": signed(sizes[-1]),
            f"{sizes[-1]:,} bucket policies": policed(sizes[-1]),
        }
        for kind, text in kinds.items():
            path = folder / "kind.yaml"
            path.write_text(text, "utf-8")
            load = [sys.executable, "-c", f"import yaml; yaml.load(open({str(path)!r}), yaml.CSafeLoader)"]
            row(f"`check` {kind}", "plain `yaml.load`", [cosaudit, "check", str(path)], load, given.runs, "< 3 ×")
        if given.peers:
            peers(folder, min(1000, sizes[-1]), given.runs)
        for one, ten in itertools.pairwise(sizes):
            if ten == one * 10:
                print(f"\ntime({ten:,}) / time({one:,}) = {checks[ten] / checks[one]:.2f}; wanted <= 10.5")
        simulations(str(folder / f"{sizes[-1]}.yaml"))
        policies()
        if given.install:
            install_size(folder)


def sessions(number: int) -> str:
    """A configuration with so many kinds of keys of five statements each, and an upload for each."""
    names = "PostObject InitiateMultipartUpload ListMultipartUploads ListParts UploadPart CompleteMultipartUpload"
    actions = ", ".join([f"name/cos:{name}" for name in names.split()])
    lines = ["version: 1", "buckets:"]
    lines += [f"  - {{name: b{index}-1250000000, region: ap-guangzhou}}" for index in range(50)]
    lines += ["clients:", "  - {name: shop, platform: wechat-miniprogram, sdk: cos-wx-sdk-v5@1.8.0}", "sessions:"]
    for index in range(number):
        lines += [f"  - name: s{index}", "    policy:", "      version: '2.0'", "      statement:"]
        for folder in range(5):
            path = f"b{index % 50}-1250000000/app{index}/f{folder}/{{openid}}/*"
            lines.append(f"      - effect: allow\n        action: [{actions}]")
            lines.append(f"        resource: ['qcs::cos:ap-guangzhou:uid/1250000000:{path}']")
    lines.append("uploads:")
    for index in range(number):
        lines.append(
            f"  - {{name: u{index}, client: shop, bucket: b{index % 50}-1250000000, operation: uploadFile, "
            f"key: 'app{index}/f0/{{openid}}/{{file}}', session: s{index}, max_size: 20MiB}}"
        )
    return "\n".join(lines) + "\n"


def web(number: int) -> str:
    """A configuration of so many uploads from ten pages to fifty buckets with CORS rules; some rules hide the ETag."""
    lines = ["version: 1", "buckets:"]
    for index in range(50):
        lines += [f"  - name: web{index}-1250000000", "    region: ap-guangzhou", "    cors:"]
        lines += [f"      - origins: [https://www{index % 10}.example.com]", "        methods: [GET, POST, PUT]"]
        lines += ["        headers: ['*']", f"        expose: [{'ETag' if index % 10 else 'x-cos-request-id'}]"]
        lines.append("        max_age: 600")
    lines.append("clients:")
    for index in range(10):
        lines += [f"  - name: page{index}", "    platform: web", "    sdk: cos-js-sdk-v5@1.10.1"]
        lines.append(f"    origins: [https://www{index}.example.com]")
    lines.append("uploads:")
    for index in range(number):
        lines += [f"  - name: upload{index}", f"    client: page{index % 10}"]
        lines.append(f"    bucket: web{index % 50}-1250000000")
        lines += ["    operation: uploadFile", f"    key: videos/app{index}/{{uid}}/{{file}}", "    max_size: 2GiB"]
    return "\n".join(lines) + "\n"


def signed(number: int) -> str:
    """A configuration of so many forms that a server signs, each with a policy of its own."""
    lines = ["version: 1", "buckets:"]
    lines += [f"  - {{name: b{index}-1250000000, region: ap-guangzhou, acl: private}}" for index in range(50)]
    lines += ["clients:", "  - {name: shop, platform: wechat-miniprogram}", "uploads:"]
    for index in range(number):
        folder = f"app{index}" if index % 10 else ""
        lines += [f"  - name: upload{index}", "    client: shop", f"    bucket: b{index % 50}-1250000000"]
        lines += ["    operation: postObject", f"    key: app{index}/{{openid}}/{{file}}", "    max_size: 10MiB"]
        lines += ["    signer: server", "    signature:", "      method: post", "      key: permanent"]
        lines += ["      form_policy:", "        expiration: 2030-01-01T00:00:00Z", "        conditions:"]
        lines += [f"          - {{bucket: b{index % 50}-1250000000}}", f"          - [starts-with, $key, '{folder}/']"]
        lines += ["          - {q-sign-algorithm: sha1}", "          - {q-ak: AKIDexample}"]
        lines += ["          - {q-sign-time: 1700000000;1700003600}", "          - [content-length-range, 1, 10485760]"]
    return "\n".join(lines) + "\n"


def policed(number: int) -> str:
    """A configuration of so many buckets with a policy each, an upload to each, and one kind of key."""
    lines = ["version: 1", "buckets:"]
    for index in range(number):
        name = f"b{index}-1250000000"
        lines += [f"  - name: {name}", "    region: ap-guangzhou", "    acl: private", "    policy:"]
        lines += ["      version: '2.0'", "      Statement:", "        - Effect: Allow"]
        lines += ["          Principal: {qcs: ['qcs::cam::anyone:anyone']}", "          Action: [name/cos:GetObject]"]
        folder = "" if index % 10 == 0 else "public/"
        lines.append(f"          Resource: ['qcs::cos:ap-guangzhou:uid/1250000000:{name}/{folder}*']")
    lines += ["clients:", "  - {name: shop, platform: wechat-miniprogram, sdk: cos-wx-sdk-v5@1.8.0}", "sessions:"]
    lines += ["  - name: user-key", "    policy:", "      version: '2.0'", "      statement:"]
    lines += ["        - effect: allow", "          action: [name/cos:PostObject]"]
    lines += ["          resource: ['qcs::cos:ap-guangzhou:uid/1250000000:*/app/{openid}/*']", "uploads:"]
    for index in range(number):
        lines += [f"  - name: upload{index}", "    client: shop", f"    bucket: b{index}-1250000000"]
        lines += ["    operation: postObject", "    key: app/{openid}/{file}", "    session: user-key"]
        lines.append("    max_size: 10MiB")
    return "\n".join(lines) + "\n"


def policies() -> None:
    """Decisions a second on the corpus, and `policy diff` of its policies against greenery doing the same question."""
    from cosaudit.cam import Context, Known, decide, loads
    from cosaudit.cam.language import action_classes, compare
    from cosaudit.cos.actions import known

    corpus = Path(__file__).parents[1] / "corpus" / "policies"
    read = [loads(path.read_text("utf-8")) for path in sorted(corpus.glob("*.json")) if "no-actions" not in path.name]
    context = Context({"cos:content-length": ("1048576",), "cos:content-type": ("image/png",)}, Known.ABSENT)
    base = "qcs::cos:ap-guangzhou:uid/1250000000:examplebucket-1250000000/exampleprefix/"
    asked = [
        (policy, action, f"{base}{index}.jpg")
        for index in range(400)
        for policy in read
        for action in ("name/cos:PutObject", "name/cos:PostObject", "name/cos:GetBucket")
    ]
    started = time.process_time()
    for policy, action, resource in asked:
        decide(policy, action, resource, context)
    spent = time.process_time() - started
    size = sum([len(policy.statements) for policy in read]) / len(read)
    print(
        f"\n{len(asked) / spent:,.0f} simulations a second ({len(read)} policies of the corpus, {size:.1f} statements "
        "each, conditions included); wanted >= 50,000"
    )
    plain = [
        policy
        for policy in read
        if policy.statements
        and all(row.allow and not row.conditions for row in policy.statements)
        and sum([len(resource.areas) for row in policy.statements for resource in row.resources]) in range(1, 4)
        and all(one.pattern is not None for row in policy.statements for one in row.actions)
    ][:6]
    pairs = list(itertools.permutations(plain, 2))
    started = time.process_time()
    ours = [compare(one, other, known()).a_within_b for one, other in pairs]
    own = time.process_time() - started
    started = time.process_time()
    theirs = []
    for one, other in pairs:
        classes = action_classes((one, other), known())
        assert isinstance(classes, list)
        theirs.append(all(_machine(one, each.patterns) <= _machine(other, each.patterns) for each in classes))
    peer = time.process_time() - started
    assert ours == theirs, "greenery says otherwise"
    print(f"`policy diff` of {len(pairs)} pairs of the corpus: {peer / own:,.0f} × faster than greenery; want >= 50")


def _machine(policy: Policy, patterns: frozenset[str]) -> Any:
    """What a policy allows for a class of actions, as greenery sees it: a regular expression of resources."""
    from greenery import parse

    found = {
        ":".join([area.service, area.region, area.account or "own", area.path])
        for row in policy.statements
        if any(one.pattern in patterns for one in row.actions)
        for resource in row.resources
        for area in resource.areas
    }
    escaped = ["".join(_REGEX.get(char, char) for char in text) for text in sorted(found)]
    return parse("|".join(escaped) or "[]").to_fsm()


#: `*` of the first three segments takes colons too here: no pattern that is compared tells the difference.
_REGEX = {"*": ".*", ".": "\\.", "{": "\\{", "}": "\\}", "$": "\\$"}


def peers(folder: Path, size: int, runs: int) -> None:
    """yamllint on the same file, checkov on the same buckets as Terraform."""
    path = folder / f"{size}.yaml"
    load = [sys.executable, "-c", f"import yaml; yaml.load(open({str(path)!r}), yaml.CSafeLoader)"]
    plan = folder / "terraform"
    plan.mkdir()
    (plan / "main.tf").write_text(terraform(size), "utf-8")
    for peer in ("yamllint", "checkov"):
        environment = folder / peer
        subprocess.run([sys.executable, "-m", "venv", str(environment)], check=True)
        pip = [str(environment / "bin" / "python"), "-m", "pip", "install", "-q", peer]
        subprocess.run(pip, check=True, stderr=subprocess.DEVNULL)
    lint = str(folder / "yamllint" / "bin" / "yamllint")
    row(f"yamllint {size:,}", "plain `yaml.load`", [lint, str(path)], load, runs, "")
    scan = str(folder / "checkov" / "bin" / "checkov")
    row(
        f"checkov {size:,} (Terraform)",
        "plain `yaml.load`",
        [scan, "-d", str(plan), "--skip-download", "--quiet"],
        load,
        2,
        "",
    )


if __name__ == "__main__":
    main()
