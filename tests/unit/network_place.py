"""A provider of the directory with everything that can be said of one, a secret site among it."""

from typing import Any

COUNTY = "chiayi-county"
PLACE: dict[str, Any] = {
    "county": COUNTY, "name": "希望基金會", "description": "諮商",
    "sites": [
        {"id": "puzi", "name": "朴子站", "township": "朴子市", "address": "光復路 1 號", "latitude": 23.46,
         "longitude": 120.24, "phone": "05-0000001"},
        {"id": "home", "name": "安心居", "secret_address": "民雄鄉某路 99 號"},
    ],
    "services": [
        {"id": "talk", "service": "counselling", "sites": ["puzi"], "townships": ["朴子市", "太保市"],
         "hours": [{"days_of_week": ["MO", "TU"], "opens_at": "08:30", "closes_at": "17:00",
                    "valid_from": "2026-01-01"}],
         "places": {"left": 3, "of": 10, "as_of": "2026-11-20T09:00:00+08:00"}, "age_from": 12, "promise": "2wd"},
        {"id": "refuge", "service": "shelter", "name": "庇護家園", "sites": ["home"]},
    ],
    "windows": [{"purpose": "referrals", "name": "黃窗口", "phone": "05-0000002", "email": "w@example.org",
                 "valid_from": "2026-01-01", "valid_to": "2026-12-31"}],
}  # fmt: skip
