"""The vendor's recommended pages written as configurations: no noise; its bad examples: found, with a real witness."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from excess.made import Config, answered, decision, minimal, named
from support import call

HERE = Path(__file__).parent
CORPUS = HERE.parent / "corpus" / "policies"
GOOD = sorted(HERE.glob("good/*.yaml"))
assert GOOD, "no configurations found: a test over nothing proves nothing"

#: Good policies of the corpus that are no session's: what `policy lint` is told that they are for.
OTHERS = {
    "cond-response-type-get-only": "bucket",
    "keys-acl-private": "bucket",
    "keys-content-length-max": "bucket",
    "keys-content-type-equal": "bucket",
    "keys-storage-class": "bucket",
    "public-multipart-forbid-overwrite": "user",
}
#: Its note says GOOD of the key that the server chooses; its conditions are bad, so it stands below.
HALF_GOOD = {"sts-keyandcred-node"}


def corpus(name: str) -> dict[str, Any]:
    """A policy of the corpus, with its source and note."""
    found: dict[str, Any] = json.loads((CORPUS / f"{name}.json").read_text("utf-8"))
    return found


@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.stem)
def test_a_recommended_page_gives_nothing_above_info(path: Path) -> None:
    """The noise budget: what the vendor recommends, for the flow that its page describes, is clean."""
    code, out, err = call("check", str(path), "--format", "json")
    assert err == ""
    found = json.loads(out)
    assert [(one["rule"], one["message"]) for one in found["findings"] if one["severity"] != "info"] == []
    assert found["unknown"] == []
    assert (code, found["summary"]["blocked"], found["summary"]["unknown"]) == (0, 0, 0)


@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.stem)
def test_every_request_of_a_recommended_page_passes_its_key(path: Path) -> None:
    """Clean because it was judged: each request to COS has a verdict of the session gate, and it is `pass`."""
    code, out, _ = call("trace", str(path), "--format", "json")
    verdicts = [one["gates"]["session"]["verdict"] for one in json.loads(out)["requests"] if one["flow"] is not None]
    assert code == 0
    assert verdicts and set(verdicts) == {"pass"}


WEB = [path for path in GOOD if "platform: web" in path.read_text("utf-8")]
assert WEB, "no web page found: a test over nothing proves nothing"


@pytest.mark.parametrize("path", WEB, ids=lambda path: path.stem)
def test_every_request_of_a_recommended_page_passes_its_cors_rules(path: Path) -> None:
    """From each origin, on the backup host and on retries too."""
    code, out, _ = call("trace", str(path), "--format", "json")
    sent = [one for one in json.loads(out)["requests"] if one["flow"] is not None]
    assert code == 0
    assert {one["gates"][gate]["verdict"] for one in sent for gate in ("preflight", "response")} == {"pass"}
    assert {".tencentcos.cn" in one["url"] for one in sent} == {"x-cos-sdk-retry" in one["headers"] for one in sent}


def test_every_good_policy_of_the_corpus_is_here() -> None:
    """A policy whose note says GOOD has a configuration, or is linted as what it is for."""
    named_good = {path.stem for path in CORPUS.glob("*.json") if "GOOD" in corpus(path.stem)["note"]}
    here = {
        line.partition(": ")[2]
        for path in GOOD
        for line in path.read_text("utf-8").splitlines()
        if line.startswith("x-corpus: ")
    }
    assert len(named_good) >= 14
    assert named_good <= here | set(OTHERS) | HALF_GOOD


@pytest.mark.parametrize("name", sorted(OTHERS))
def test_a_good_bucket_or_user_policy_gives_nothing_above_info(name: str) -> None:
    """Read alone, as what it is for."""
    code, out, err = call("policy", "lint", str(CORPUS / f"{name}.json"), "--as", OTHERS[name], "--format", "json")
    assert (code, err) == (0, "")
    assert [one["rule"] for one in json.loads(out)["findings"] if one["severity"] != "info"] == []


# -- the bad ones ------------------------------------------------------------------------------------------------------


class Bad(NamedTuple):
    """A bad policy with the flow that its page describes, and the rule that tells what is worst about it."""

    policy: str | dict[str, Any]  # a name of the corpus, or the policy itself
    flows: tuple[tuple[str, str], ...]  # (operation, key)
    rule: str
    bucket: str = "examplebucket-1250000000"
    region: str = "ap-guangzhou"
    more: dict[str, Any] = {}  # noqa: RUF012
    upload: dict[str, Any] = {}  # noqa: RUF012
    instead: dict[str, str] = {}  # noqa: RUF012  # what stands in its policy for a bucket that COS would not take

    @property
    def config(self) -> Config:
        """The configuration."""
        rows = [
            {"name": f"flow{number}", "client": "app", "bucket": self.bucket, "operation": operation, "key": key}
            | {"session": "key", **self.upload}
            for number, (operation, key) in enumerate(self.flows)
        ]
        return {
            "version": 1,
            "buckets": [{"name": self.bucket, "region": self.region}],
            "clients": [{"name": "app", "platform": "wechat-miniprogram", "sdk": "cos-wx-sdk-v5@1.8.0"}],
            "sessions": [{"name": "key", "policy": self.said, **self.more}],
            "uploads": rows,
        }

    @property
    def said(self) -> dict[str, Any]:
        """The policy."""
        text = json.dumps(corpus(self.policy)["policy"] if isinstance(self.policy, str) else self.policy)
        for before, after in self.instead.items():
            text = text.replace(before, after)
        found: dict[str, Any] = json.loads(text)
        return found


FILES = "qcs::cos:ap-guangzhou:uid/1250000000:examplebucket-1250000000/app/files/"
MERGED = {
    "version": "2.0",
    "statement": [
        {
            "effect": "allow",
            "action": [f"name/cos:{name}" for name in ("GetBucket", "GetObject", "PutObject", "DeleteObject")],
            "resource": [f"{FILES}*", f"{FILES}{{userid}}/*"],
        }
    ],
}
OWN = "{userid}/{file}"
BAD = {
    "front-bad-action-all": Bad(
        "front-bad-action-all",
        (("getBucket", "app/photos/{folder}"), ("getObject", "app/photos/{photo}")),
        "session-object-rights",
    ),
    "front-bad-action-all, a user's own album": Bad(
        "front-bad-action-all", (("getObject", f"app/photos/{OWN}"),), "session-cross-user-write"
    ),
    "front-bad-resource-avatar": Bad(
        "front-bad-resource-avatar", (("putObject", f"app/avatar/{OWN}"),), "session-cross-user-write"
    ),
    # case 3 of the page: two statements made into one are the cross product of their actions and resources
    "front-bad-merged-statement": Bad(
        MERGED,
        (
            ("getBucket", "app/files/{folder}"),
            ("getObject", "app/files/{path}"),
            ("putObject", f"app/files/{OWN}"),
            ("deleteObject", f"app/files/{OWN}"),
        ),
        "session-cross-user-write",
    ),
    "public-aws-shape": Bad(
        "public-aws-shape", (("putObject", f"up/{OWN}"),), "policy-resource-dead", "my-company-bucket-1250000000"
    ),
    "public-egg-action-star": Bad(
        "public-egg-action-star", (("uploadFile", f"up/{OWN}"),), "session-bucket-rights", region="ap-beijing"
    ),
    "public-extension-wildcards": Bad(
        "public-extension-wildcards",
        (("putObject", "uploads/{userid}/{file}.jpg"), ("postObject", "uploads/{userid}/{file}.png")),
        "session-cross-user-write",
        "photos-1250000000",
    ),
    "public-forallvalues": Bad(
        "public-forallvalues",
        (("putObject", f"prod/{OWN}"),),
        "session-cross-user-write",
        upload={"max_size": "10MiB", "content_type": "image/png"},
    ),
    "public-getpolicy-client-bucket": Bad(
        "public-getpolicy-client-bucket",
        (("uploadFile", f"up/{OWN}"),),
        "session-scope-from-client",
        more={"served": {"url": "https://api.example.com/sts", "login": "required", "scope_from": "client"}},
        instead={"whatever-the-client-sent": "examplebucket"},
    ),
    "public-tcb-resource-star": Bad(
        "public-tcb-resource-star", (("putObject", f"up/{OWN}"),), "session-other-bucket-write"
    ),
    "issue-sts-105-shared-uploads": Bad(
        "issue-sts-105-shared-uploads", (("uploadFile", f"user_uploads/{OWN}"),), "session-cross-user-write"
    ),
    "cos-demo-server-sign": Bad(
        "cos-demo-server-sign", (("putObject", f"up/{OWN}"),), "session-cross-user-write", "test-1250000000"
    ),
    "cam-case-prefix-without-slash": Bad(
        "cam-case-prefix-without-slash",
        (("putObject", "dir1/test/{file}"),),
        "session-other-keys-write",
        "bucket1-1250000000",
        "ap-shanghai",
        instead={"Bucket1": "bucket1"},
    ),
    "guide-read-only-all": Bad("guide-read-only-all", (("getObject", "public/{file}"),), "session-other-bucket-read"),
    "guide-region-all-buckets": Bad(
        "guide-region-all-buckets", (("putObject", f"up/{OWN}"),), "session-other-bucket-write", region="ap-beijing"
    ),
    "guide-put-object-acl": Bad(
        "guide-put-object-acl", (("putObject", f"doc/{OWN}"),), "session-object-rights", region="ap-beijing"
    ),
    "preset-data-full-control": Bad(
        "preset-data-full-control", (("uploadFile", f"up/{OWN}"),), "session-object-rights"
    ),
    "preset-bucket-config-write": Bad(
        "preset-bucket-config-write", (("putObject", f"up/{OWN}"),), "session-bucket-rights"
    ),
    "sts-python-ci-demo": Bad(
        "sts-python-ci-demo", (("uploadFile", f"up/{OWN}"),), "session-bucket-rights", "test-125000000", "ap-chongqing"
    ),
    "js-sdk-server-sts-key-concat": Bad(
        "js-sdk-server-sts-key-concat",
        (("uploadFile", "file/20240812/20240812_123456.jpg"),),
        "session-missing-resource",
        "test-1250000000",
    ),
    "issue-js-218-multipart-conditions": Bad(
        "issue-js-218-multipart-conditions",
        (("sliceUploadFile", "space/{file}"),),
        "session-condition-fails",
        upload={"max_size": "10MiB", "content_type": "image/png"},
    ),
    "sts-keyandcred-node": Bad(
        "sts-keyandcred-node",
        (("sliceUploadFile", "file/20240101/20240101_123456.jpg"),),
        "session-condition-fails",
        "test-1250000000",
        upload={"max_size": "5MiB", "content_type": "image/jpeg"},
    ),
    "issue-14446-content_length-a": Bad(
        "issue-14446-content_length-a", (("putObject", "up/{file}"),), "session-condition-fails"
    ),
    "size-doc-content_length-underscore": Bad(
        "size-doc-content_length-underscore", (("putObject", "up/{file}"),), "session-condition-fails"
    ),
    "sts-node-getpolicy-no-prefix": Bad(
        "sts-node-getpolicy-no-prefix", (("putObject", "up/{file}"),), "session-missing-resource", "test-1250000000"
    ),
}


def user_of(witness: dict[str, Any]) -> str:
    """The user whose key a witness uses; anybody where it names none."""
    found: str = witness.get("user") or witness.get("holder", "userid=a").removeprefix("userid=")
    return found


def test_every_bad_policy_of_those_pages_is_here() -> None:
    """The front-end page's bad ones, and each public session policy that has a verdict."""
    every = {path.stem for path in CORPUS.glob("front-bad-*.json")}
    every |= {path.stem for path in CORPUS.glob("public-*.json") if "verdict" in corpus(path.stem)}
    assert len(every) >= 8
    assert every <= {bad.policy for bad in BAD.values() if isinstance(bad.policy, str)}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_policy_is_found_with_a_witness_that_is_allowed_and_not_needed(name: str) -> None:
    """High or critical, by the rule for it; what the witness asks for goes through, and no flow needs it."""
    bad = BAD[name]
    code, found = answered(bad.config, "check")
    worst = [one for one in found["findings"] if one["severity"] in ("critical", "high")]
    assert bad.rule in {one["rule"] for one in worst}
    assert code == 1
    smallest = minimal(bad.config)
    for one in worst:
        witness = one["witness"] or {}
        if "resource" not in witness or "send" in witness or not one["rule"].startswith("session-"):
            continue
        holder = {"userid": user_of(witness)}
        # a condition that nobody can judge is one that the holder may meet
        said = {"allow", "unknown"} if bad.said["statement"][0].get("condition") else {"allow"}
        assert decision(named(bad.said, holder), witness["action"], witness["resource"]) in said, one["message"]
        assert decision(named(smallest, holder), witness["action"], witness["resource"]) != "allow", one["message"]


