"""Random calendars of strangers, and when their owner is busy by a second opinion: recurring_ical_events over the system's
zoneinfo.

Arguments: a seed, how many, and the first date that matters (2026-12-01). Writes a line of JSON for each:
  {"zone": the owner's zone, "feed": the document, "busy": [[from, to], …] in Unix seconds, joined, within "window"}
"""
import json
import random
import sys
import zoneinfo
from datetime import date, datetime, timedelta, timezone

import icalendar
import recurring_ical_events
from dateutil.rrule import rrulestr

zoneinfo.reset_tzpath(to=["/usr/share/zoneinfo"])
icalendar.use_zoneinfo()
UTC = timezone.utc
HERS = ["America/New_York", "Europe/Berlin", "Asia/Tokyo", "Australia/Lord_Howe", "Pacific/Honolulu", "Asia/Kathmandu"]
NAMED = ["America/New_York", "Europe/Berlin", "Africa/Casablanca", "Asia/Kolkata", "Australia/Sydney", "America/Sao_Paulo"]
# A name that only the document knows, its rules, and the zone that they are of.
DEFINED = {
    "Customized Time Zone": ("Europe/Berlin", ("+0200", "+0100", "10", "-1SU", "030000"), ("+0100", "+0200", "3", "-1SU", "020000")),
    "Our city, upstairs": ("America/New_York", ("-0400", "-0500", "11", "1SU", "020000"), ("-0500", "-0400", "3", "2SU", "020000")),
}
WEEKDAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]
DAYS = 120


def definition(name):
    _, winter, summer = DEFINED[name]
    lines = ["BEGIN:VTIMEZONE", "TZID:" + name.replace(",", "\\,")]
    for kind, (before, after, month, day, at) in (("STANDARD", winter), ("DAYLIGHT", summer)):
        lines += ["BEGIN:" + kind, "DTSTART:19700101T" + at, "TZOFFSETFROM:" + before,
                  "TZOFFSETTO:" + after, "RRULE:FREQ=YEARLY;BYMONTH=%s;BYDAY=%s" % (month, day), "END:" + kind]
    return lines + ["END:VTIMEZONE"]


class Dice(random.Random):
    def some(self, values, most):
        return sorted(self.sample(values, self.randint(1, most)), key=values.index)

    def numbers(self, low, high, most):
        found = {self.randint(low, high) for _ in range(self.randint(1, most))} - {0}
        return ",".join(map(str, sorted(found or {1})))

    def rule(self, is_date):
        """Every part of RFC 5545 section 3.3.10 where the section allows it."""
        frequency = self.choice(["DAILY", "WEEKLY", "WEEKLY", "MONTHLY", "MONTHLY", "YEARLY", "YEARLY"]
                                + ([] if is_date else ["HOURLY"]))
        parts = ["FREQ=" + frequency]
        if self.random() < 0.5:
            parts.append("INTERVAL=%d" % self.randint(2, 40 if frequency in ("DAILY", "HOURLY") else 4))
        if self.random() < 0.3:
            parts.append("WKST=" + self.choice(WEEKDAYS))
        expands = False
        if frequency in ("DAILY", "HOURLY"):
            if self.random() < 0.5:
                parts.append("BYDAY=" + ",".join(self.some(WEEKDAYS, 5)))
            if self.random() < 0.3:
                parts.append("BYMONTHDAY=" + self.numbers(-31, 31, 10))
            if self.random() < 0.3:
                parts.append("BYMONTH=" + self.numbers(1, 12, 8))
            if frequency == "HOURLY" and self.random() < 0.6:
                parts.append("BYHOUR=" + self.numbers(1, 23, 6))
        elif frequency == "WEEKLY":
            if self.random() < 0.8:
                parts.append("BYDAY=" + ",".join(self.some(WEEKDAYS, 5)))
            if self.random() < 0.2:
                parts.append("BYMONTH=" + self.numbers(1, 12, 8))
        elif frequency == "MONTHLY":
            kind = self.randint(0, 4)
            if kind == 0:
                parts.append("BYMONTHDAY=" + self.numbers(-31, 31, 5))
            elif kind == 1:
                parts.append("BYDAY=" + ",".join(sorted({"%d%s" % (self.choice([-5, -2, -1, 1, 2, 3, 4, 5]), day) for day in self.some(WEEKDAYS, 3)})))
            elif kind == 2:
                parts.append("BYDAY=" + ",".join(self.some(WEEKDAYS, 5)))
                expands = True
            elif kind == 3:
                parts += ["BYDAY=" + ",".join(self.some(WEEKDAYS, 4)), "BYMONTHDAY=" + self.numbers(1, 31, 12)]
                expands = True
        else:
            kind = self.randint(0, 6)
            if kind in (1, 2, 3):
                parts.append("BYMONTH=" + self.numbers(1, 12, 6))
            if kind == 1:
                parts.append("BYMONTHDAY=" + self.numbers(-31, 31, 5))
            elif kind == 2:
                parts.append("BYDAY=" + ",".join(sorted({"%d%s" % (self.choice([-2, -1, 1, 2, 3, 4]), day) for day in self.some(WEEKDAYS, 3)})))
            elif kind == 3:
                parts.append("BYDAY=" + ",".join(self.some(WEEKDAYS, 3)))
                expands = True
            elif kind == 4:
                parts += ["BYWEEKNO=" + self.numbers(-53, 53, 8), "BYDAY=" + ",".join(self.some(WEEKDAYS, 4))]
                expands = True
            elif kind == 5:
                parts.append("BYYEARDAY=" + self.numbers(-366, 366, 20))
            elif kind == 6:
                parts.append("BYDAY=" + ",".join(sorted({"%d%s" % (self.randint(1, 52), day) for day in self.some(WEEKDAYS, 4)})))
        if expands and self.random() < 0.4:
            parts.append("BYSETPOS=" + self.numbers(-4, 6, 3))
        if not is_date and frequency != "HOURLY" and self.random() < 0.15:
            parts += ["BYHOUR=" + self.numbers(1, 23, 3), "BYMINUTE=" + self.choice(["0", "15,45", "30"])]
        return ";".join(parts)


