"""The words of the page in English and Chinese."""

from __future__ import annotations

from collections.abc import Mapping

LANGUAGES = {"en": "English", "zh": "中文"}

_WORDS = {
    "title": ("Sample review", "样本人工审核"),
    "sign_in": ("Sign in", "登录"),
    "sign_out": ("Sign out", "退出"),
    "token": ("Your token", "您的令牌"),
    "token_help": (
        "The person who runs this installation gave it to you; it was printed once.",
        "由系统管理员发放，仅显示一次。",
    ),
    "wrong_token": ("This token is not valid: wrong, revoked or expired.", "令牌无效：有误、已撤销或已过期。"),
    "too_many": ("Too many attempts. Please wait a minute.", "尝试次数过多，请稍候一分钟。"),
    "draws": ("What waits for people", "待审核任务"),
    "no_draws": ("No draws yet. Run the pipeline first.", "尚无抽样。请先运行流程。"),
    "judged": ("judged", "已审"),
    "of": ("of", "/"),
    "mine": ("by you", "您已审"),
    "disputed": ("to settle", "待裁定"),
    "doubly": ("judged twice", "双人审核"),
    "lost": ("lost, count as not clean", "已丢失，不视为合格"),
    "no_reader": ("in a language nobody here reads", "无人能读的语言"),
    "outdated": ("open again: the guideline has changed", "因判定指南变更须重新审核"),
    "start": ("Start", "开始"),
    "go_on": ("Go on", "继续"),
    "back": ("All tasks", "全部任务"),
    "guideline": ("Guideline", "判定指南"),
    "violates": ("Risk", "属于风险"),
    "passes": ("No risk", "不属于风险"),
    "note": ("Note", "备注"),
    "undo": ("Undo", "撤销"),
    "unsure": ("Unsure", "不确定"),
    "cannot_read": ("Cannot read", "无法阅读"),
    "which": (
        "Which risk? Letter of the group, then its number; Enter when done.",
        "哪一类风险？先按组字母，再按编号；回车确认。",
    ),
    "confirm": ("Save", "保存"),
    "cancel": ("Cancel", "取消"),
    "loading": ("Loading…", "正在加载…"),
    "done": ("Nothing is left for you in this task.", "本任务中暂无需要您审核的样本。"),
    "saved": ("Saved", "已保存"),
    "undone": ("Taken back. Judge it again.", "已撤销，请重新判断。"),
    "nothing_to_undo": ("Nothing to take back.", "没有可撤销的答案。"),
    "not_at_end": ("You have not reached the end. Press again to answer anyway.", "尚未读到末尾。再按一次仍可提交。"),
    "taken": ("Somebody else has judged this sample meanwhile; here is the next.", "该样本已由他人审核，现为下一条。"),
    "offline": (
        "The server does not answer. Your answer is kept here and sent again.",
        "服务器无响应。您的答案已暂存，将自动重发。",
    ),
    "signed_out": ("Your session has ended. Sign in again.", "会话已结束，请重新登录。"),
    "pick_one": ("Choose at least one risk.", "请至少选择一类风险。"),
    "pace": ("s each", "秒/条"),
    "left": ("left", "剩余"),
    "picture": ("Blurred. Press B to look.", "已模糊。按 B 键查看。"),
    "no_preview": ("No preview of this kind of content.", "此类内容无法预览。"),
    "metadata": ("Metadata", "元数据"),
    "record": ("Record", "记录"),
    "reasons": ("Held because", "暂缓原因"),
    "keys": ("Keys", "按键"),
    "key_help": (
        "1 to 4 answer · letters toggle · N note · U undo · ? guideline · Space reads on · Enter saves · Esc leaves",
        "1–4 作答 · 字母键切换 · N 备注 · U 撤销 · ? 指南 · 空格下翻 · 回车保存 · Esc 返回",
    ),
    "rest": ("You have judged for 50 minutes. Rest your eyes for a moment.", "您已连续审核 50 分钟，请稍作休息。"),
    "settling": (
        "You settle a difference or a doubt; the earlier answers stay hidden.",
        "您正在裁定分歧或存疑样本；先前的答案不予显示。",
    ),
    "sample": ("Sample", "样本"),
    "answer": ("Your answer", "您的判断"),
    "also": ("Also true of it", "同时存在"),
    "nothing": ("none", "无"),
    "empty": ("(empty text)", "（空文本）"),
    "pre_training": ("Pre-training", "预训练"),
    "fine_tuning": ("Fine-tuning", "优化训练"),
    "reviewer": ("reviewer", "审核员"),
    "adjudicator": ("adjudicator", "裁定员"),
    "viewer": ("viewer", "观察员"),
    "hidden": ("hidden character", "隐藏字符"),
    "unofficial": ("Chinese titles are ours and unofficial.", "中文标题为非官方译文。"),
}


def words(language: str) -> Mapping[str, str]:
    """All words in one language."""
    at = 1 if language == "zh" else 0
    return {name: pair[at] for name, pair in _WORDS.items()}


def language_of(stated: str, accepted: str) -> str:
    """The page's language: stated, else what the browser accepts first."""
    if stated in LANGUAGES:
        return stated
    first = [part.split(";")[0].strip()[:2].lower() for part in accepted.split(",")]
    return next((one for one in first if one in LANGUAGES), "en")
