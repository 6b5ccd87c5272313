"""What a LINE group is for."""

from enum import StrEnum


class Purpose(StrEnum):
    """The purposes a county has groups for; notices about cases go to the group of a unit's work."""

    UNIT_WORK = "unit_work"
    """A unit's cases and tasks 單位工作."""
    HOSPITAL_EMERGENCIES = "hospital_emergencies"
    """A hospital's child protection of the first priority 醫院緊急通報."""
    MEDIA_WATCH = "media_watch"
    """What is in the news 媒體輿情."""
    DISTRICT_LIAISON = "district_liaison"
    """A district's network 分區聯繫."""
    VILLAGE_CHIEFS = "village_chiefs"
    """The village chiefs of a district 村里長."""
