"""The domain lists, ready to paste: text, one box alone, CSV, bodies for the platform API."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.model import CATEGORIES, bytes_text
from cosaudit.report.plain import Paint, bullets, safe, wrap
from cosaudit.wechat.entries import LIMIT, canonical, parse_entry

if TYPE_CHECKING:
    from cosaudit.allowlists import ClientLists, Entry
    from cosaudit.model import Inventory
    from cosaudit.wechat.merge import Box

_CONSOLE = "mp.weixin.qq.com > 开发管理 > 开发设置 > 服务器域名 > 修改   (an admin scans)"
_DOWNLOADS = (
    " nothing to add: no download is described. Needed only for wx.downloadFile,",
    " wx.getImageInfo and poster components; then add the same host here.",
)

#: The contract's words for conditions, as people say them.
_CONDITIONS = {
    "resume": "when it resumes",
    "abort": "when it is cancelled",
    "retry: network": "again after a network error",
    "retry: 5xx": "again after a 5xx",
    "retry: host": "when the network fails",
}


def render(
    lists: tuple[ClientLists, ...],
    boxes: list[tuple[Box, ...]],
    inventory: Inventory,
    assumptions: tuple[str, ...],
    width: int,
    paint: Paint,
    again: str,
) -> str:
    """What to enter, per client and category; the lines to paste are never wrapped."""
    out: list[str] = []
    counts: dict[tuple[int, str], int] = {}
    for transfer in inventory.transfers:
        key = (transfer.client, transfer.kind)
        counts[key] = counts.get(key, 0) + 1
    for one, client_boxes in zip(lists, boxes, strict=True):
        index = one.client.index
        out += _client(
            one, client_boxes, counts.get((index, "uploads"), 0), counts.get((index, "downloads"), 0), width, paint
        )
    if not lists:
        out += ["No Mini Program is described, so there is nothing to enter.", ""]
    if assumptions:
        out.append("Assumed:")
        out += bullets(list(map(safe, assumptions)), width)
    else:
        out.append("Assumed: nothing.")
    if lists:
        out.append(f"Copy one box: {safe(again)} --box uploadFile")
    return "\n".join(out) + "\n"


def _client(
    one: ClientLists, boxes: tuple[Box, ...], uploads: int, downloads: int, width: int, paint: Paint
) -> list[str]:
    client = one.client
    title = safe(client.name) if client.name is not None else "Mini Program"
    if client.appid is not None:
        title += f" ({safe(client.appid)})"
    sdk = client.sdk.package if client.sdk.version is None else f"{client.sdk.package} {client.sdk.version}"
    sdk = "hand-written requests" if sdk == "none" else sdk
    counts = f"{uploads} upload{'s' * (uploads != 1)}, {downloads} download{'s' * (downloads != 1)}"
    known = [box for box in boxes if box.known]
    out = [paint(f"{title}: {_verdict(boxes)}", "bold"), f"{sdk}, {counts}", _CONSOLE, ""]
    out.append('A box holds the whole list, joined by ";". Save once: one change of 50 a month.')
    if known:
        out.append(" + add   - dead, removed   = there already, kept as it is")
    if len(known) < len(boxes):
        which = _hold([box.category for box in boxes if not box.known]) if known else "the boxes hold"
        out += wrap(f"What {which} today is not known: append there, do not replace.", width)
        if client.allowlist is not None and client.allowlist.doubtful:
            out.append("Something in the list that you gave could not be read; it stands below.")
        elif client.allowlist is not None and client.allowlist.unlabelled:
            out += wrap(
                "The list that was given does not say which box it is of: write its heading above it, such as "
                "`uploadFile合法域名`, or name it with --box.",
                width,
            )
        else:
            out.append("--have FILE reads what is there, in the console's own words or as JSON.")
    out.append("")
    others = {(category, url): name for category, url, name in one.shared}
    dead = []
    for box in boxes:
        out.append(paint(f"{box.category}合法域名", "bold"))
        entries = {entry.url: entry for entry in one.entries if entry.category == box.category}
        out += _rows(box, entries, others, width, paint)
        dead += [f"{safe(entry)}: {safe(reason)}" for entry, reason in box.dead]
        if not entries and box.category == "downloadFile" and not downloads:
            out += _DOWNLOADS if not box.keep else [" nothing to add: no download is described."]
        elif not box.add and not box.dead:
            out.append(" nothing to change" if box.known else " nothing to add")
        if box.add or box.dead:
            out.append(" paste over the whole box:" if box.known else " append to what the box holds:")
            out.append(safe(box.line) if box.line else " (nothing: empty the box)")
        if box.whole and box.add:
            doubtful = client.allowlist is not None and box.category in client.allowlist.lists
            condition = "if the list that you gave is this box's"
            if doubtful:
                condition = "once you have looked at what was not read"
            out += [f" or, {condition}, paste over the whole box:", safe(box.whole)]
        if box.size > LIMIT:
            out.append(f" too long: {box.size} entries, and WeChat takes {LIMIT}")
        out.append("")
    for text in dict.fromkeys(dead):
        out += wrap(f"dead: {text}", width, "", "  ")
    if client.allowlist is not None and client.allowlist.notes:
        out += [safe(note) for note in client.allowlist.notes[:10]]
        if len(client.allowlist.notes) > 10:
            out.append(f"and {len(client.allowlist.notes) - 10} more pieces that were not read")
    if any(box.add for box in boxes):
        out += wrap(
            "Then, on the phone: delete the Mini Program, open it again, debugging off, and send " + _sizes(one) + ".",
            width,
        )
    if out[-1]:
        out.append("")
    return out


def _hold(boxes: list[str]) -> str:
    return f"{' and '.join(boxes)} {'holds' if len(boxes) == 1 else 'hold'}"


def _verdict(boxes: tuple[Box, ...]) -> str:
    """What is to be done, in words."""
    add = sum(len(box.add) for box in boxes)
    dead = sum(len(box.dead) for box in boxes)
    words = []
    if add:
        words.append(f"{add} {'entry' if add == 1 else 'entries'} to add")
    if dead:
        words.append(f"{dead} dead {'entry' if dead == 1 else 'entries'} to remove")
    return " and ".join(words) or "nothing to change"


def _rows(
    box: Box, entries: dict[str, Entry], others: dict[tuple[str, str], str | None], columns: int, paint: Paint
) -> list[str]:
    def needed(origin: str) -> str:
        if origin in entries:
            return _needed(entries[origin])
        if (box.category, origin) in others:
            return f"for {safe(others[box.category, origin] or 'another program')}, the same AppID"
        return ""

    rows: list[tuple[str, str, str]] = []
    for url in box.add:
        rows.append(("+", url, needed(url)))
    for entry, _ in box.dead:
        rows.append(("-", entry, "dead, see below"))
    for entry in box.keep:
        origin = canonical(parse_entry(entry))
        rows.append(("=", entry, needed(origin)))
    rows.sort(key=lambda row: ("+-=".index(row[0]), row[1]))
    width = min(max([len(row[1]) for row in rows], default=0), 60)
    styles = {"+": "green", "-": "red", "=": "dim"}
    out = []
    for sign, entry, what in rows:
        line = f" {sign} {safe(entry).ljust(width)}   {what}".rstrip()
        if len(line) > columns and what:
            out.append(paint(f" {sign} {safe(entry)}", styles[sign]))
            out += [paint(below, styles[sign]) for below in wrap(what, columns, "     ")]
        else:
            out.append(paint(line, styles[sign]))
    return out


def _needed(entry: Entry) -> str:
    """Who needs an entry, short."""
    words: dict[str, None] = {}
    for need in entry.needed_by:
        if need.endpoint is not None:
            words["your server"] = None
            continue
        when = "" if need.when == "always" else f", {condition(need.when)}"
        words[f"{safe(need.flow or need.operation or '')}{when}"] = None
    shown = list(words)
    more = f" and {len(shown) - 2} more" if len(shown) > 2 else ""
    return "; ".join(shown[:2]) + more


def condition(when: str) -> str:
    """A condition with its bytes as people say them."""
    words = []
    for part in when.split(", "):
        for prefix in ("over ", "up to "):
            if part.startswith(prefix) and part[len(prefix) :].isdigit():
                part = prefix + bytes_text(int(part[len(prefix) :]))
        if part.startswith("base library below "):
            part = f"on phones with {part}"
        words.append(_CONDITIONS.get(part, part))
    return ", ".join(words)


def _sizes(one: ClientLists) -> str:
    """Which files to try: one for each side of every size that changes the API."""
    whens = {need.when for entry in one.entries for need in entry.needed_by}
    limits = sorted({int(when[6:]) for when in whens if when.startswith("up to ") and when[6:].isdigit()})
    if not limits:
        return "one file for each upload"
    return ", ".join([f"one file up to {bytes_text(limit)} and one over {bytes_text(limit)}" for limit in limits])


def box_line(lists: tuple[ClientLists, ...], boxes: list[tuple[Box, ...]], category: str) -> str:
    """The line of one box alone; with several programs each under its name."""
    out = []
    for one, client_boxes in zip(lists, boxes, strict=True):
        if len(lists) > 1:
            out.append(f"{safe(one.client.name or 'Mini Program')}:")
        out += [safe(box.line) for box in client_boxes if box.category == category]
    return "".join([f"{line}\n" for line in out])


def csv(lists: tuple[ClientLists, ...], boxes: list[tuple[Box, ...]]) -> str:
    """A row an entry: client, appid, category, change (add, dead, keep), entry, needed by. Formulas are defused."""
    import csv as writer
    from io import StringIO

    stream = StringIO()
    out = writer.writer(stream, lineterminator="\n")
    out.writerow(("client", "appid", "category", "change", "entry", "needed_by"))
    for one, client_boxes in zip(lists, boxes, strict=True):
        for box in client_boxes:
            entries = {entry.url: entry for entry in one.entries if entry.category == box.category}
            rows = [("add", entry) for entry in box.add]
            rows += [("dead", entry) for entry, _ in box.dead]
            rows += [("keep", entry) for entry in box.keep]
            for change, entry in rows:
                origin = canonical(parse_entry(entry))
                needed = _needed(entries[origin]) if origin in entries else ""
                cells = (one.client.name or "", one.client.appid or "", box.category, change, entry, needed)
                out.writerow([_cell(cell) for cell in cells])
    return stream.getvalue()


def _cell(text: str) -> str:
    """A cell that no spreadsheet takes for a formula (OWASP, CSV injection)."""
    text = safe(text)
    return f"'{text}" if (text[:1] in "=+-@\t\r" and text) or text.startswith(("::", "##")) else text


def wechat_api(lists: tuple[ClientLists, ...], boxes: list[tuple[Box, ...]]) -> str:
    """Bodies for the platform API: `action: add`, and a separate `delete`; never `set`, which would drop the rest."""
    from cosaudit.report.json_ import dump
    from cosaudit.wechat.merge import wechat_api as bodies

    return dump(
        [
            {"client": one.client.name, "appid": one.client.appid, "bodies": bodies(client_boxes)}
            for one, client_boxes in zip(lists, boxes, strict=True)
        ]
    )


__all__ = ["CATEGORIES", "box_line", "condition", "csv", "render", "wechat_api"]
