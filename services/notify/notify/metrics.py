"""What operators watch of notify."""

import math

from prometheus_client import Counter, Gauge, Histogram

DELIVERIES = Counter("safetynet_deliveries_total", "Deliveries that reached a state.", ["state", "reason"])
PUSHES = Histogram("safetynet_line_push_seconds", "Time LINE took to answer a push.", ["status"])
UNTIL_SENT = Histogram(
    "safetynet_received_to_sent_seconds",
    "From a report's receipt to LINE's acceptance.",
    buckets=(0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 7200),
)
WAITING = Gauge("safetynet_deliveries_waiting", "Deliveries that LINE has not taken yet, whoever holds them.")
QUOTA_LEFT = Gauge("safetynet_line_quota_left", "Messages LINE still takes this month; +Inf when unlimited.")
QUOTA_LEFT.set(math.nan)  # unknown until LINE has said it: 0 would be an alarm
LEFT_GROUPS = Counter("safetynet_line_groups_left_total", "Groups that removed us.")
