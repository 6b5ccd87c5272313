"""What every code of the contract is called on screen, in files and in messages: one set of words, in one order."""

from collections.abc import Mapping
from itertools import chain
from typing import NamedTuple

from contracts import laws
from contracts.decisions import Outcome
from contracts.languages import Lang, Said
from contracts.people import Role, Sex
from contracts.reports import CaseType, SourceUnit


class Words(NamedTuple):
    """In Chinese for a reader who meets the word for the first time, in English, and `short` in Chinese for lists."""

    zh: str
    en: str
    short: str

    @property
    def full(self) -> Said:
        """For a form or a file."""
        return Said(self.zh, self.en)

    @property
    def brief(self) -> Said:
        """For lists and tables."""
        return Said(self.short, self.en)


def _plain(zh: str, en: str) -> Words:
    return Words(zh, en, zh)


CASE_TYPES: Mapping[CaseType, Words] = {
    CaseType.ADULT_PROTECTION: _plain("成人保護", "Adult protection"),
    CaseType.CHILD_PROTECTION: _plain("兒少保護", "Child protection"),
    CaseType.SEXUAL_ASSAULT_ADULT: Words("性侵害（18 歲以上）", "Sexual assault 18+", "性侵18上"),
    CaseType.SEXUAL_ASSAULT_MINOR: Words("性侵害（未滿 18 歲）", "Sexual assault <18", "性侵18下"),
    CaseType.CONSULTATION_ADULT: Words("成人社安網諮詢表", "Consultation 18+", "成人諮詢"),
    CaseType.CONSULTATION_MINOR: Words("18 以下社安網諮詢表", "Consultation <18", "兒少諮詢"),
}

SOURCE_UNITS: Mapping[SourceUnit, Words] = {
    SourceUnit.POLICE: _plain("警政", "Police"),
    SourceUnit.MEDICAL: Words("衛政（醫療）", "Medical", "衛政"),
    SourceUnit.SOCIAL_AFFAIRS: _plain("社政", "Social affairs"),
    SourceUnit.HOTLINE_113: Words("113 專線", "Hotline 113", "113"),
    SourceUnit.CIVIL_AFFAIRS: Words("民政（村里）", "Civil affairs", "民政"),
    SourceUnit.JUDICIAL: _plain("司法", "Judicial"),
    SourceUnit.INSTITUTION: _plain("機構", "Institution"),
    SourceUnit.EDUCATION: _plain("教育", "Education"),
    SourceUnit.OTHER: _plain("其他", "Other"),
}

OUTCOMES: Mapping[Outcome, Words] = {
    Outcome.PROTECTION: _plain("派保護", "Protection"),
    Outcome.WELFARE_CENTRE: _plain("派社福中心", "Welfare centre"),
    Outcome.NO_DISPATCH: Words("不派案／資源連結", "No dispatch", "不派案"),
    Outcome.TRANSFERRED: _plain("轉他轄", "Transferred"),
    Outcome.DUPLICATE: _plain("重複通報", "Duplicate"),
}
"""The most protective first, as pages list them."""

ROLES: Mapping[Role, Words] = {
    Role.SUBJECT: _plain("個案", "Subject"),
    Role.ALLEGED_PERPETRATOR: Words("相對人（疑似加害人）", "Alleged perpetrator", "相對人"),
    Role.HOUSEHOLD_MEMBER: _plain("同住家人", "Household member"),
    Role.CAREGIVER: _plain("照顧者", "Carer"),
    Role.WITNESS: Words("目擊或知情的人", "Witness", "目擊者"),
}

SEXES: Mapping[Sex, Words] = {
    Sex.FEMALE: _plain("女", "Female"),
    Sex.MALE: _plain("男", "Male"),
    Sex.OTHER: _plain("其他", "Other"),
    Sex.UNKNOWN: _plain("不詳", "Unknown"),
}

UNITS: Mapping[str, Words] = {
    "protection": Words("保護服務科", "Protection team", "保護科"),
    "welfare_centre": Words("社會福利服務中心", "Welfare centre", "社福中心"),
    "family_team": _plain("家庭服務組", "Family team"),
    "adult_team": _plain("成人暨方案組", "Adult and programme team"),
    "window": _plain("集中篩派案窗口", "Single window"),
    "police": _plain("警政", "Police"),
    "health": _plain("衛政", "Health"),
    "education": _plain("教育", "Education"),
    "labour": _plain("勞政", "Labour"),
    "civil_affairs": _plain("民政", "Civil affairs"),
    "mental_health": Words("心理衛生中心", "Mental health centre", "心衛中心"),
    "provider": Words("服務提供單位", "Provider", "提供單位"),
}
"""Kinds of unit: what stands in a unit's id behind its county, up to the first dot.

What a county's bureau is called in full (勞工處, 勞動局) differs; the system that it belongs to does not.
"""

