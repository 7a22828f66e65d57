"""E-mail and public IP addresses (6.3 a)."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator

from dataset_safety.privacy.context import Words
from dataset_safety.privacy.recognisers import Passage, Place, Recogniser, shape

__all__ = ["IPV4", "IPV6", "emails"]

IP_WORDS = Words("地址|服务器|主机|登录|来源|ip", "ip|ipv4|ip address|addresses|address|host|server|client|login|visitor|ping")
VERSION_WORDS = Words(
    "版本|版号|固件|章节|条款", "version|ver|v|release|build|firmware|revision|rev|update|section|sec|chapter|oid|assembly|driver"
)

# Resolvers, time servers and placeholders that many texts name; no person stands behind them.
_PUBLIC_SERVICES = frozenset(
    (
        "1.0.0.1", "1.1.1.1", "1.2.3.4", "4.2.2.2", "8.8.4.4", "8.8.8.8", "9.9.9.9", "114.114.114.114", "119.29.29.29",
        "180.76.76.76", "208.67.220.220", "208.67.222.222", "223.5.5.5", "223.6.6.6",
    )
)  # fmt: skip
_SMALL = 32  # four numbers below this look like a version or the number of a chapter

_LOCAL_LENGTH = 64  # RFC 5321
_LOCAL = re.compile(r"[a-z0-9._%+\-]{1,65}")
_DOMAIN = re.compile(r"(?:[a-z0-9](?:[a-z0-9\-]{0,61}[a-z0-9])?\.){1,8}(?:[a-z]{2,24}|xn--[a-z0-9\-]{2,59})(?![a-z0-9\-])")
_FILES = frozenset(
    (
        "png", "jpg", "jpeg", "gif", "svg", "webp", "bmp", "ico", "js", "jsx", "ts", "tsx", "css", "scss", "less", "map", "py",
        "rb", "java", "json", "xml", "yml", "yaml", "html", "htm", "md", "txt", "pdf", "zip", "gz", "tar", "so", "dll", "exe",
        "sh", "conf", "cfg", "local", "localhost", "internal", "lan", "test", "invalid", "example",
    )
)  # fmt: skip
# RFC 2142 and custom: mailboxes of a role or a machine; and names that manuals use as placeholders.
_ROLES = frozenset(
    (
        "info", "marketing", "sales", "support", "abuse", "noc", "security", "postmaster", "hostmaster", "usenet", "news",
        "webmaster", "www", "uucp", "ftp", "git", "hg", "svn", "noreply", "no-reply", "no_reply", "donotreply", "do-not-reply",
        "mailer-daemon", "nobody", "root", "admin", "administrator",
    )
)  # fmt: skip
_PLACEHOLDERS = frozenset(
    (
        "user", "username", "name", "you", "your", "yourname", "your.name", "your-email", "youremail", "your_email", "email",
        "e-mail", "mail", "someone", "somebody", "foo", "bar", "baz", "foobar", "test", "tester", "example", "me", "myname",
        "abc", "xyz", "x", "xx", "xxx", "xxxx", "alice", "bob", "user1", "user2", "first.last", "firstname.lastname",
        "recipient", "sender", "boss", "johndoe", "john.doe", "john_doe", "jane.doe", "janedoe", "jane_doe", "customer",
    )
)  # fmt: skip
_RESERVED = re.compile(r"(?:^|\.)(?:example|domain|your-?domain|mydomain|company|xxx+)\.(?:com|net|org|edu|cn)$")


def emails(passage: Passage) -> Iterator[Place]:
    """All e-mail addresses of a text; signs of other scripts beside them are never part of them."""
    folded = passage.folded
    at, free = folded.find("@"), 0
    while at >= 0:
        back = _LOCAL.match(folded[max(free, at - _LOCAL_LENGTH - 1) : at][::-1])
        domain = _DOMAIN.match(folded, at + 1)
        if back and domain and back.end() <= _LOCAL_LENGTH:
            start = at - back.end()
            start += len(folded[start:at]) - len(folded[start:at].lstrip("._%+-"))
            if start < at and _is_personal(folded, start, at, domain.group()):
                yield Place(start, domain.end(), "email", 0.95, "e-mail address")
            free = domain.end()
        at = folded.find("@", at + 1)


def _is_personal(folded: str, start: int, at: int, domain: str) -> bool:
    local = folded[start:at]
    if folded[at - 1] == "." or domain.rpartition(".")[2] in _FILES or folded[max(0, start - 2) : start] == "//":
        return False
    return local not in _ROLES and not (local in _PLACEHOLDERS and _RESERVED.search(domain))


def _ip4(passage: Passage, start: int, end: int) -> Place | None:
    """Global addresses of hosts only: no private, documentation or network addresses, no version numbers."""
    written = passage.folded[start:end]
    try:
        address = ipaddress.IPv4Address(written)
    except ValueError:
        return None
    octets = address.packed
    if not address.is_global or address.is_multicast or octets[3] in (0, 255) or written in _PUBLIC_SERVICES:
        return None
    named = IP_WORDS.near(passage, start, end, before=24, after=0)
    ahead = passage.before(start, 2)
    in_version = VERSION_WORDS.near(passage, start, end, before=20) or (ahead.endswith("/") and ahead != "//")
    if in_version or (not named and max(octets) < _SMALL) or _is_prefix(passage.after(end, 2)):
        return None
    explanation = "global IPv4 address" + (", named by its context" if named else "")
    return Place(start, end, "ip_address", 0.9 if named else 0.75, explanation)


def _is_prefix(behind: str) -> bool:
    return len(behind) == 2 and behind[0] == "/" and behind[1].isdecimal()


def _ip6(passage: Passage, start: int, end: int) -> Place | None:
    try:
        address = ipaddress.IPv6Address(passage.folded[start:end])
    except ValueError:
        return None
    if not address.is_global or address.is_multicast or _is_prefix(passage.after(end, 2)):
        return None
    return Place(start, end, "ip_address", 0.9, "global IPv6 address")


IPV4 = Recogniser(
    "IPv4",
    shape(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}", left=r"(?<![0-9a-z_\-])(?<![0-9a-z]\.)", right=r"(?![0-9a-z_\-])(?!\.[0-9])"),
    _ip4,
)
IPV6 = Recogniser(
    "IPv6",
    shape(
        r"[0-9a-f]{1,4}:[0-9a-f]{1,4}:[0-9a-f]{0,4}:[0-9a-f:]{0,30}[0-9a-f]", left=r"(?<![0-9a-z:.])", right=r"(?![0-9a-z:_\-])"
    ),
    _ip6,
)
