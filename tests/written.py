"""Days and times as people write them, what they mean, and what is asked of those that can be meant in two ways."""

from datetime import date

EVENING, MIDNIGHT, NOON = "2026-11-20T21:40:00+08:00", "2026-11-20T00:00:00+08:00", "2026-11-20T12:00:00+08:00"
TIMES = {
    "2026-11-20T21:40:00+08:00": EVENING, "2026-11-20T13:40:00Z": "2026-11-20T13:40:00+00:00",
    "2026-11-20 21:40": EVENING, "2026/11/20 21:40:00": EVENING, "2026-11-20T21:40:00.000+08:00": EVENING,
    "2026-11-20 21:40 GMT+8": EVENING, "2026-11-20T21:40+0800": EVENING, "20261120 2140": EVENING,
    "202611202140": EVENING, "20261120214000": EVENING, "11511202140": EVENING, "1151120 21:40": EVENING,
    "115/11/20 21:40": EVENING, "115.11.20 21:40": EVENING, "115-11-20(五)21:40": EVENING,
    "民國115年11月20日 下午9時40分": EVENING, "中華民國115年11月20日21時40分": EVENING,
    "115年11月20日 晚上 9:40": EVENING,
    "2026/11/20 下午 09:40:00": EVENING, "2026/11/20 PM 09:40": EVENING, "2026-11-20 9:40 p.m.": EVENING,
    "１１５／１１／２０　２１：４０": EVENING, "115/11/20 星期五 21點40分": EVENING, "2026–11–20 21∶40": EVENING,
    "2026-11-20 00:00:00": MIDNIGHT, "115/11/19 24:00": MIDNIGHT, "2026/11/20 上午 12:00": MIDNIGHT,
    "115/11/20 凌晨 0:00": MIDNIGHT, "2026-11-20 12:00 AM": MIDNIGHT,
    "115/11/20 中午12點": NOON, "2026/11/20 下午 12:00:00": NOON, "2026/11/20 12:00 PM": NOON, "115/11/20 12時": NOON,
    "115/11/20 9點半": "2026-11-20T09:30:00+08:00", "民國元年1月1日 08:00": "1912-01-01T08:00:00+08:00",
}  # fmt: skip
ASKED_TIMES = {
    "1151120": "no_time_of_day", "115/11/20": "no_time_of_day", "2026-11-20": "no_time_of_day",
    "民國115年11月20日": "no_time_of_day",
    "20261120": "no_time_of_day", "21:40": "no_day", "下午 09:40": "no_day", "21時40分": "no_day",
    "1795000000": "bare_number", "1795000000000": "bare_number", "1151120214000": "bare_number", "46346": "bare_number",
    "46346.9027777": "bare_number", "1.15112E+06": "bare_number", "-1": "bare_number",
    "05/06/07 10:00": "two_digit_year", "26/11/20 21:40": "two_digit_year", "151120 2140": "two_digit_year",
    "115/11/20 晚上12:00": "twelve_oclock", "115/11/20 早上12:00": "twelve_oclock",
    "20/11/2026 21:40": "not_a_time", "115/2/29 10:00": "not_a_time", "2026-11-20 24:30": "not_a_time",
    "2026-11-20 25:00": "not_a_time", "115/11/20 上午 21:40": "not_a_time", "昨天晚上": "not_a_time",
    "115/13/20 10:00": "not_a_time",
    "2026-11-20T21:61:00+08:00": "not_a_time", "民前3年1月1日 10:00": "not_a_time",
}  # fmt: skip
BORN = date(1990, 3, 12)
DAYS = {
    "1990-03-12": BORN, "1990/3/12": BORN, "19900312": BORN, "西元1990年3月12日": BORN, "1990-03-12 00:00:00": BORN,
    "0790312": BORN, "790312": BORN, "790312.0": BORN, "79/03/12": BORN, "79.3.12": BORN, "079/03/12": BORN,
    "民國79年3月12日": BORN, "民國 79 年 3 月 12 日": BORN, "７９／０３／１２": BORN, "民國0790312": BORN,
    "1911-01-01": date(1911, 1, 1), "1900-01-01": date(1900, 1, 1), "1912/1/1": date(1912, 1, 1),
    "001/01/01": date(1912, 1, 1), "民國5年6月7日": date(1916, 6, 7), "0050607": date(1916, 6, 7),
    "029/05/07": date(1940, 5, 7), "100/1/1": date(2011, 1, 1), "1100312": date(2021, 3, 12),
    "990312": date(2010, 3, 12),
}  # fmt: skip
ASKED_DAYS = {
    "05/06/07": "two_digit_year", "050607": "two_digit_year", "5/6/7": "two_digit_year",
    "12/03/79": "two_digit_year",
    "31.12.29": "two_digit_year", "32944": "bare_number", "32944.0": "bare_number", "1990": "bare_number",
    "637200000": "bare_number", "03/12/1990": "not_a_date", "1990-02-30": "not_a_date", "0791332": "not_a_date",
    "1990-03-11T16:00:00Z": "not_a_date", "1990-03-12 08:30": "not_a_date",
    "去年": "not_a_date", "民前3年1月1日": "not_a_date",
}  # fmt: skip
