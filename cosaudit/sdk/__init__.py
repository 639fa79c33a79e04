"""What each client SDK sends: one profile a package family, its versions as data."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Protocol

from cosaudit import data
from cosaudit.model import Auth, Options, Refusal, Sdk, Shape, Target
from cosaudit.sdk import handwritten, wx

__all__ = [
    "NO_SDK",
    "PACKAGES",
    "PROFILES",
    "Profile",
    "SdkNameError",
    "SdkRef",
    "handwritten",
    "identify_build",
    "newest",
    "resolve",
    "wx",
]


#: A client's SDK: what was asked for and which recorded version answers for it.
SdkRef = Sdk


class SdkNameError(ValueError):
    """No SDK is called that. `message`, `expected`: texts; `nearest`: names that may be meant, best first."""

    def __init__(self, message: str, expected: str, nearest: list[str]) -> None:
        """The three parts of the message."""
        super().__init__(message)
        self.message = message
        self.expected = expected
        self.nearest = nearest


class Profile(Protocol):
    """What a package family's module answers; see `wx` for the words."""

    PACKAGE: str

    def versions(self) -> tuple[str, ...]:
        """The recorded versions, oldest first."""
        ...

    def shapes(
        self,
        version: str,
        operation: str,
        options: Options,
        auth: Auth,
        *,
        min_size: int = ...,
        max_size: int | None = ...,
        base_library: str | None = ...,
        token_field: str | None = ...,
        content_type: bool = ...,
        headers: tuple[str, ...] = ...,
        region: str | None = ...,
    ) -> tuple[Shape, ...] | Refusal:
        """Every request that the SDK may send for one call."""
        ...

    def prefix(
        self,
        version: str,
        options: Options,
        target: Target,
        bucket: str,
        region: str,
        *,
        operation: str | None = ...,
        page: str | None = ...,
    ) -> str | Refusal:
        """The URL before the slash that precedes the key; `page`: the protocol of the web page that sends."""
        ...

    def encode_key(self, version: str, key: str, *, action: str | None = ...) -> str:
        """How a key stands in the URL's path."""
        ...

    def object_key(self, version: str, key: str, *, action: str | None = ...) -> str:
        """The key that is really used for the key that is given."""
        ...

    def slice_bases(self, version: str) -> tuple[str, ...]:
        """The base libraries below which large files are not sent in parts, oldest first; the last one decides."""
        ...


class _Profiles(Mapping[str, Profile]):
    """Package → its profile. That of the web is imported when it is first asked for: most audits never do."""

    def __getitem__(self, package: str) -> Profile:
        if package == wx.PACKAGE:
            return wx
        if package == "cos-js-sdk-v5":
            from cosaudit.sdk import js

            return js
        raise KeyError(package)

    def __iter__(self) -> Iterator[str]:
        return iter(PACKAGES)

    def __len__(self) -> int:
        return len(PACKAGES)


#: The package families that a configuration may name.
PACKAGES = ("cos-wx-sdk-v5", "cos-js-sdk-v5")
PROFILES: Mapping[str, Profile] = _Profiles()
NO_SDK = SdkRef("none", None, None, None)

_NUMBER = "(0|[1-9][0-9]{0,8})"
_VERSION = re.compile(rf"{_NUMBER}\.{_NUMBER}\.{_NUMBER}(?:-([0-9A-Za-z.-]+))?\Z")
_WORD = re.compile(r"(0|[1-9][0-9]*|[0-9]*[A-Za-z-][0-9A-Za-z-]*)\Z")
_EXPECTED = "`none`, a package such as `cos-wx-sdk-v5`, or `cos-wx-sdk-v5@1.8.0`"


def newest(package: str) -> str:
    """The newest recorded version of a package."""
    return PROFILES[package].versions()[-1]


