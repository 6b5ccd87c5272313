"""Keys of the domain that a log line may have: ids, codes and counts, never a text that may hold a person."""

LOGGED = frozenset(
    ("report_id", "case_id", "delivery_id", "referral_id", "message_id",
     "agency_id", "county", "unit", "group", "outcome", "state",
     "reason", "version", "day", "expected", "found")
)  # fmt: skip
