import CLibIcal
import Clinic

/// The owner of one libical iterator over the dates of a rule. Only what `RecurrenceRule` accepts may reach it: one step
/// may never end for a rule that no date fulfils, or whose frequency is below a day.
struct RecurrenceIterator: ~Copyable {
    private let iterator: OpaquePointer
    private var latest: CivilDate?

    /// - Parameters:
    ///   - rule: as RFC 5545 writes it, without COUNT and UNTIL.
    ///   - end: the last date that is looked for.
    /// - Returns: nil where libical does not read it as a rule.
    init?(_ rule: String, from start: CivilDate, through end: CivilDate) {
        // A YEARLY iterator mistakes an earlier error on this thread for its own.
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
        // Its dates must rise, or it would never end.
        if let latest, date <= latest { return nil }
        latest = date
        return date
    }

    /// A floating midnight. A null date whose fields are set would have the hour -1, on which an iterator never ends.
    private static func time(_ date: CivilDate) -> icaltimetype {
        var time = icaltime_null_time()
        time.year = Int32(date.year)
        time.month = Int32(date.month)
        time.day = Int32(date.day)
        return time
    }
}