def resolve(text: str) -> SdkRef:
    """The SDK that a configuration names.

    Args:
        text: `none`, a bare package name, or `package@MAJOR.MINOR.PATCH[-tag]`.

    Returns:
        The recorded version to judge by: the newest for a bare name; for one that is not recorded the
        nearest older one by the order of semantic versions; each with the assumption in words. For one that is
        older than all: the oldest in the same way, or, where the package's data says so, None: what it sends is
        unknown.

    Raises:
        SdkNameError: the package is unknown or the version malformed.
    """
    if text == "none":
        return NO_SDK
    package, at, version = text.partition("@")
    if package not in PACKAGES:
        raise SdkNameError(f"unknown SDK {_short(package)}", _EXPECTED, _near(package, ["none", *PACKAGES]))
    if not at:
        latest = newest(package)
        why = f"{package} without a version is taken as {latest}, the newest recorded"
        return SdkRef(package, None, latest, why)
    if not _well_formed(version):
        known = [f"{package}@{item}" for item in PROFILES[package].versions()]
        raise SdkNameError(
            f"{_short(version)} is no version of {package}: MAJOR.MINOR.PATCH or MAJOR.MINOR.PATCH-tag is",
            _EXPECTED,
            _near(text, known),
        )
    return _recorded(package, version)


def _recorded(package: str, version: str) -> SdkRef:
    listed = PROFILES[package].versions()
    if version in listed:
        return SdkRef(package, version, version, None)
    older = [item for item in listed if _order(item) <= _order(version)]
    if older:
        taken = max(older, key=_order)
        why = f"{package} {version} is not recorded; judged as {taken}, the nearest older version that is"
    elif data.load(package)["older-versions"] == "unknown":
        return SdkRef(package, version, None, None)
    else:
        taken = listed[0]
        why = f"{package} {version} is older than every recorded version; judged as {taken}, the oldest"
    return SdkRef(package, version, taken, why)


def _well_formed(version: str) -> bool:
    found = _VERSION.match(version)
    return found is not None and (found[4] is None or all(map(_WORD.match, found[4].split("."))))


def _order(version: str) -> tuple[int, int, int, int, tuple[tuple[int, int, str], ...]]:
    """A key that sorts as semantic versions do. Source: Semantic Versioning 2.0.0, section 11."""
    release, _, tag = version.partition("-")
    major, minor, patch = map(int, release.split("."))
    if not tag:
        return major, minor, patch, 1, ()
    # numbers before words; numbers by value, which is by length and then by digits; words by ASCII
    words = tuple((0, len(part), part) if part.isdigit() else (1, 0, part) for part in tag.split("."))
    return major, minor, patch, 0, words


def _near(text: str, names: list[str]) -> list[str]:
    from difflib import get_close_matches

    return get_close_matches(text, names, n=3, cutoff=0.6)


def _short(text: str) -> str:
    """User's text for a message: escaped, and not longer than a name is."""
    return f"`{text.encode('unicode_escape').decode()[:60]}`"


def identify_build(text: bytes) -> SdkRef | None:
    """The SDK and version of a copied build file.

    Args:
        text: the file's content. Changed line ends, a byte order mark and blanks at the end do not matter.

    Returns:
        The published build with this digest; else, for a changed or unpublished build, the version that its
        text names, as an assumption. None when it is neither.
    """
    import hashlib

    plain = text.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n").rstrip()
    digest = hashlib.sha256(plain).hexdigest()
    for package in PROFILES:
        version = data.load(package)["builds"].get(digest)
        if version is not None:
            return SdkRef(package, version, version, None)
    for package in PROFILES:
        mark, patterns = _readers(package)
        if mark not in plain:
            continue
        for pattern in patterns:
            named = {found.decode() for found in pattern.findall(plain)}
            if len(named) != 1 or not _well_formed(said := named.pop()):
                continue
            why = f"the copied build is no published one; its text says {package} {said}"
            # one published build still names the version before it
            published = data.load(package)["version-in-text"]["published-as"].get(said)
            if published is not None:
                return SdkRef(package, said, published, f"{why}, as the build of {published} does")
            found = _recorded(package, said)
            if found.assumption is not None:
                why = f"{why}. {found.assumption}"
            return found._replace(assumption=why)
    return None


@cache
def _readers(package: str) -> tuple[bytes, tuple[re.Pattern[bytes], ...]]:
    entry: dict[str, Any] = data.load(package)["version-in-text"]
    return entry["mark"].encode(), tuple(re.compile(pattern.encode()) for pattern in entry["patterns"])