def wall(text):
    return "%s" % text.strftime("%Y%m%dT%H%M%S")


def stamp(name, at, zone):
    """A property of a time in one of the ways to write it."""
    if zone == "date":
        return "%s;VALUE=DATE:%s" % (name, at.strftime("%Y%m%d"))
    if zone == "UTC":
        return "%s:%sZ" % (name, wall(at))
    if zone == "":
        return "%s:%s" % (name, wall(at))
    return '%s;TZID=%s:%s' % (name, '"%s"' % zone if "," in zone else zone, wall(at))


def series(dice, number, first):
    is_date = dice.random() < 0.25
    zone = "date" if is_date else dice.choice(NAMED * 2 + ["UTC", "UTC", "", "Pacific Standard Time"] + list(DEFINED))
    begin = datetime(first.year, first.month, first.day) + timedelta(days=dice.randint(-700, 60))
    if not is_date:
        begin += timedelta(minutes=15 * dice.randint(0, 95))
    rule = dice.rule(is_date) if dice.random() < 0.85 else None
    found = []
    if rule:
        try:
            for at in rrulestr(rule, dtstart=begin):
                if len(found) > 400 or at > begin + timedelta(days=3000):
                    break
                found.append(at)
        except ValueError:
            # It says that there are no such times.
            return []
        if not found:
            return []
        # Mostly the first time is one of the rule's; where it is counted or stepped it must be.
        if "INTERVAL" in rule or dice.random() < 0.8:
            begin = found[0]
        # What a first part of a week or a month has for BYSETPOS, programs do not agree about.
        if "BYSETPOS" in rule and (found[0] - begin).days < 32:
            begin = found[0]
        found = list(rrulestr(rule, dtstart=begin).xafter(begin, count=300, inc=True))
        if dice.random() < 0.3:
            rule += ";COUNT=%d" % dice.randint(1, 300)
        elif dice.random() < 0.4:
            end = dice.choice(found)
            rule += ";UNTIL=" + (end.strftime("%Y%m%d") if is_date else wall(end + timedelta(days=1)) + "Z" if zone else wall(end))
    lasts = timedelta(days=dice.randint(1, 3)) if is_date else timedelta(minutes=15 * dice.choice([1, 2, 3, 4, 6, 8, 20, 40]))

    def times(at, length):
        if is_date or dice.random() < 0.6:
            return [stamp("DTSTART", at, zone), stamp("DTEND", at + length, zone)]
        minutes = length.total_seconds() // 60
        return [stamp("DTSTART", at, zone), "DURATION:PT%dM" % minutes, "X-MINUTES:%d" % minutes]

    uid = "UID:%d@example.org" % number
    # What is left out of a day with several times the other expander takes for times of UTC too, and leaves out others.
    has_one = rule is None or "HOUR" not in rule
    near = [at for at in found if has_one and first - timedelta(days=2) <= at.date() <= first + timedelta(days=DAYS)]
    lines = ["BEGIN:VEVENT", uid] + times(begin, lasts)
    if rule:
        lines.append("RRULE:" + rule)
    gone = dice.sample(near, min(len(near), dice.randint(0, 4))) if near else []
    lines += [stamp("EXDATE", at, zone) for at in gone if at != begin]
    added = [begin + timedelta(days=dice.randint(1, 200)) for _ in range(dice.choice([0, 0, 0, 1, 3]))]
    lines += [stamp("RDATE", at, zone) for at in added if at not in gone]
    sequence = dice.randint(0, 3)
    lines += ["SEQUENCE:%d" % sequence, "END:VEVENT"]
    if dice.random() < 0.1:
        old = ["BEGIN:VEVENT", uid] + times(begin + timedelta(days=1), lasts) + ["SEQUENCE:%d" % (sequence - 1), "END:VEVENT"]
        lines = old + lines if dice.random() < 0.5 else lines + old
    left = [at for at in near if at not in gone]
    for at in dice.sample(left, min(len(left), dice.randint(0, 3))):
        moved = at + timedelta(days=dice.randint(-2, 2)) + (timedelta(0) if is_date else timedelta(minutes=15 * dice.randint(-20, 20)))
        override = ["BEGIN:VEVENT", uid, "X-MOVED:1", stamp("RECURRENCE-ID", at, zone)] + times(moved, lasts)
        if rule and dice.random() < 0.2:
            override.append("RRULE:" + rule)
        if dice.random() < 0.2:
            override.append(dice.choice(["STATUS:CANCELLED", "TRANSP:TRANSPARENT"]))
        override += ["SEQUENCE:%d" % sequence, "END:VEVENT"]
        lines = override + lines if dice.random() < 0.3 else lines + override
    return lines


