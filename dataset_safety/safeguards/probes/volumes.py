"""Whether the volume below a path is encrypted by the operating system (8.1 b 3: encryption at rest)."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

CIPHERS = frozenset({"LUKS1", "LUKS2", "PLAIN", "TCRYPT", "BITLK", "LOOPAES", "FVAULT2"})
"""What cryptsetup writes after ``CRYPT-`` into the id of a device that is encrypted; VERITY and INTEGRITY only check."""
SECONDS = 10


def encrypted_volume(path: Path, *, system: Path = Path("/")) -> str:
    """What encrypts the volume that holds ``path`` (``dm-crypt``, ``zfs``); empty when nothing that could be seen does.

    ``system`` is where ``proc`` and ``sys`` are mounted.
    """
    source, kind = _mount(path.resolve(), system)
    if kind == "zfs":
        return "zfs" if _zfs_encrypted(source) else ""
    device = _device(path, system)
    return "dm-crypt" if device is not None and _below_crypt(device, system) else ""


def _mount(path: Path, system: Path) -> tuple[str, str]:
    """Source and type of the mount that holds a path; of several at one point the last one counts."""
    best, found = -1, ("", "")
    try:
        lines = (system / "proc/mounts").read_text().splitlines()
    except OSError:
        return found
    for line in lines:
        source, point, kind = [*line.split(" "), "", "", ""][:3]
        point = point.replace("\\040", " ")
        if path.is_relative_to(point or "/") and len(point) >= best:
            best, found = len(point), (source, kind)
    return found


def _device(path: Path, system: Path) -> Path | None:
    """The block device of a path in ``/sys``."""
    number = path.stat().st_dev
    device = system / "sys/dev/block" / f"{os.major(number)}:{os.minor(number)}"
    return device.resolve() if device.exists() else None


def _below_crypt(device: Path, system: Path) -> bool:
    """Whether a device is dm-crypt, or rests only on devices that are (LVM or RAID above LUKS)."""
    try:
        maker, kind = [*(device / "dm/uuid").read_text().strip().split("-"), ""][:2]
        if maker == "CRYPT" and kind in CIPHERS:
            return True
    except OSError:
        pass
    slaves = list((device / "slaves").iterdir()) if (device / "slaves").is_dir() else []
    return bool(slaves) and all(_below_crypt(slave.resolve(), system) for slave in slaves)


def _zfs_encrypted(dataset: str) -> bool:
    tool = shutil.which("zfs")
    if tool is None:
        return False
    try:
        command = [tool, "get", "-H", "-o", "value", "encryption", dataset]
        ended = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    except (OSError, subprocess.SubprocessError):
        return False
    return ended.returncode == 0 and ended.stdout.strip() not in ("", "off", "-")
