"""Every fact a table may name: what kind of value it has, its code list, which way danger lies, and its words."""

from contracts.decisions import Outcome
from contracts.reports import CaseType, SourceUnit
from rules.cells import Catalogue, Fact

FACTS: Catalogue = {
    "case_type": Fact("code", "案件類型", "case type", values=tuple(CaseType)),
    "source_unit": Fact("code", "通報單位", "source unit", values=tuple(SourceUnit)),
    "county": Fact("code", "受理縣市", "receiving county", codes="counties"),
    "event_county": Fact("code", "發生縣市", "county of the event", codes="counties"),
    "township": Fact("code", "發生鄉鎮", "township of the event"),
    "residence_county": Fact("code", "居住縣市", "county of residence", codes="counties"),
    "residence_township": Fact("code", "居住鄉鎮", "township of residence"),
    "kinds": Fact("codes", "事件類型", "kind of event", codes="kinds"),
    "danger_signs": Fact("codes", "危險訊號", "danger sign", codes="danger_signs", rises="more"),
    "conditions": Fact("codes", "被害人狀況", "condition of the subject", codes="conditions", rises="more"),
    "household_conditions": Fact("codes", "家庭成員狀況", "condition in the family", codes="conditions", rises="more"),
    "needs": Fact("codes", "需求面向", "need", codes="needs"),
    "danger_count": Fact("number", "危險訊號數", "number of danger signs", rises="more"),
    "need_count": Fact("number", "需求面向數", "number of needs", rises="more"),
    "subject_age": Fact("number", "被害人年齡", "age of the subject"),
    "youngest_age": Fact("number", "家中最小年齡", "youngest age in the family", rises="less"),
    "perpetrator_age": Fact("number", "相對人年齡", "age of the alleged perpetrator"),
    "minor_in_household": Fact("flag", "家中有未滿十八歲者", "someone under 18 in the family", rises="more"),
    "unknown_code": Fact("flag", "有未知代碼", "a code nobody knows", rises="more"),
    "perpetrator": Fact("code", "相對人關係", "alleged perpetrator", values=("intimate", "family", "other", "unknown")),
    "tipvda": Fact("number", "TIPVDA 分數", "TIPVDA score", rises="more"),
    "sdm": Fact("number", "SDM 等級", "SDM level", rises="more"),
    "bsrs5": Fact("number", "BSRS-5 分數", "BSRS-5 score", rises="more"),
    "crisis_grade": Fact("code", "自傷危機分級", "crisis grade of self-harm", values=("ideation", "plan", "act")),
    "relation": Fact("code", "與先前通報的關係", "relation to earlier reports",
                     values=("same_event", "same_person_new_event", "same_family", "not_same")),
    "known_outcome": Fact("code", "先前通報的結果", "outcome of the earlier report",
                          values=tuple(Outcome)),
    "earlier_reports": Fact("number", "先前通報次數", "number of earlier reports", rises="more"),
}  # fmt: skip
