"""What e-mail, SMS and WeChat say, in Chinese and English. No names and no facts: which case, when, what to do, and a link that tells nothing to strangers.

The page says it in its own words (`web/client/src/i18n`).
"""

from __future__ import annotations

from cases.case import Case
from cases.clock import COUNTY_TIME
from cases.vocabulary import DisputeKind, NoticeKind

SMS_LIMIT = 200
"""Characters of an SMS. Longer ones cost as several; with a long `HEYI_PUBLIC_URL` the link is left out rather than cut off."""

WECHAT_TITLES = {DisputeKind.DISPUTE: "人民调解通知", DisputeKind.MATTER: "民生事项通知"}

K = NoticeKind
TEXTS: dict[NoticeKind, dict[str, str]] = {
    K.DISPATCH_DUE: {
        "zh": "{number} 今天之内要分派，现在还没有分派。",
        "en": "{number} is to be given to somebody by the end of today, and has not been yet.",
    },
    K.CASE_UNDISPATCHED: {
        "zh": "{number} 收到已满一个工作日，还没有分派，请尽快分派。",
        "en": "{number} came in more than a working day ago and was not given to anybody. Please dispatch it.",
    },
    K.ORDER_OFFERED: {
        "zh": "有一件纠纷交给您办理（{number}），请在三个工作日内答复是否接单。",
        "en": "A case was given to you ({number}). Please answer within three working days whether you take it.",
    },
    K.ORDER_UNANSWERED: {
        "zh": "{number} 派出后没有人在期限内接单，已退回中心，请另行安排。",
        "en": "Nobody took {number} in time, and it is back at the centre. Please give it to somebody else.",
    },
    K.CASE_RETURNED: {
        "zh": "{number} 已退回中心。",
        "en": "{number} went back to the centre.",
    },
    K.CASE_WITHDRAWN: {
        "zh": "{number} 的申请人撤回了申请，不用再办理。",
        "en": "{number} was withdrawn by whoever applied; nothing is left to do.",
    },
    K.FILE_TAKEN_OUT: {
        "zh": "{number} 的卷宗已从档案调出补正，请登录查看原因，补好再归档。",
        "en": "The file of {number} was taken out of the archive to be put right. Please sign in, read why, and archive it again.",
    },
    K.DESTRUCTION_ASKED: {
        "zh": "{number} 有人申请销毁，等另一人同意，请登录查看。",
        "en": "Somebody asks for a destruction in {number}, which needs a second person's word. Please sign in.",
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
    K.REPORT_DECLINED: {
        "zh": "您反映的事（{number}）综治中心看过了，已有答复。怎么办、可以找谁，请在“我的事项”里查看，也可以打电话问。",
        "en": "The centre has looked at what you reported ({number}) and has answered. What comes of it, and where to turn, is among your matters; or call.",
    },
    K.REPORT_TAKEN_UP: {
        "zh": "您反映的事（{number}）已经重新受理，综治中心会安排人办理。",
        "en": "What you reported ({number}) is taken up after all. The centre will give it to somebody.",
    },
    K.ENTRY_CODES_SPENT: {
        "zh": "{number} 的入场码被人连着输错，已经失效。凭编号和入场码进来的人进不来了，请给他们发新的链接和入场码。",
        "en": "The entry codes of {number} were guessed at and are no longer in force. Whoever comes by number and code cannot come in: please give them new links and codes.",
    },
    K.CODE_RENEWED: {
        "zh": "{number} 的编号和二维码换了新的，以前的已经作废。请用这条消息里的新链接看办到哪一步。",
        "en": "The code and the QR of {number} were replaced; the former ones show nothing any more. Please follow it by the new link in this message.",
    },
    K.MATTER_ANSWERED: {
        "zh": "您反映的事（{number}）已经办理，有了答复。请在“我的事项”里查看，也可以打电话问。",
        "en": "What you reported ({number}) has been handled and answered. Please look at it among your matters, or call.",
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
OF_MATTERS: dict[NoticeKind, dict[str, str]] = {
    K.ORDER_OFFERED: {
        "zh": "有一件民生事项交给您办理（{number}），请在三个工作日内答复是否接单。",
        "en": "A matter was given to you ({number}). Please answer within three working days whether you take it.",
    },
    K.OBLIGATION_DUE: {
        "zh": "{number} 商定的事有一项三天内到期，请照着办。已经办了的，请告诉经办人。",
        "en": "Something that was settled in {number} is due within three days. If it is done, please tell the person in charge.",
    },
    K.OBLIGATION_OVERDUE: {
        "zh": "{number} 商定的事有一项已经过期，请尽快办，有困难请联系经办人。",
        "en": "Something that was settled in {number} is past its day. Please do it soon, or call the person in charge.",
    },
    K.TIMES_PROPOSED: {
        "zh": "{number} 在约时间见面，请打开经办人给您的链接或您的进度页，答复哪些时间可以，也可以打电话答复。",
        "en": "Times are proposed to talk over {number}. Please open your link or your page, or call, and say which of them suit you.",
    },
    K.SESSION_FIXED: {
        "zh": "{number} 约在{when}见面，请提前10分钟进入。来不了请尽早打电话。",
        "en": "{number} is talked over on {when}. Please come ten minutes early, or call if you cannot.",
    },
    K.SESSION_MOVED: {
        "zh": "{number} 的见面改到{when}，请提前10分钟进入。来不了请尽早打电话。",
        "en": "The meeting about {number} was moved to {when}. Please come ten minutes early, or call if you cannot.",
    },
    K.SESSION_CALLED_OFF: {
        "zh": "{number} 原定{when}的见面取消了，请不用来。",
        "en": "The meeting about {number} on {when} was called off. You need not come.",
    },
    K.SESSION_TOMORROW: {
        "zh": "提醒：{number} 约在{when}见面，请提前10分钟进入。",
        "en": "{number} is talked over on {when}. Please come ten minutes early.",
    },
    K.SESSION_SOON: {
        "zh": "提醒：{number} 约在{when}见面，快开始了，请准备进入。",
        "en": "The meeting about {number} begins soon, on {when}. Please get ready.",
    },
    K.STATEMENT_PROPOSED: {
        "zh": "{number}：来不了现场的，可以先写好或录好您的陈述。请打开经办人给您的链接或您的进度页，答复是否同意。",
        "en": "If you cannot come to the meeting about {number}, you can write or record your statement before. Please open your link or your page, and answer.",
    },
    K.STATEMENT_OPEN: {
        "zh": "{number}：大家都同意先交陈述。请等经办人的电话，核对是您本人后，就可以在您的页面上写或录。",
        "en": "All who are concerned by {number} agree to statements that are given before. You will be called; then you can write or record yours on your page.",
    },
}
"""Where a livelihood matter (民生事项) would be told in words of a dispute."""
SUBJECTS = {"zh": "和议：{number} 有新的通知", "en": "Heyi: news of {number}"}
SIGNATURE = {"zh": "【和议】", "en": "[Heyi] "}


def text_of(kind: NoticeKind, case: DisputeKind, language: str) -> str:
    texts = OF_MATTERS.get(kind, TEXTS[kind]) if case is DisputeKind.MATTER else TEXTS[kind]
    return texts[language]


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


def mail(kind: NoticeKind, case: DisputeKind, language: str, number: str, link: str, when: str = "") -> tuple[str, str]:
    """(subject, text)."""
    return SUBJECTS[language].format(number=number), f"{text_of(kind, case, language).format(number=number, when=when)}\n\n{link}\n"


def wechat(kind: NoticeKind, case: DisputeKind, number: str, when: str = "") -> tuple[str, str]:
    """(title of at most 15 characters, content of at most 200), in Chinese, which all have who use it. The link has a place of its own."""
    return WECHAT_TITLES[case], text_of(kind, case, "zh").format(number=number, when=when)[:SMS_LIMIT]


def sms(kind: NoticeKind, case: DisputeKind, language: str, number: str, link: str, when: str = "") -> str:
    """At most `SMS_LIMIT` characters."""
    text = SIGNATURE[language] + text_of(kind, case, language).format(number=number, when=when)
    whole = f"{text}{link}" if language == "zh" else f"{text} {link}"
    return whole if len(whole) <= SMS_LIMIT else text[:SMS_LIMIT]
