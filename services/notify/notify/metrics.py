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
HELD = Gauge(
    "safetynet_deliveries_held",
    "Deliveries of the two most urgent ranks, and others, that are held.",
    ["reason", "urgent"],
)
QUOTA_LEFT = Gauge("safetynet_line_quota_left", "People LINE still reaches this month; +Inf when unlimited.")
QUOTA_LEFT.set(math.nan)  # unknown until LINE has said it: 0 would be an alarm
QUOTA_USED = Gauge("safetynet_line_quota_used", "People LINE has counted this month, whoever sent to them.")
QUOTA_USED.set(math.nan)
QUOTA_SHORT = Gauge("safetynet_line_quota_short", "People whom the month will not do for, named from the 20th on.")
REFUSED = Gauge("safetynet_line_channel_refused", "1 while LINE refuses our token or lets the channel send nothing.")
GROUPS = Gauge("safetynet_line_groups", "Groups where nobody hears us: left, empty, silent.", ["trouble"])
ESCALATED = Counter("safetynet_escalation_steps_total", "Steps of escalations, by whom they found.", ["whom", "found"])
STANDING = Gauge("safetynet_escalations_standing", "Messages that nobody has answered after the last step.")
ASKS = Gauge("safetynet_asks", "What asked for somebody in 14 days, by whose hand: lost is nobody's.", ["hand"])
LATE_STEPS = Gauge("safetynet_escalation_steps_late", "Steps that were due more than five minutes ago.")
HOLES = Gauge("safetynet_rota_holes", "Units with a hole in the rota of 14 days: in part, or wholly.", ["extent"])
LEFT_GROUPS = Counter("safetynet_line_groups_left_total", "Groups that removed us.")
GATHERED = Counter("safetynet_deliveries_gathered_total", "Deliveries that are told with others.", ["why"])
