"""A second opinion on what hours mean: the same rules, expanded by python-dateutil and read by the system's zoneinfo.

Reads questions from the standard input, one JSON object a line, and answers each by one line:
  {"changes": [2026, 2028]}     every zone and, after it, the dates on which its clock changes in these years
  {"rule": …, "start": …, "last": …}     the dates of a rule
  {"availability": …, "first": …, "last": …, "visitTypes": […], "looked": […]}
      the hours of every date, and every start around the dates that are looked at, for each kind of consult
"""
import json
import sys
import zoneinfo
from datetime import date, datetime, time, timedelta, timezone

from dateutil.rrule import rruleset, rrulestr

zoneinfo.reset_tzpath(to=["/usr/share/zoneinfo"])
UTC = timezone.utc
MIDNIGHT = time(0)


def day(text):
    return datetime.combine(date.fromisoformat(text), MIDNIGHT)


def minutes(text):
    return int(text[:2]) * 60 + int(text[3:])


def instant(wall, zone):
    """RFC 5545 section 3.3.5, as PEP 495 has it with fold=0: the first of two, and the offset before a gap."""
    return wall.replace(tzinfo=zone).astimezone(UTC)


def changes(first, last):
    answers = []
    for name in sorted(zoneinfo.available_timezones()):
        zone = zoneinfo.ZoneInfo(name)
        # From the last day of the year before, so that New Year's own change is seen.
        wall = datetime(first - 1, 12, 31)
        found = []
        before = wall.replace(tzinfo=zone).utcoffset()
        while wall.year <= last:
            after = (wall + timedelta(days=1)).replace(tzinfo=zone).utcoffset()
            if after != before:
                found.append(wall.date().isoformat())
            before = after
            wall += timedelta(days=1)
        answers.append(" ".join([name] + found))
    return ";".join(answers)


def dates_of(rule, last):
    start = day(rule["startDate"])
    dates = rruleset()
    if rule.get("rrule"):
        dates.rrule(rrulestr(rule["rrule"], dtstart=start))
    else:
        dates.rdate(start)
    for added in rule.get("rdates") or []:
        dates.rdate(day(added))
    for left_out in rule.get("exdates") or []:
        dates.exdate(day(left_out))
    for found in dates:
        if found > last:
            return
        yield found


def is_for(thing, visit_type):
    return thing.get("visitTypes") is None or visit_type in thing["visitTypes"]


def hours_of(availability, visit_type, first, last):
    """The hours of each date in minutes, those that overlap or adjoin as one."""
    found = {}
    for rule_set in availability["ruleSets"]:
        if not is_for(rule_set, visit_type):
            continue
        begin = day(rule_set.get("effectiveFrom") or "1900-01-01")
        end = day(rule_set.get("effectiveUntil") or "2999-12-31")
        for rule in rule_set["rules"]:
            for on in dates_of(rule, min(last, end)):
                if max(first, begin) <= on:
                    found.setdefault(on, []).append((minutes(rule["starts"]), minutes(rule["ends"])))
    overrides = [o for o in availability["overrides"] if is_for(o, visit_type) and first <= day(o["date"]) <= last]
    for override in overrides:
        if override["mode"] == "replace":
            found.pop(day(override["date"]), None)
    for override in overrides:
        for hours in override["hours"]:
            found.setdefault(day(override["date"]), []).append((minutes(hours["starts"]), minutes(hours["ends"])))
    for on in sorted(found):
        merged = []
        for opens, closes in sorted(found[on]):
            if merged and opens <= merged[-1][1]:
                merged[-1][1] = max(merged[-1][1], closes)
            else:
                merged.append([opens, closes])
        for opens, closes in merged:
            yield on, opens, closes


def starts(hours, zone, visit_type, looked):
    """Every start from the day before a date to the day after it."""
    length, step = timedelta(minutes=visit_type["minutes"]), visit_type["granularity"]
    found = set()
    # Hours that end at midnight go on where those of the next day begin.
    goes_on = {date_of: closes for date_of, opens, closes in hours if opens == 0}
    for text in looked:
        on = day(text)
        first, last = on - timedelta(days=1), on + timedelta(days=2)
        begin, end = instant(first, zone), instant(last, zone)
        for date_of, opens, closes in hours:
            if not first - timedelta(days=1) <= date_of <= last:
                continue
            opens_at = instant(date_of + timedelta(minutes=opens), zone)
            further = goes_on.get(date_of + timedelta(days=1), 0) if closes == 1440 else 0
            closes_at = instant(date_of + timedelta(minutes=closes + further), zone)
            for minute in range(-(-opens // step) * step, closes, step):
                wall = date_of + timedelta(minutes=minute)
                at = instant(wall, zone)
                exists = at.astimezone(zone).replace(tzinfo=None) == wall
                if exists and begin <= at < end and opens_at <= at and at + length <= closes_at:
                    found.add(int(at.timestamp()))
    return " ".join(map(str, sorted(found)))


def answer(question):
    if "changes" in question:
        return changes(*question["changes"])
    if "rule" in question:
        rule = {"rrule": question["rule"], "startDate": question["start"]}
        return " ".join(found.date().isoformat() for found in dates_of(rule, day(question["last"])))
    availability = question["availability"]
    zone = zoneinfo.ZoneInfo(availability["timeZone"])
    parts = []
    for visit_type in question["visitTypes"]:
        hours = list(hours_of(availability, visit_type["id"], day(question["first"]), day(question["last"])))
        parts.append(" ".join(
            "%s/%d/%d/%d/%d" % (
                on.date(), opens, closes, instant(on + timedelta(minutes=opens), zone).timestamp(),
                instant(on + timedelta(minutes=closes), zone).timestamp())
            for on, opens, closes in hours))
        parts.append(starts(hours, zone, visit_type, question["looked"]))
    return ";".join(parts)


for line in sys.stdin:
    print(answer(json.loads(line)))
