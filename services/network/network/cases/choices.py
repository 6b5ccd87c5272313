"""What a worker chooses from on the page of a case; the API takes other codes as well."""

from collections.abc import Mapping
from typing import get_args

from contracts.words import RETURN_REASONS

from network.cases.bodies import Mode
from network.cases.domain.closing import REASONS
from network.cases.domain.contact import Kind
from network.services import NEEDS

CHOICES: Mapping[str, tuple[str, ...]] = {
    "kinds": get_args(Kind),
    "sources": ("family", "report", "household_registration", "school", "police", "neighbour", "unknown"),
    "why_not_seen": ("not_at_home", "no_answer", "refused_entry", "moved", "wrong_address", "at_school", "asleep"),
    "needs": NEEDS,
    "modes": get_args(Mode),
    "not_opened": ("no_need", "served_elsewhere", "refused", "not_our_resident", "informed_and_linked"),
    "actions": (
        "visit", "joint_visit", "financial_aid", "childcare_subsidy", "social_assistance", "personal_safety",
        "offence_prevention", "missing_person_search", "school_enrolment", "counselling", "medical_care", "vaccination",
        "health_insurance", "addiction_treatment", "mental_health", "vocational_training", "employment", "residence",
        "tax_advice", "relationship_and_registration_lookup", "case_report",
    ),
    "declines": ("not_ours", "no_capacity", "served_elsewhere", "conflict_of_interest"),
    "visit_declines": ("no_capacity", "other_duty", "conflict_of_interest", "not_ours"),
    "visit_withdrawals": ("not_needed", "family_declined", "other_day", "goes_alone"),
    "releases": ("done", "moved", "not_needed"),
    "handover_reasons": ("leaves", "area_changed", "specialised_team", "conflict_of_interest"),
    "drops": ("no_need", "done_by_another", "mistake", "family_declined"),
    "returns": tuple(RETURN_REASONS),
    "closings": REASONS,
    "closing_refusals": ("too_early", "evidence_missing", "keep_watching"),
    "merge_reasons": ("same_household", "same_person", "same_children"),
    "merge_refusals": ("another_family", "evidence_missing"),
    "split_reasons": ("mistake", "household_parted"),
    "goals": ("child_safe", "violence_ended", "income_secured", "care_secured", "housing_secured", "school_attended"),
}  # fmt: skip
"""Services are those of D0050181 s6; the rest is practice, a county's to change."""
