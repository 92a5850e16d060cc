"""What e-mail, SMS and WeChat say, in Chinese and English. No names and no facts: which case, when, what to do, and a link that tells nothing to strangers.

The page says it in its own words (`web/client/src/i18n`).
"""

from __future__ import annotations

from cases.case import Case
from cases.clock import COUNTY_TIME
from cases.vocabulary import NoticeKind

SMS_LIMIT = 200
"""Characters of an SMS. Longer ones cost as several; with a long `HEYI_PUBLIC_URL` the link is left out rather than cut off."""

WECHAT_TITLE = "人民调解通知"

K = NoticeKind
TEXTS: dict[NoticeKind, dict[str, str]] = {
    K.CASE_UNDISPATCHED: {
        "zh": "{number} 收到已满一个工作日，还没有分派，请尽快分派。",
        "en": "{number} came in more than a working day ago and was not given to anybody. Please dispatch it.",
    },
    K.ORDER_OFFERED: {
        "zh": "有一件纠纷交给您办理（{number}），请在三个工作日内答复是否接单。",
        "en": "A case was given to you ({number}). Please answer within three working days whether you take it.",
    },
    K.ORDER_UNANSWERED: {
        "zh": "{number} 交办后没有人在期限内答复，请另行安排。",
        "en": "Nobody has answered in time for {number}. Please give it to somebody else.",
    },
    K.CASE_RETURNED: {
        "zh": "{number} 已退回中心。",
        "en": "{number} went back to the centre.",
    },
    K.ORDER_DUE: {
        "zh": "{number} 的答复期限快到了（还剩一个工作日），请答复是否接单。",
        "en": "One working day is left to answer whether you take {number}.",
    },
    K.CASE_DUE: {
        "zh": "{number} 的调解期限快到了（还剩一个工作日），请抓紧办理。",
        "en": "One working day is left of the term of {number}.",
    },
    K.CASE_OVERDUE: {
        "zh": "{number} 已超过调解期限，请尽快办理。",
        "en": "The term of {number} is over. Please see to it.",
    },
    K.JOINT_ASKED: {
        "zh": "请您的单位参加联合调解（{number}），请登录查看，答复是否参加。",
        "en": "Your organisation is asked to join a mediation ({number}). Please sign in, and answer whether you join.",
    },
    K.JOINT_ANSWERED: {
        "zh": "{number} 的联合调解有了变化，请登录查看谁在协办。",
        "en": "Something has changed in the joint mediation {number}. Please sign in, and see who assists.",
    },
    K.JOINT_ENDED: {
        "zh": "您在 {number} 的协办已经结束，不用再办理。",
        "en": "Your part in the joint mediation {number} is over.",
    },
    K.CASE_ESCALATED: {
        "zh": "{number} 由主办上报中心，请登录查看并答复。",
        "en": "{number} was brought before the centre by its mediator. Please sign in, and answer.",
    },
    K.ESCALATION_ANSWERED: {
        "zh": "中心已答复您上报的 {number}，请登录查看。",
        "en": "The centre has answered what you brought before it: {number}. Please sign in, and see.",
    },
    K.ESCALATION_TAKEN: {
        "zh": "您上报的 {number} 已由中心提级办理，您不用再办，以后也看不到这个案件了。",
        "en": "The centre has taken over the case that you brought before it ({number}). It is not yours any more, and you do not see it any more.",
    },
    K.RISK_NOT_TAKEN: {
        "zh": "{number} 有一项报送没有送达，请登录查看并用其他办法报送。",
        "en": "A report about {number} did not arrive. Please sign in, and report it by other ways.",
    },
    K.DATA_ASKED: {
        "zh": "{number} 有人就本人的个人信息提出请求，请在期限内答复。",
        "en": "Somebody has asked about personal data in {number}. Please answer in time.",
    },
    K.DATA_ANSWERED: {
        "zh": "您就个人信息提出的请求（{number}）已经答复，请在“我的事项”里查看。",
        "en": "What you asked about your personal data ({number}) was answered. Please look at it among your matters.",
    },
    K.OBLIGATION_DUE: {
        "zh": "您参加的调解（{number}）有一项约定三天内到期，请按协议履行。已经履行的，请告诉调解员。",
        "en": "Something that you agreed to in mediation ({number}) is due within three days. If it is done, please tell the mediator.",
    },
    K.OBLIGATION_OVERDUE: {
        "zh": "您参加的调解（{number}）有一项约定已经过期，请尽快履行，有困难请联系调解员。",
        "en": "Something that you agreed to in mediation ({number}) is past its day. Please do it soon, or call the mediator.",
    },
    K.TIMES_PROPOSED: {
        "zh": "{number} 的调解在约时间，请打开调解员给您的链接或您的进度页，答复哪些时间可以，也可以打电话答复。",
        "en": "Times are proposed for mediation {number}. Please open your link or your page, or call, and say which of them suit you.",
    },
    K.SESSION_FIXED: {
        "zh": "{number} 的调解约在{when}，请提前10分钟进入。来不了请尽早打电话。",
        "en": "Mediation {number} is on {when}. Please come ten minutes early, or call if you cannot.",
    },
    K.SESSION_MOVED: {
        "zh": "{number} 的调解改到{when}，请提前10分钟进入。来不了请尽早打电话。",
        "en": "Mediation {number} was moved to {when}. Please come ten minutes early, or call if you cannot.",
    },
    K.SESSION_CALLED_OFF: {
        "zh": "{number} 原定{when}的调解取消了，请不用来。",
        "en": "Mediation {number} on {when} was called off. You need not come.",
    },
    K.SESSION_TOMORROW: {
        "zh": "提醒：{number} 的调解在{when}，请提前10分钟进入。",
        "en": "Mediation {number} is on {when}. Please come ten minutes early.",
    },
    K.SESSION_SOON: {
        "zh": "提醒：{number} 的调解在{when}，快开始了，请准备进入。",
        "en": "Mediation {number} begins soon, on {when}. Please get ready.",
    },
    K.STATEMENT_PROPOSED: {
        "zh": "{number}：来不了现场的，可以先写好或录好您的陈述。请打开调解员给您的链接或您的进度页，答复是否同意。",
        "en": "If you cannot come to mediation {number}, you can write or record your statement before. Please open your link or your page, and answer.",
    },
    K.STATEMENT_OPEN: {
        "zh": "{number}：各方都同意先交陈述。请等调解员的电话，核对是您本人后，就可以在您的页面上写或录。",
        "en": "All parties of mediation {number} agree to statements that are given before. The mediator will call you; then you can write or record yours on your page.",
    },
    K.STATEMENT_GIVEN: {
        "zh": "{number} 有一方交了陈述，请登录查看。",
        "en": "A party of {number} has given its statement. Please sign in, and look at it.",
    },
}
SUBJECTS = {"zh": "和议：{number} 有新的通知", "en": "Heyi: news of {number}"}
SIGNATURE = {"zh": "【和议】", "en": "[Heyi] "}