CLOCKS: Mapping[str, Words] = {
    "dispatch": _plain("派案", "Dispatch"),
    "child.grade": _plain("兒少分級", "Grade the child's case"),
    "child.level1.see_child": Words("第一級 24 小時內訪視兒少", "Level 1: see the child", "訪視兒少"),
    "child.level1.report": _plain("第一級調查報告", "Level 1: report"),
    "child.level2.report": _plain("第二級調查報告", "Level 2: report"),
    "child.plan": Words("兒少家庭處遇計畫", "Family plan", "家庭處遇計畫"),
    "child.emergency_placement": _plain("緊急安置屆滿", "Emergency placement ends"),
    "placement.review": _plain("延長安置評估", "Review the placement"),
    "placement.petition": _plain("聲請延長安置", "Petition to extend the placement"),
    "vulnerable_child.visit": _plain("脆弱家庭兒少訪視", "Visit the vulnerable child"),
    "vulnerable_child.report": _plain("脆弱家庭兒少報告", "Report on the vulnerable child"),
    "welfare_centre.first_contact": _plain("社福中心首次聯繫", "First contact by the welfare centre"),
    "disability.visit": Words("身心障礙者保護訪視", "Visit the person with a disability", "身障保護訪視"),
    "disability.report": Words("身心障礙者保護調查報告", "Report on the person with a disability", "身障保護報告"),
    "sexual.written_report": _plain("性侵害書面通報", "Written report of sexual assault"),
    "psychiatric.discharge_plan": _plain("精神病人出院準備計畫", "Psychiatric discharge plan"),
    "youth.open_decision": _plain("少年案件開案評估", "Decide on opening the youth's case"),
    "youth.plan": _plain("少年服務計畫", "Youth's service plan"),
    "youth.visit": _plain("少年每月訪視", "Monthly visit of the youth"),
    "youth.follow_up": _plain("少年結案追蹤", "Follow-up of the youth"),
    "central_database.upload": _plain("上傳中央資料庫", "Upload to the central database"),
    "high_care_load.visit": _plain("高照顧負荷家庭訪視", "Visit the family with a high care load"),
    "unit.accept": _plain("接案", "Acceptance by the unit"),
}
"""By the ids of clocks; a test says that every clock of the rules is here."""

SOURCES: Mapping[str, Words] = {
    "agreed": _plain("雙方約定", "agreed"),
    "county setting": _plain("縣市設定", "county setting"),
    "county practice, Chiayi County deck": _plain("縣市作法，嘉義縣簡報", "county practice, Chiayi County deck"),
    "Changhua County deck 2023": _plain("彰化縣 2023 年簡報", "Changhua County deck 2023"),
    "Chiayi City deck 2023": _plain("嘉義市 2023 年簡報", "Chiayi City deck 2023"),
    "Chiayi County deck 2021": _plain("嘉義縣 2021 年簡報", "Chiayi County deck 2021"),
    "Chiayi County deck 2023": _plain("嘉義縣 2023 年簡報", "Chiayi County deck 2023"),
    "Chiayi County decks 2021 and 2023": _plain("嘉義縣 2021 年及 2023 年簡報", "Chiayi County decks 2021 and 2023"),
    "Kaohsiung City deck 2023": _plain("高雄市 2023 年簡報", "Kaohsiung City deck 2023"),
    "notice of 2022-09-02": _plain("2022-09-02 函", "notice of 2022-09-02"),
    "D0050009 s7 (2019 text; moved to an annex 2024-07-31)": _plain(
        "D0050009 s7（2019 年條文，2024-07-31 移列附件）", "D0050009 s7 (2019 text; moved to an annex 2024-07-31)"
    ),
}
"""Where a clock or a programme comes from, where that is no article of a law in force."""

RETURN_REASONS: Mapping[str, Words] = {
    "wrong_area": _plain("非本轄區", "Not our area"),
    "wrong_service": _plain("非本單位業務", "Not our service"),
    "served_elsewhere": _plain("他單位服務中", "Served elsewhere"),
    "conflict_of_interest": _plain("利益迴避", "Conflict of interest"),
    "incomplete": _plain("資料不足，需補正", "Incomplete"),
}
"""Why a unit gives a report back; a unit may also say it in its own words."""


CLOSING_REASONS: Mapping[str, Words] = {
    "goals_met": _plain("處遇目標達成", "Goals met"),
    "moved": _plain("遷離本縣市", "Moved away"),
    "refused": _plain("拒絕服務", "Services refused"),
    "cannot_be_reached": _plain("無法聯繫", "Cannot be reached"),
    "served_elsewhere": RETURN_REASONS["served_elsewhere"],
}
"""Why a case is closed (結案)."""


DAY_REASONS: Mapping[str, Words] = {
    "typhoon": _plain("颱風", "Typhoon"),
    "rain": _plain("豪雨、水災", "Torrential rain or flood"),
    "earthquake": _plain("地震", "Earthquake"),
    "utilities": _plain("停水、停電或其他災害", "Power or water cut, or another disaster"),
    "local_holiday": _plain("地方放假日", "Local holiday"),
    "made_up": _plain("補班", "Made up for"),
    "turned_away": _plain("災害未達標準", "The danger passed"),
    "mistaken": _plain("誤登", "Entered by mistake"),
}
"""Why a county works otherwise on a day than the nation, or takes that back."""


def source(text: str, lang: Lang) -> str:
    """Where something comes from: laws as the language cites them, else words; several are parted by `; `.

    One without words stands as it is.
    """
    parts = [text] if text in SOURCES else text.split("; ")
    said = (SOURCES[part].full.in_(lang) if part in SOURCES else laws.names(lang).get(part, part) for part in parts)
    return ("；" if lang == "zh" else "; ").join(laws.cited(each, lang) for each in said)


def every() -> dict[str, Words]:
    """The words of every code, as pages look them up: kinds of unit as `unit.<kind>`, and so with reasons.

    Why a day is off is `day.<reason>`. So no code is two things.
    """
    prefixed = {
        "unit": UNITS,
        "reason": {**RETURN_REASONS, **CLOSING_REASONS},
        "day": DAY_REASONS,
    }
    named = {f"{prefix}.{code}": words for prefix, listed in prefixed.items() for code, words in listed.items()}
    plain = (CASE_TYPES.items(), SOURCE_UNITS.items(), OUTCOMES.items(), ROLES.items(), CLOCKS.items())
    return {str(code): words for code, words in chain(SEXES.items(), *plain)} | named
