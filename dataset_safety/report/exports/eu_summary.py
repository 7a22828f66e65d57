"""A draft of the public summary of training content (Regulation (EU) 2024/1689, Article 53(1)(d)), in the template's order.

One stage of the data is not the model: facts of provider and model, and whatever the ledger does not know, are blanks that
a person fills in. Sizes are ranges of the template, stated only where the stored counts settle them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dataset_safety.records import Decision, SourceKind
from dataset_safety.report.exports.facts import PublicSource, Published
from dataset_safety.report.exports.page import Blank, Block, Cell, Facts, Page, Paragraph, Section, Table
from dataset_safety.report.model import Volume
from dataset_safety.report.wording import STAGES, count, size

MARKDOWN, HTML = "eu-summary.md", "eu-summary.html"
TOP_DOMAINS_PERCENT = 10
DRAFT = (
    "DRAFT, not for publication before every marked blank is filled in and a person answers for it. It covers one stage of the "
    "training data of a model; the summary has to cover all of them."
)
TOKENS_LOW, IMAGES_LOW = 1_000_000_000, 1_000_000
MODALITIES = ("text", "image", "audio", "video", "other")


def summary(facts: Published) -> Page:
    """The draft."""
    sections = [Section("About this draft", [Paragraph(DRAFT), _basis(facts)])]
    return Page("Public summary of training content", [*sections, *_general(facts), *_sources(facts), *_processing(facts)])


def _basis(facts: Published) -> Facts:
    report = facts.report
    rows = [("Stage", STAGES[report.stage]), ("Release", report.release_id), ("Population", report.population)]
    return Facts(rows)


def _general(facts: Published) -> Iterator[Section]:
    yield Section("1. General information", [])
    provider = ["name and contact details of the provider", "name and contact details of the authorised representative"]
    yield Section("1.1 Provider identification", [_blanks(["Provider", "Authorised representative"], provider)], 2)
    model = ["versioned names of the model", "models that this one was made from, or none", "date of placing on the Union market"]
    yield Section("1.2 Model identification", [_blanks(["Model", "Dependencies", "Placed on the market"], model)], 2)
    rows = [[name, size(volume.size_bytes), count(volume.samples), _range(name, volume)] for name, volume in modalities(facts)]
    head = ["Modality", "Bytes in this release", "Samples in this release", "Range of the template"]
    languages = [f"{name.partition(':')[2]} {count(volume.samples)}" for name, volume in facts.types.items() if ":" in name]
    more: list[tuple[str, Cell]] = [
        ("Types of content", Blank("types of content, such as fiction, news, code, social media")),
        ("Latest date of collection", facts.days[-1] if facts.days else Blank("latest date on which data were collected")),
        ("Languages, samples for use", ", ".join(languages) or Blank("languages of the data")),
        ("Other characteristics", Blank("demographic and other characteristics of the data")),
    ]
    table: Block = Table(head, rows) if rows else Paragraph("No sample is for use.")
    yield Section("1.3 Modalities, size and other characteristics", [table, Facts(more)], 2)


def modalities(facts: Published) -> list[tuple[str, Volume]]:
    """P2 by modality of the template; code is text."""
    total: dict[str, Volume] = {}
    for name, volume in facts.types.items():
        head = name.partition(":")[0]
        modality = "text" if head == "code" else head if head in MODALITIES else "other"
        total[modality] = total.get(modality, Volume()) + volume
    return [(name, total[name]) for name in MODALITIES if name in total]


def _range(modality: str, volume: Volume) -> Cell:
    """A text has at most one token for each byte; that settles the lowest range and no other."""
    if modality == "text" and volume.size_bytes < TOKENS_LOW:
        return "less than 1 billion tokens"
    if modality == "image" and volume.samples < IMAGES_LOW:
        return "less than 1 million images"
    unit = {"text": "tokens", "image": "images"}.get(modality, "hours or another measure")
    return Blank(f"range of the whole training data in {unit}")


def _sources(facts: Published) -> Iterator[Section]:
    used = [source for source in facts.used if not source.generated_by]
    partners = [source for source in used if source.kind is SourceKind.ORGANISATION]
    public = [source for source in partners if source.agreement in ("", "licence")]
    private = [source for source in partners if source not in public]
    yield Section("2. List of data sources", [])
    yield Section(
        "2.1 Publicly available datasets", list(_datasets(public, "Released under a licence, or without any agreement.")), 2
    )
    bought = Facts([("Licensed by rightsholders, or other third parties", Blank("which of these are commercial licences"))])
    told = list(_datasets(private, "Under a contract, a purchase or a cooperation agreement."))
    yield Section("2.2 Private datasets obtained from third parties", [*told, *([bought] if private else [])], 2)
    yield Section("2.3 Data crawled and scraped from online sources", list(_crawled(facts, used)), 2)
    users = [source for source in used if source.kind is SourceKind.SERVICE_USER]
    told = list(_datasets(users, "Collected from users of the provider's services, each named here."))
    asked = Facts([("Interactions with the model itself", Blank("whether data from users of the model are among them"))])
    yield Section("2.4 User data", [*told, *([asked] if users else [])], 2)
    yield Section("2.5 Synthetic data", list(_synthetic(facts)), 2)
    own = [source for source in used if source.kind is SourceKind.SELF_PRODUCED]
    yield Section("2.6 Other sources of data", list(_datasets(own, "Produced by the provider.")), 2)


def _datasets(sources: Sequence[PublicSource], what: str) -> Iterator[Block]:
    if not sources:
        yield Paragraph("None in this release.")
        return
    yield Paragraph(what)
    rows: list[list[Cell]] = [
        [
            source.name,
            source.organisation or "not on record",
            ", ".join(sorted({name.partition(":")[0] for name in source.kept})),
            source.licence or source.agreement or "not on record",
            count(source.for_use.samples),
            size(source.for_use.size_bytes),
        ]
        for source in sorted(sources, key=lambda source: (-source.for_use.size_bytes, source.source_id))
    ]
    yield Table(["Name", "From", "Modality", "Licence or agreement", "Samples for use", "Size"], rows)


def _crawled(facts: Published, used: Sequence[PublicSource]) -> Iterator[Block]:
    sites = [source for source in used if source.kind is SourceKind.WEBSITE]
    if not sites:
        yield Paragraph("None in this release.")
        return
    days = sorted({day for source in sites for day in source.days})
    crawlers = sorted({source.crawler for source in sites if source.crawler})
    unnamed = sum(not source.crawler for source in sites)
    respected, silent = (sum(source.robots_respected is said for source in sites) for said in (True, None))
    behaviour = f"robots exclusion respected for {respected} of {len(sites)} sources; not recorded for {silent}"
    named: Cell = (
        ", ".join(crawlers) if crawlers and not unnamed else Blank(f"names of the crawlers; sources without one: {unnamed}")
    )
    rows: list[tuple[str, Cell]] = [
        ("Crawlers", named),
        ("Behaviour", behaviour),
        ("Period of collection", f"{days[0]} to {days[-1]}" if days else Blank("period of collection")),
        ("Purpose of crawling and kinds of content", Blank("purposes of the crawlers and kinds of content and sites")),
    ]
    yield Facts(rows)
    yield from _domains(facts)


def _domains(facts: Published) -> Iterator[Block]:
    """The largest registrable domains by bytes for use: the template asks for the top 10 % of all domain names."""
    named = [(domain, volume) for domain, volume in facts.domains.items() if domain]
    lost = facts.domains.get("", Volume())
    top = named[: -(-len(named) * TOP_DOMAINS_PERCENT // 100)]
    if top:
        yield Paragraph(f"Top {TOP_DOMAINS_PERCENT} % of {count(len(named))} domain names by size of content:")
        yield Table(["Domain", "Pages", "Size"], [[name, count(volume.samples), size(volume.size_bytes)] for name, volume in top])
    if lost.samples:
        yield Paragraph(f"{count(lost.samples)} samples from websites have no address, so that no domain is known of them.")


def _synthetic(facts: Published) -> Iterator[Block]:
    rows = facts.report.registers.generated
    if not rows:
        yield Paragraph("None is known in this release.")
        return
    told = [[row.model or "not on record", row.version or "not on record", count(row.samples), count(row.kept)] for row in rows]
    yield Table(["Model or service", "Version", "Samples", "For use"], told)
    yield Facts(
        [("Other models", Blank("provider's own models and other models that made data, and what these were trained on"))]
    )


def _processing(facts: Published) -> Iterator[Section]:
    report = facts.report
    yield Section("3. Data processing aspects", [])
    rights = [
        (f"Records on intellectual property, {row.status}", f"{count(row.kept)} for use") for row in report.registers.rights
    ]
    opted: list[tuple[str, Cell]] = [
        *rights,
        ("Code of practice", Blank("whether the provider signed the code of practice for general-purpose AI")),
        ("Reservations of rights", Blank("measures that respect reservations of rights from text and data mining")),
    ]
    yield Section("3.1 Respect of reservations of rights", [Facts(opted)], 2)
    removed = {word.value: report.totals[word.value] for word in Decision}
    measures = (
        "Every sample was identified against 29 risks by keywords, models and patterns; random draws are judged by people. "
        "Samples with risk content are removed, or held until a person decides."
    )
    counts = Facts([(f"Samples {name}", count(number)) for name, number in removed.items()])
    yield Section("3.2 Removal of illegal content", [Paragraph(measures), counts], 2)
    other = Facts([("Other information", Blank("optional: other aspects of processing"))])
    yield Section("3.3 Other information", [other], 2)


def _blanks(names: Sequence[str], what: Sequence[str]) -> Facts:
    return Facts([(name, Blank(one)) for name, one in zip(names, what, strict=True)])