@pytest.mark.parametrize("name", BAD)
def test_the_witness_goes_through_policy_simulate(name: str, tmp_path: Path) -> None:
    """The same with the public command: METHOD and URL of each witness, and the user who holds the key."""
    path = tmp_path / "p.json"
    path.write_text(json.dumps(BAD[name].said), "utf-8")
    for one in answered(BAD[name].config, "check")[1]["findings"]:
        witness = one["witness"] or {}
        if one["severity"] not in ("critical", "high") or not witness.get("action") or "send" in witness:
            continue
        if one["rule"].startswith("session-"):
            users = ["--set", f"userid={user_of(witness)}"] if "{userid}" in path.read_text("utf-8") else []
            asked = ["--action", witness["action"], "--resource", witness["resource"], *users, "--format", "json"]
            code, out, err = call("policy", "simulate", str(path), *asked)
            assert (code, err) == ((3, "") if "condition" in path.read_text("utf-8") else (0, "")), out


@pytest.mark.parametrize("name", BAD)
def test_the_mended_policy_is_clean(name: str) -> None:
    """With what `policy minimal` prints in its place, nothing above info is said of the key's policy any more."""
    bad = BAD[name]
    made = bad.config
    made["sessions"] = [{"name": "key", "policy": minimal(made)}]
    found = answered(made, "check")[1]
    assert [one["rule"] for one in found["findings"] if one["severity"] != "info"] == []