def feed(dice, first):
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Example//Example//EN"]
    for name in DEFINED:
        lines += definition(name)
    for number in range(dice.randint(1, 4)):
        lines += series(dice, number, first)
    return "".join(line + "\r\n" for line in lines + ["END:VCALENDAR"])


def instant(at, own):
    """RFC 5545 section 3.3.5, as PEP 495 has it with fold=0; and whether the clock shows it at all."""
    if not isinstance(at, datetime):
        at = datetime(at.year, at.month, at.day)
        return at.replace(tzinfo=own).astimezone(UTC), True
    name = icalendar.timezone.tzid_from_dt(at) if at.tzinfo else None
    if name in DEFINED:
        # A zone of the document does not know what it skips.
        at = at.replace(tzinfo=zoneinfo.ZoneInfo(DEFINED[name][0]))
    at = at if at.tzinfo else at.replace(tzinfo=own)
    found = at.astimezone(UTC)
    return found, found.astimezone(at.tzinfo).replace(tzinfo=None) == at.replace(tzinfo=None)


def busy(text, zone, low, high):
    own = zoneinfo.ZoneInfo(zone)
    calendar = icalendar.Calendar.from_ical(text)
    spans = []
    for event in recurring_ical_events.of(calendar, keep_recurrence_attributes=True).between(
            low - timedelta(days=5), high + timedelta(days=2)):
        if event.get("STATUS") == "CANCELLED" or event.get("TRANSP") == "TRANSPARENT":
            continue
        starts, exists = instant(event["DTSTART"].dt, own)
        # RFC 5545 section 3.3.10: what a rule puts into a time that the clock skips does not take place.
        if not exists and "RRULE" in event and "X-MOVED" not in event:
            continue
        if "X-MINUTES" in event:
            # Section 3.3.6: those of a DURATION are exact.
            ends = starts + timedelta(minutes=int(event["X-MINUTES"]))
        else:
            ends, _ = instant(event["DTEND"].dt, own)
        spans.append([max(starts, low).timestamp(), min(ends, high).timestamp()])
    joined = []
    for starts, ends in sorted([int(a), int(b)] for a, b in spans if a < b):
        if joined and starts <= joined[-1][1]:
            joined[-1][1] = max(joined[-1][1], ends)
        else:
            joined.append([starts, ends])
    return joined


def main(seed, count, first):
    low = datetime(first.year, first.month, first.day, tzinfo=UTC)
    high = low + timedelta(days=DAYS)
    for number in range(count):
        dice = Dice("%d/%d" % (seed, number))
        zone, text = dice.choice(HERS), feed(dice, first)
        print(json.dumps({"zone": zone, "feed": text, "window": [int(low.timestamp()), int(high.timestamp())],
                          "busy": busy(text, zone, low, high)}))


main(int(sys.argv[1]), int(sys.argv[2]), date.fromisoformat(sys.argv[3]))
