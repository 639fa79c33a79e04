"""The exact domain lists: who needs an entry, and which entries are dead."""

from __future__ import annotations

from pathlib import Path

import pytest

from cosaudit import allowlists, flows
from cosaudit.config.load import load
from cosaudit.model import CATEGORIES, Inventory
from cosaudit.run import Run

HOST = "https://media-1250000000.cos.ap-guangzhou.myqcloud.com"


def inventory(text: str, folder: Path) -> Inventory:
    """A configuration's inventory."""
    path = folder / "config.yaml"
    path.write_text(text, "utf-8")
    return load(str(path))


BUCKETS = """
version: 1
buckets:
  - {name: media-1250000000, region: ap-guangzhou}
  - {name: old-1250000000, region: cn-south}
"""


@pytest.mark.parametrize(
    ("entry", "dead"),
    [
        ("https://media-1250000000.cos.ap-shanghai.myqcloud.com", True),
        ("https://media-1250000000.cos.ap-shanghai.tencentcos.cn", True),
        ("https://media-1250000000.cn-east.myqcloud.com", True),
        ("media-1250000000.cos.ap-shanghai.myqcloud.com", True),
        (HOST, False),
        ("https://media-1250000000.cn-south.myqcloud.com", False),  # the old name of the same region
        ("https://old-1250000000.cos.ap-guangzhou.myqcloud.com", False),
        ("https://media-1250000001.cos.ap-shanghai.myqcloud.com", False),  # another account's bucket
        ("https://media-1250000000.cos.accelerate.myqcloud.com", False),
        ("https://cos.ap-shanghai.myqcloud.com", False),  # a released version may use it for another bucket
        ("https://unknown-1250000000.cos.ap-shanghai.myqcloud.com", False),
        ("https://api.example.com", False),
        ("https://api.example.com/", False),
        ("https://*.myqcloud.com", True),
        ("http://api.example.com", True),
        ("https://119.29.29.29", True),
    ],
)
def test_dead_is_only_what_is_proved(entry: str, dead: bool, tmp_path: Path) -> None:
    """What can never match, and the host of a described bucket in another region."""
    found = allowlists.dead_entries([entry, HOST], inventory(BUCKETS, tmp_path))
    assert (entry in found) is dead
    assert all(found.values())


CLIENTS = """
clients:
  - {name: sdk, platform: wechat-miniprogram, sdk: cos-wx-sdk-v5@1.8.0, options: {AutoSwitchHost: true},
     base_library: 2.9.0, endpoints: ["https://api.example.com/sts"]}
  - {name: hand, platform: wechat-miniprogram, sdk: none, addressing: region}
uploads:
  - {name: one, client: sdk, bucket: media-1250000000, operation: uploadFile}
  - {name: two, client: sdk, bucket: old-1250000000, operation: putObject}
  - {name: three, client: hand, bucket: media-1250000000, operation: postObject}
  - {name: four, client: sdk, bucket: media-1250000000, operation: sliceUploadFile, max_size: 3MiB}
downloads:
  - {name: five, client: hand, bucket: old-1250000000, operation: downloadFile}
"""


def test_a_program_with_exactly_these_lists_gets_through(tmp_path: Path) -> None:
    """What `allowlist` prints is sufficient: with it no request is stopped by WeChat …"""
    text = BUCKETS + CLIENTS
    found = inventory(text, tmp_path)
    lists = allowlists.derive(flows.derive(found), found)
    assert len(lists) == 2
    for one in lists:
        boxes = "{" + ", ".join(f"{category}: {list(one.urls(category))}" for category in CATEGORIES) + "}"
        name = f"name: {one.client.name}, platform: wechat-miniprogram,"
        text = text.replace(name, f"{name} allowlist: {boxes},")
    rows = list(Run(inventory(text, tmp_path)).judged)
    assert len(rows) > 20
    assert {row.at("platform").outcome.value for row in rows} == {"pass"}


def test_no_entry_of_the_lists_can_be_spared(tmp_path: Path) -> None:
    """… and necessary: without any one of them something is stopped."""
    found = inventory(BUCKETS + CLIENTS, tmp_path)
    lists = allowlists.derive(flows.derive(found), found)
    tried = 0
    for one in lists:
        for entry in one.entries:
            rest = [(other.category, other.url) for other in one.entries if other is not entry]
            boxes = str({category: [url for box, url in rest if box == category] for category in CATEGORIES})
            name = f"name: {one.client.name}, platform: wechat-miniprogram,"
            text = (BUCKETS + CLIENTS).replace(name, f"{name} allowlist: {boxes},")
            assert Run(inventory(text, tmp_path)).blocked > 0, entry
            tried += 1
    assert tried >= 7


def test_a_condition_that_another_one_implies_is_not_repeated(tmp_path: Path) -> None:
    """Who sends a request always sends it on a retry too; on the backup domain only the retry does."""
    found = inventory(BUCKETS + CLIENTS, tmp_path)
    sdk = allowlists.derive(flows.derive(found), found)[0]
    whens = {
        (entry.category, entry.url): {need.when for need in entry.needed_by if need.flow == "one"}
        for entry in sdk.entries
    }
    assert whens["request", HOST] == {"over 1048576"}
    assert whens["uploadFile", HOST] == {"up to 1048576", "over 1048576, base library below 2.10.0"}
    backup = HOST.replace("myqcloud.com", "tencentcos.cn")
    assert whens["request", backup] == {"over 1048576, retry: host"}
    assert all("retry: host" in when for when in whens["uploadFile", backup])


def test_the_order_of_the_file_changes_nothing(tmp_path: Path) -> None:
    """Uploads, buckets and endpoints in another order give the same lists."""
    import yaml

    tree = yaml.safe_load(BUCKETS + CLIENTS)
    turned = {key: value[::-1] if isinstance(value, list) else value for key, value in tree.items()}
    results = []
    for one in (tree, turned):
        found = inventory(yaml.safe_dump(one), tmp_path)
        results.append(
            {
                lists.client.name: [
                    (entry.category, entry.url, entry.buckets, sorted(entry.needed_by)) for entry in lists.entries
                ]
                for lists in allowlists.derive(flows.derive(found), found)
            }
        )
    assert results[0] == results[1] != {}
