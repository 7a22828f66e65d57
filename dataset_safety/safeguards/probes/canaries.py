"""Monitoring and alerts (8.1 b 2): a defect is planted in a sandbox, and the alert about it has to arrive.

The sandbox is a home of its own in a temporary folder with a database of its own, so that nothing planted can ever belong
to P0, P1 or P2. The monitors and the way of the alert are the real ones. Alerts go to the configured webhook, which has to
answer with their nonce, or to a receiver of the probe's own where none is configured.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from dataset_safety import clock
from dataset_safety.collection.releases import freeze
from dataset_safety.errors import DatasetSafetyError
from dataset_safety.keywords.entries import EntryEffect
from dataset_safety.keywords.files import read_store
from dataset_safety.preprocessing.recipes import sources_of
from dataset_safety.preprocessing.releases import annotate_release, identify_release
from dataset_safety.safeguards.alerts import send
from dataset_safety.safeguards.monitors import watch
from dataset_safety.safeguards.probes.contract import Family, Kind, Observation, Target
from dataset_safety.safeguards.probes.receiver import loopback_receiver
from dataset_safety.standard import Stage
from dataset_safety.store import artifacts, releases
from dataset_safety.store.artifacts import Artifact
from dataset_safety.store.database import Database
from dataset_safety.store.facade import Store
from dataset_safety.store.home import Home
from dataset_safety.store.objects import ObjectStore
from dataset_safety.usage.policy import Policy
from dataset_safety.usage.releases import filter_release

LIMIT_SECONDS = 60
SOURCE = 'source_id = "canary"\nkind = "organisation"\n[origin]\ndataset_name = "canary"\norganisation = "canary"\n'
WEBHOOK = "operators: set DATASET_SAFETY_ALERT_WEBHOOK to a receiver that answers with the nonce (`dataset-safety probe receive`)"
REPAIR = (
    "operators: find out why the monitor or the way of the alert is broken, then `dataset-safety probe run --family monitoring`"
)


@dataclass(frozen=True, slots=True)
class Canary:
    """A planted defect; ``plant`` puts it into a sandbox, ``monitor`` has to find it."""

    name: str
    monitor: str
    expects: str
    plant: Callable[[Store, Path, Target], None]
    family: Family = Family.MONITORING
    applies: frozenset[Kind] = frozenset({Kind.HOME})

    def run(self, target: Target) -> Observation:
        """Plant, watch, and wait for the alert."""
        with _sandbox() as (sandbox, folder), loopback_receiver() as (own, messages):
            configured = target.deployment.webhook
            try:
                self.plant(sandbox, folder, target)
                begun = time.monotonic()
                seen = watch(sandbox, url=configured or own, canary=True)
            except DatasetSafetyError as error:
                return Observation.could_not_run(f"the sandbox could not be used ({type(error).__name__})", REPAIR)
            took = int((time.monotonic() - begun) * 1000)
            mine = [delivery for alert, delivery in seen.raised if alert.monitor == self.monitor]
            arrived = any(delivery.echoed for delivery in mine)
            if not configured:
                marked = [message for message in messages if message.get("canary") is True]
                arrived = arrived and any(message.get("monitor") == self.monitor for message in marked)
        facts = {"receiver": "webhook" if configured else "the probe's own", "alerts": len(mine), "milliseconds": took}
        if not mine:
            return Observation.failed("the monitor did not notice what was planted", REPAIR, **facts)
        if not arrived:
            return Observation.failed(
                "the alert was raised and did not arrive at a receiver that answers with its nonce", REPAIR, **facts
            )
        if took > LIMIT_SECONDS * 1000:
            return Observation.failed(f"the alert took more than {LIMIT_SECONDS} seconds", REPAIR, **facts)
        return Observation.passed(f"noticed, and the alert arrived at {facts['receiver']}", **facts)


class AlertDelivery:
    """The configured webhook is there and answers."""

    name, family, applies = "alert_delivery", Family.MONITORING, frozenset({Kind.HOME})
    expects = "the configured webhook takes a message and answers with its nonce"

    def run(self, target: Target) -> Observation:
        """Send one message that says it is a probe."""
        url = target.deployment.webhook
        if not url:
            return Observation.could_not_run("no webhook is configured, so that alerts reach nobody", WEBHOOK)
        try:
            delivery = send("probe", {"what": "a probe of the way of alerts"}, url=url)
        except (OSError, ValueError) as error:
            return Observation.failed(f"the webhook does not answer ({type(error).__name__})", WEBHOOK)
        if not delivery.echoed:
            return Observation.failed("the webhook answers without the nonce, so that nobody knows who read it", WEBHOOK)
        return Observation.passed("the webhook answered with the nonce")


@contextmanager
def _sandbox() -> Iterator[tuple[Store, Path]]:
    """An empty home of its own, whatever database the environment names, and the folder around it."""
    with TemporaryDirectory(prefix="dataset-safety-sandbox-") as name:
        folder = Path(name)
        home = Home(folder / "home").create()
        database = Database(f"sqlite:///{home.root / 'safety.db'}")
        try:
            database.migrate()
            yield Store(home, database, ObjectStore(home.objects, home.staging)), folder
        finally:
            database.close()


def _flipped_byte(sandbox: Store, folder: Path, target: Target) -> None:
    digest = sandbox.objects.publish_bytes(random.randbytes(4096))
    with sandbox.database.write() as connection:
        artifacts.save(connection, Artifact("canary", digest, {}, digest))
    path = sandbox.objects.path(digest)
    content = bytearray(path.read_bytes())
    content[random.randrange(len(content))] ^= 1
    path.chmod(0o600)
    path.write_bytes(content)


def _wide_mode(sandbox: Store, folder: Path, target: Target) -> None:
    sandbox.home.root.chmod(0o755)
    sandbox.home.objects.chmod(0o755)


def _expired_contract(sandbox: Store, folder: Path, target: Target) -> None:
    today = clock.today()
    days = (today - timedelta(days=400), today - timedelta(days=1), today - timedelta(days=100))
    begins, ends, collected = (day.isoformat() for day in days)
    agreement = f'[agreement]\nkind = "contract"\nscope = ["training"]\nvalid_from = "{begins}"\nvalid_until = "{ends}"\n'
    _frozen(sandbox, folder, f'{SOURCE}collected_at = "{collected}"\n{agreement}', "A library opens at nine.")


def _planted_risk(sandbox: Store, folder: Path, target: Target) -> None:
    """A shard of one keyword that the deployment's own library rejects, through the whole workflow with its own detectors."""
    sources = sources_of(target.store.home, detectors=("keyword",))
    entries = read_store(*sources.libraries).active
    entry = next(one for one in entries if one.effect is EntryEffect.REJECT and len(one.parts) == 1)
    release = _frozen(sandbox, folder, SOURCE, f"{entry.parts[0]} {entry.parts[0]}")
    p1 = annotate_release(sandbox, release)
    filter_release(sandbox, release, p1, identify_release(sandbox, p1, sources), Policy())


def _frozen(sandbox: Store, folder: Path, ledger: str, text: str) -> releases.Release:
    source = folder / "inbox" / Stage.PRE_TRAINING.value / "canary"
    source.mkdir(parents=True)
    (source / "source.toml").write_text(ledger, encoding="utf-8")
    (source / "canary.txt").write_text(text, encoding="utf-8")
    release = freeze(folder / "inbox", Stage.PRE_TRAINING)
    with sandbox.database.write() as connection:
        releases.save(connection, release)
    return release


CANARIES = (
    Canary("canary_flipped_byte", "damaged_objects", "an alert about a stored object in which one bit is wrong", _flipped_byte),
    Canary("canary_wide_mode", "exposed_files", "an alert about a home that other accounts can read", _wide_mode),
    Canary(
        "canary_expired_contract", "expired_agreements", "an alert about a source whose contract has ended", _expired_contract
    ),
    Canary("canary_planted_risk", "risk_content", "an alert about a shard with risk content", _planted_risk),
)
"""One for each monitor."""
