"""Classes of personal information (6.3 a) and which of them are sensitive (6.3 b; PIPL Art. 28, GB/T 35273 Annex B).

``Kind`` holds the seven kinds that Art. 28 names. A class is sensitive when it belongs to one of them, or when it
is a number of identity whose leak endangers person or property (GB/T 35273-2020 Annex B: identity card, passport,
driving licence, social security card). Classes without a pattern exist too: people who judge samples and legal
bases name them.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["CLASSES", "DETECTED", "SENSITIVE", "Kind", "PersonalInformationClass", "unknown_classes"]


class Kind(StrEnum):
    """Kinds of sensitive personal information named by PIPL Art. 28, and the numbers of identity of GB/T 35273."""

    BIOMETRIC = "biometric"
    RELIGIOUS_BELIEF = "religious_belief"
    SPECIFIC_IDENTITY = "specific_identity"
    MEDICAL_HEALTH = "medical_health"
    FINANCIAL_ACCOUNT = "financial_account"
    WHEREABOUTS = "whereabouts"
    MINOR_UNDER_14 = "minor_under_14"
    IDENTITY_NUMBER = "identity_number"


@dataclass(frozen=True, slots=True)
class PersonalInformationClass:
    """One class: its name in findings, titles for people, the kind that makes it sensitive, and the risk it is recorded under.

    ``detected`` says that ``privacy.detection`` has a pattern for it.
    """

    name: str
    title_en: str
    title_zh: str
    kind: Kind | None = None
    risk: str = "A.4.f"
    detected: bool = True

    @property
    def is_sensitive(self) -> bool:
        """Whether 6.3 b (separate consent) holds for it."""
        return self.kind is not None


def _of_kind(kind: Kind, title_en: str, title_zh: str) -> PersonalInformationClass:
    """A kind of Art. 28 as a class of its own, for people to name; no pattern finds it."""
    return PersonalInformationClass(kind.value, title_en, title_zh, kind, "A.4.e", detected=False)


_ALL = (
    PersonalInformationClass("identity_number", "identity card number", "居民身份证号码", Kind.IDENTITY_NUMBER),
    PersonalInformationClass("passport", "passport or travel permit number", "护照、通行证号码", Kind.IDENTITY_NUMBER),
    PersonalInformationClass("driver_licence", "driving licence number", "驾驶证号码", Kind.IDENTITY_NUMBER),
    PersonalInformationClass("social_security_number", "social security number", "社会保障号码", Kind.IDENTITY_NUMBER),
    PersonalInformationClass("bank_card", "bank card number", "银行卡号", Kind.FINANCIAL_ACCOUNT),
    PersonalInformationClass("iban", "international bank account number", "国际银行账号", Kind.FINANCIAL_ACCOUNT),
    PersonalInformationClass("medical_record", "number of a medical record", "病历号、就诊卡号", Kind.MEDICAL_HEALTH, "A.4.e"),
    PersonalInformationClass("mobile_phone", "mobile phone number", "手机号码"),
    PersonalInformationClass("landline", "fixed-line phone number", "固定电话号码"),
    PersonalInformationClass("email", "e-mail address", "电子邮箱地址"),
    PersonalInformationClass("ip_address", "public IP address", "公网 IP 地址"),
    PersonalInformationClass("vehicle_plate", "vehicle plate", "机动车号牌"),
    PersonalInformationClass("social_account", "account of a messenger", "即时通信账号"),
    _of_kind(Kind.BIOMETRIC, "biometric features", "生物识别信息"),
    _of_kind(Kind.RELIGIOUS_BELIEF, "religious belief", "宗教信仰信息"),
    _of_kind(Kind.SPECIFIC_IDENTITY, "specific identity", "特定身份信息"),
    _of_kind(Kind.MEDICAL_HEALTH, "medical and health information", "医疗健康信息"),
    _of_kind(Kind.FINANCIAL_ACCOUNT, "financial accounts", "金融账户信息"),
    _of_kind(Kind.WHEREABOUTS, "whereabouts", "行踪轨迹信息"),
    _of_kind(Kind.MINOR_UNDER_14, "personal information of minors under 14", "不满十四周岁未成年人的个人信息"),
    PersonalInformationClass("other", "other personal information", "其他个人信息", detected=False),
)

CLASSES: dict[str, PersonalInformationClass] = {found.name: found for found in _ALL}
"""All classes by name."""

SENSITIVE: frozenset[str] = frozenset(found.name for found in _ALL if found.is_sensitive)
"""Names of the classes that need separate consent or a statutory basis (6.3 b)."""

DETECTED: frozenset[str] = frozenset(found.name for found in _ALL if found.detected)
"""Names of the classes that a pattern finds."""


def unknown_classes(names: frozenset[str] | set[str]) -> list[str]:
    """Names that are no class, sorted."""
    return sorted(set(names) - CLASSES.keys())
