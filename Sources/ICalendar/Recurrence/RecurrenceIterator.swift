import CLibIcal
import Clinic

/// The owner of one iterator of libical over the dates of a rule. What a rule may be is `RecurrenceRule`'s to say: of a
/// rule that no date fulfils, or below a day, one step of it may never end.
struct RecurrenceIterator: ~Copyable {
    private let iterator: OpaquePointer
    private var latest: CivilDate?

    /// - Parameters:
    ///   - rule: in RFC 5545's words, without COUNT and UNTIL.
    ///   - end: no date after it is looked for.
    /// - Returns: nil for what libical does not read as a rule.
    init?(_ rule: String, from start: CivilDate, through end: CivilDate) {
        // A YEARLY iterator takes an error of long ago on this thread for its own.
        icalerror_clear_errno()
        var read = icalrecurrencetype_from_string(rule)
        guard read.freq != ICAL_NO_RECURRENCE else { return nil }
        read.until = Self.time(end)
        guard let iterator = icalrecur_iterator_new(read, Self.time(start)) else { return nil }
        self.iterator = iterator
    }

    deinit { icalrecur_iterator_free(iterator) }

    /// The next date, later than the one before; nil after the last.
    mutating func next() -> CivilDate? {
        let time = icalrecur_iterator_next(iterator)
        guard icaltime_is_null_time(time) == 0,
            let date = CivilDate(year: Int(time.year), month: Int(time.month), day: Int(time.day))
        else { return nil }
        // Its dates rise; one that did not would have no end.
        if let latest, date <= latest { return nil }
        latest = date
        return date
    }

    /// Midnight, floating. Not a null date with its fields set: that has an hour of -1, of which an iterator never gets
    /// away.
    private static func time(_ date: CivilDate) -> icaltimetype {
        var time = icaltime_null_time()
        time.year = Int32(date.year)
        time.month = Int32(date.month)
        time.day = Int32(date.day)
        return time
    }
}
