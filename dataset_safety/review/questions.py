"""What people are asked about a drawn sample, by purpose of the draw (8.2.1 to 8.3.3).

The large draw asks everything at once, so that nobody reads a sample twice. ``unsure`` goes to an adjudicator,
``cannot_read`` leaves the sample open for somebody else; neither is ever counted as clean.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dataset_safety.evaluation.reviewing import GENERATED, HELD, MANUAL, METADATA, RIGHTS_RECORDS, RISK_RECORDS, TECHNICAL
from dataset_safety.review.errors import RefusedAnswer
from dataset_safety.standard import Stage

UNSURE = "unsure"
CANNOT_READ = "cannot_read"
OPEN = frozenset({UNSURE, CANNOT_READ})
RISK = "risk"


@dataclass(frozen=True, slots=True)
class Question:
    """One question: its good and bad answer, and the key that gives or toggles the bad one."""

    id: str
    good: str
    bad: str
    en: str
    zh: str
    good_en: str
    good_zh: str
    bad_en: str
    bad_zh: str
    key: str = ""

    @property
    def answers(self) -> frozenset[str]:
        """Every answer that may be stored."""
        return frozenset({self.good, self.bad}) | OPEN


@dataclass(frozen=True, slots=True)
class Task:
    """What one purpose asks: ``main`` by the digits 1 to 4, ``others`` toggled by their letters."""

    purpose: str
    en: str
    zh: str
    main: Question
    others: tuple[Question, ...] = ()
    shows: str = ""  # "metadata", "risk_record", "rights_record", "reasons": what stands beside the sample
    categories: bool = False

    @property
    def questions(self) -> tuple[Question, ...]:
        """All questions that a person answers."""
        return (self.main, *self.others)

    def checked(self, answers: Mapping[str, str], categories: Sequence[str], risks: Sequence[str]) -> dict[str, str]:
        """One answer to every question, or :class:`RefusedAnswer`; an open main answer leaves all of them open."""
        unknown = set(answers) - {question.id for question in self.questions}
        if unknown:
            raise RefusedAnswer(
                f"this draw does not ask {sorted(unknown)[0][:40]!r}", hint=f"questions: {[q.id for q in self.questions]}."
            )
        main = answers.get(self.main.id, "")
        full = {question.id: answers.get(question.id, question.good) for question in self.questions}
        if main in OPEN:
            full = {question.id: main if full[question.id] == question.good else full[question.id] for question in self.questions}
        full[self.main.id] = main
        for question in self.questions:
            if full[question.id] not in question.answers:
                raise RefusedAnswer(f"{question.id} has no such answer", hint=f"one of {sorted(question.answers)}.")
        self._check_categories(main, categories, risks)
        return full

    def _check_categories(self, main: str, categories: Sequence[str], risks: Sequence[str]) -> None:
        wrong = [name for name in categories if name not in risks]
        if wrong or (categories and not (self.categories and main == self.main.bad)):
            raise RefusedAnswer("categories go with the answer that names a risk", hint="use ids such as A.2.e.")
        if self.categories and main == self.main.bad and not categories:
            raise RefusedAnswer("an answer that finds risk content names the risk", hint="choose at least one of the 29.")


_RISK = Question(
    RISK, "no", "yes", "Does it contain any of the 29 risks?", "是否含有 29 类风险中的任何一类？",
    "No risk found", "未发现风险", "Risk: which?", "有风险：哪一类？", "2",
)  # fmt: skip
_RIGHTS = Question(
    "rights", "ok", "infringing", "Does it infringe intellectual property?", "是否侵犯知识产权？",
    "no infringement", "未侵权", "Infringes intellectual property", "侵犯知识产权", "i",
)  # fmt: skip
_PERSONAL = Question(
    "personal_information", "no", "yes", "Personal information of others?", "是否含他人个人信息？",
    "none", "无", "Personal information", "含个人信息", "p",
)  # fmt: skip
_SENSITIVE = Question(
    "sensitive_information", "no", "yes", "Sensitive personal information?", "是否含敏感个人信息？",
    "none", "无", "Sensitive personal information", "含敏感个人信息", "s",
)  # fmt: skip
_LOOKS_GENERATED = Question(
    "looks_generated", "no", "yes", "Does it look made by a model?", "是否像模型生成？",
    "no", "否", "Looks made by a model", "疑似模型生成", "g",
)  # fmt: skip
_METADATA = Question(
    "metadata", "right", "wrong", "Do these metadata describe the sample?", "元数据是否与样本相符？",
    "Right", "正确", "Wrong", "有误", "2",
)  # fmt: skip
_URL = Question(
    "url_consistent", "consistent", "inconsistent", "Does it fit its address?", "内容与网址是否一致？",
    "fits", "一致", "Does not fit its address", "与网址不一致", "l",
)  # fmt: skip
_RISK_RECORD = Question(
    "risk_record", "right", "wrong", "Is the risk record complete and right?", "风险识别记录是否完整、正确？",
    "Right", "正确", "Wrong", "有误", "2",
)  # fmt: skip
_RIGHTS_RECORD = Question(
    "rights", "ok", "risk_without_record", "Is every risk to rights on record?", "知识产权风险是否均有记录？",
    "No risk, or on record", "无风险或已记录", "Risk without a record", "有风险而无记录", "2",
)  # fmt: skip
_HELD = Question(
    "held", "clear", "confirm", "Is there really a risk?", "是否确有风险？",
    "Clear: no risk", "解除：无风险", "Confirm: risk", "确认：有风险", "2",
)  # fmt: skip


_KINDS_ZH = {"website": "网站", "organisation": "组织或个人", "service_user": "服务使用者", "self_produced": "自产"}


def task_of(purpose: str, stage: Stage) -> Task | None:
    """What people are asked about draws of a purpose; None where no person is asked."""
    if purpose == MANUAL:
        others = (_RIGHTS, _PERSONAL, _SENSITIVE, *((_LOOKS_GENERATED,) if stage is Stage.FINE_TUNING else ()))
        return Task(purpose, "Content and rights", "内容与权利", _RISK, others, categories=True)
    if purpose == HELD:
        names = ("Held samples (outside all counts)", "待定样本（不计入任何统计）")
        return Task(purpose, *names, _HELD, shows="reasons", categories=True)
    if purpose == TECHNICAL:
        return Task(purpose, "Hits of the technical audit", "技术检测命中样本", _RISK, categories=True)
    if purpose == RISK_RECORDS:
        return Task(purpose, "Risk records", "风险识别记录", _RISK_RECORD, shows="risk_record")
    if purpose == RIGHTS_RECORDS:
        return Task(purpose, "Rights records", "知识产权记录", _RIGHTS_RECORD, shows="rights_record")
    if purpose == GENERATED:
        return Task(purpose, "Metadata of generated content", "生成内容元数据", _METADATA, shows="metadata")
    if purpose.startswith(f"{METADATA}."):
        kind = purpose.removeprefix(f"{METADATA}.")
        zh = _KINDS_ZH.get(kind, kind)
        others = (_URL,) if kind == "website" else ()
        return Task(purpose, f"Metadata: {kind.replace('_', ' ')}", f"元数据：{zh}", _METADATA, others, shows="metadata")
    return None
