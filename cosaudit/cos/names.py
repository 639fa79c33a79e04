"""Names of buckets: `<name>-<appid>`."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import NamedTuple

from cosaudit import data

#: What a bucket's name has to look like, for messages.
EXPECTED = "a bucket's full name `<name>-<appid>`, such as `media-1250000000`"

_NAME = re.compile(r"[a-z0-9-]+\Z")
_DIGITS = re.compile(r"[0-9]+\Z")
_FOREIGN = re.compile(r"[^a-z0-9-]")


def quoted(text: str, limit: int = 60) -> str:
    """A user's text for a message: in backticks, cut to `limit` characters, what is not printable escaped."""
    cut = text if len(text) <= limit else f"{text[: limit - 3]}..."
    if not cut.isprintable() or "`" in cut:
        cut = "".join(_escaped(char) for char in cut)
    return f"`{cut}`"


def _escaped(char: str) -> str:
    if char == "`":
        return "'"
    if char.isprintable():
        return char
    return char.encode("unicode_escape", "backslashreplace").decode("ascii")


class NameProblem(ValueError):  # noqa: N818
    """A text is no name of a bucket. `found`: what is wrong with it; `expected`: what should stand there."""

    def __init__(self, found: str, expected: str = EXPECTED) -> None:
        """Made from the two halves of the message."""
        super().__init__(f"{found}; expected {expected}")
        self.found = found
        self.expected = expected


class BucketName(NamedTuple):
    """A bucket's full name and its two parts. `appid` stays text, as it is written."""

    full: str
    name: str
    appid: str

    @classmethod
    def parse(cls, text: str) -> BucketName:
        """The bucket's name in `text`.

        Raises:
            NameProblem: it is none; `found` says why.

        Source: fact `cos.bucket.name`.

        >>> BucketName.parse("examplebucket-1250000000").appid
        '1250000000'
        """
        found = parsed(text)
        if found is None:
            raise NameProblem(_trouble(text))
        return found


@lru_cache(maxsize=65536)
def parsed(text: str) -> BucketName | None:
    """Like `BucketName.parse`, but None where that raises: for the places that only ask."""
    name, hyphen, appid = text.rpartition("-")
    if not hyphen or not _DIGITS.match(appid) or not _NAME.match(name) or name[0] == "-" or name[-1] == "-":
        return None
    return BucketName(text, name, appid)


def _trouble(text: str) -> str:
    """Why a text is no bucket name; the most telling reason first."""
    stripped = text.strip()
    if not stripped:
        return "an empty name"
    if "." in stripped or "/" in stripped:
        from cosaudit.cos import hosts  # only for messages; hosts itself needs this module

        host = hosts.identify(stripped)
        if host is not None and host.bucket is not None:
            where = "address" if "/" in stripped else "host"
            return f"{quoted(text)} is the {where} of the bucket `{host.bucket}`, not its name"
        return f"{quoted(text)} looks like a host, not a name"
    if stripped != text:
        return f"{quoted(text)} has blanks around it"
    if text != text.lower() and parsed(text.lower()) is not None:
        return f"{quoted(text)} has upper-case letters"
    name, hyphen, appid = text.rpartition("-")
    if hyphen and _DIGITS.match(appid) and name.endswith("-x-"):
        return f"{quoted(text)} names a bucket of the product cosrapid, which is not COS"
    foreign = _FOREIGN.search(text)
    if foreign:
        return f"{quoted(text)} holds {quoted(foreign.group())}, and a name has only a-z, 0-9 and hyphens"
    if text[0] == "-":
        return f"{quoted(text)} begins with a hyphen"
    if text[-1] == "-":
        return f"{quoted(text)} ends in a hyphen"
    if not hyphen or not _DIGITS.match(appid):
        if _DIGITS.match(text):
            return f"{quoted(text)} is an appid without a name"
        return f"{quoted(text)} has no appid at its end"
    return f"{quoted(text)} has a second hyphen before its appid"


@cache
def _length_max() -> int:
    value: int = data.facts_of("regions")["cos.host.length-max"].value
    return value


def host_room(bucket: BucketName, region: str) -> int:
    """How many more characters the bucket's default host may have.

    The host is `<name>-<appid>.cos.<region>.myqcloud.com` (without `cos.` in a region of the first
    generation), ASCII, so a character is a byte. A negative result is the number of characters that are too
    many; nothing is raised.

    Source: fact `cos.host.length-max` (Tencent Cloud, document 436/13312).

    >>> host_room(BucketName.parse("123456789012345678901-1250000000"), "ap-beijing")
    0
    """
    from cosaudit.cos import regions

    label = 0 if region in regions.legacy_ids() else len(".cos")
    return _length_max() - len(bucket.full) - label - len(".") - len(region) - len(".myqcloud.com")


def check_room(bucket: BucketName, region: str) -> None:
    """Raises NameProblem when the bucket's default host in this region has too many characters."""
    room = host_room(bucket, region)
    if room < 0:
        most = _length_max()
        raise NameProblem(
            f"the host of bucket {quoted(bucket.full)} in {quoted(region)} has {most - room} characters",
            f"at most {most}",
        )