def number_of(case: Case) -> str:
    """As people call a case: by its number, or by its public code before it has one."""
    return case.number or case.code


def link_of(case: Case, base_url: str, *, staff: bool) -> str:
    """Staff sign in behind it; anybody else reads the public page."""
    return f"{base_url}/desk" if staff else f"{base_url}/c/{case.code}"


def when_of(case: Case, language: str) -> str:
    """When people meet, by the county's clocks: 12月3日9:00. Empty where no time was ever fixed."""
    slot = case.appointment.fixed if case.appointment is not None else None
    if slot is None:
        return ""
    at = slot.start.astimezone(COUNTY_TIME)
    return f"{at.month}月{at.day}日{at.hour}:{at.minute:02}" if language == "zh" else f"{at.day} {at:%B} at {at.hour}:{at.minute:02}"


def mail(kind: NoticeKind, language: str, number: str, link: str, when: str = "") -> tuple[str, str]:
    """(subject, text)."""
    return SUBJECTS[language].format(number=number), f"{TEXTS[kind][language].format(number=number, when=when)}\n\n{link}\n"


def wechat(kind: NoticeKind, number: str, when: str = "") -> tuple[str, str]:
    """(title of at most 15 characters, content of at most 200), in Chinese, which all have who use it. The link has a place of its own."""
    return WECHAT_TITLE, TEXTS[kind]["zh"].format(number=number, when=when)[:SMS_LIMIT]


def sms(kind: NoticeKind, language: str, number: str, link: str, when: str = "") -> str:
    """At most `SMS_LIMIT` characters."""
    text = SIGNATURE[language] + TEXTS[kind][language].format(number=number, when=when)
    whole = f"{text}{link}" if language == "zh" else f"{text} {link}"
    return whole if len(whole) <= SMS_LIMIT else text[:SMS_LIMIT]
