"""What operators watch of notify."""

from prometheus_client import Counter, Gauge, Histogram

DELIVERIES = Counter("safetynet_deliveries_total", "Deliveries that reached a state.", ["state", "reason"])
PUSHES = Histogram("safetynet_line_push_seconds", "Time LINE took to answer a push.", ["status"])
UNTIL_SENT = Histogram(
    "safetynet_received_to_sent_seconds",
    "From a report's receipt to LINE's acceptance.",
    buckets=(0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 7200),
)
QUOTA_LEFT = Gauge("safetynet_line_quota_left", "Messages LINE still takes this month; +Inf when unlimited.")
LEFT_GROUPS = Counter("safetynet_line_groups_left_total", "Groups that removed us.")
