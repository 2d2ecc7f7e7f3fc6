"""Examples of what the tests' province has no occasion to send or to answer."""

from typing import Any

from tests.api.conftest import NOW

_SPREAD = {"to_h": 24, "below": 0.92, "above": 1.07}
_SCORE = {"from_h": 0, "to_h": 24, "n": 96, "wape": 0.043, "pinball": 0.014, "coverage": 0.81, "bias": -0.006, "skill": 0.28}
_FIT = {
    "model": "ensemble",
    "reason": "first fit",
    "reason_text": {"vi": "first fit", "en": "first fit"},
    "since_ms": NOW - 7 * 86_400_000,
    "history_days": 42,
    "spread": [_SPREAD],
}
_ALARM = {"rule": "feeder-load-high", "asset": "qc-471"}
_MONTH = {
    "month": "2027-03-01",
    "peak_p10": 171.2,
    "peak_p50": 184.9,
    "peak_p90": 203.3,
    "firm": 189.0,
    "headroom": -14.3,
    "energy_p10": 88_400.0,
    "energy_p50": 93_100.0,
    "energy_p90": 99_800.0,
}
_MAINTENANCE = {"vi": "Bảo trì", "en": "Maintenance"}
UNSEEN: dict[str, Any] = {
    "Spread": _SPREAD,
    "Score": _SCORE,
    "Fit": _FIT,
    "DayOfScores": {"day": "2026-11-19", "scored_ms": NOW, "blocks": [_SCORE]},
    "TargetScore": {"target": "quang-chau", "quantity": "power", "days": 7, "score": _SCORE, "fit": _FIT},
    "LeadAccuracy": {"lead_h": 24, "n": 96, "wape": 0.043, "wape_naive": 0.061, "coverage": 0.81, "below": [0.05, 0.1, 0.24, 0.5, 0.76]},
    "OutlookMonth": _MONTH,
    "ZoneOutlook": {"zone": "quang-chau", "first_breach": "2027-03-01", "months": [_MONTH]},
    "ProjectRow": {"asset": "quang-chau-t2", "date": "2028-06-01", "mva": 63.0, "m3_day": 0.0},
    "AlarmName": _ALARM,
    "ChatterView": {**_ALARM, "worst_minute": 6, "on_delay_s": 120, "proposal": {"vi": "Tăng thời gian chờ", "en": "Wait longer"}},
    "StaleView": {**_ALARM, "hours": 30.5, "standing": True, "proposal": {"vi": "Xem lại ngưỡng", "en": "Look at the limit again"}},
    "Suppression": {"person": "lan", "reason": "Being repaired", "until_ms": NOW + 7_200_000, "by": None},
    "RatioFrom": {"from_ms": NOW - 86_400_000, "factor": 120.0},
    "RegisterExchange": {"last": 48_211.5, "first": 0.0},
    "Relief": {"source": "qc-473", "name": {"vi": "Lộ 473", "en": "Feeder 473"}, "capacity": 6.5, "minutes": 20},
    "RoleStatus": {"role": "forecast", "ready": True, "detail": "", "heard_ms": NOW - 4_000},
    "RuleProblem": {"line": 3, "key": "limit", "what": "a limit of 150 % is never reached", "mend": "take at most 120"},
    "SupplyOrderView": {
        "id": "order-17",
        "utility": "power",
        "quota": 150.0,
        "reason": _MAINTENANCE,
        "start_ms": NOW,
        "end_ms": NOW + 7_200_000,
    },
    "TrialLine": {
        "topic": "site/hall-2/meters",
        "meter": "qc-471-main",
        "quantity": "power",
        "time_ms": NOW,
        "before": 41_500.0,
        "after": 41.5,
    },
    "UnknownDevice": {
        "device": "PM-7",
        "topic": "site/hall-2/meters",
        "profile": "plain_json",
        "quantities": ["power"],
        "messages": 12,
        "first_seen_ms": NOW - 60_000,
        "last_seen_ms": NOW,
        "interval_s": 5.0,
        "last": None,
    },
    "FreeDay": {"day": "2027-02-06", "name": {"vi": "Tết Nguyên đán", "en": "Lunar New Year"}, "start_ms": NOW, "end_ms": NOW + 86_400_000},
    "SilentMeter": {"meter": "qc-473-main", "name": {"vi": "Lộ 473", "en": "Feeder 473"}, "last_ms": NOW - 720_000},
    "Disk": {"folder": "/var/lib/mainsight", "free_bytes": 48_300_000_000, "total_bytes": 107_400_000_000},
}
