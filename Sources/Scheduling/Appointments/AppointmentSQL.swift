import Clinic
import FoundationEssentials
import Postgres

enum AppointmentSQL {
    /// The people of an appointment, as expressions.
    static func party(_ id: AppointmentID) -> SQL { "(SELECT party_id FROM consilium.appointment WHERE id = \(id))" }
    static func specialists(_ id: AppointmentID) -> SQL {
        "(SELECT specialist_id || colleagues FROM consilium.appointment WHERE id = \(id))"
    }

    /// Whether a person takes part in the consult `a`: as its specialist, in its panel, or as its party. Each has an index.
    static func isOf(_ person: SQL) -> SQL {
        """
        (a.specialist_id = \(fragment: person) OR a.party_id = \(fragment: person)
            OR a.colleagues <> '{}' AND a.colleagues @> ARRAY[\(fragment: person)])
        """
    }

    /// For ``LaneFacts/read(of:said:)``: each of its specialists, at an instant.
    static func lane(_ id: AppointmentID, at instant: Date) -> SQL {
        """
        (SELECT case_id, unnest(specialist_id || colleagues) AS specialist_id, party_id, \(instant) AS at
            FROM consilium.appointment WHERE id = \(id))
        """
    }

    static func read(_ id: AppointmentID, by caller: Caller) -> SQL {
        AppointmentRow.select(by: caller) + " WHERE a.id = \(id)"
    }

    /// Who is told of it.
    static func people(_ id: AppointmentID) -> SQL {
        "SELECT consilium.consult_people(a) FROM consilium.appointment a WHERE a.id = \(id)"
    }

    static func lock(_ id: AppointmentID, by caller: Caller) -> SQL {
        read(id, by: caller) + " FOR NO KEY UPDATE OF a"
    }

    static func list(_ search: AppointmentSearch, by caller: Caller) -> SQL {
        AppointmentRow.select(by: caller) + """
             WHERE (\(search.case)::uuid IS NULL OR a.case_id = \(search.case))
                AND (\(search.state)::text IS NULL OR a.state = \(search.state))
                AND (\(search.from)::timestamptz IS NULL OR a.ends_at > \(search.from))
                AND (\(search.after)::uuid IS NULL OR (a.starts_at, a.id) >
                    (SELECT l.starts_at, l.id FROM consilium.appointment l WHERE l.id = \(search.after)))
            ORDER BY a.starts_at, a.id LIMIT \(search.limit)
            """
    }

    static func insert(_ id: AppointmentID, from hold: HoldID, lane: Lane, by caller: Caller) -> SQL {
        """
        INSERT INTO consilium.appointment (id, case_id, specialist_id, colleagues, party_id, lane, visit_type, visit_version,
            state, starts_at, ends_at, booked_by)
        SELECT \(id), h.case_id, h.specialist_id, h.colleagues, h.party_id, \(lane), h.visit_type, h.visit_version, 'booked',
            h.starts_at, h.ends_at, \(caller.account)
        FROM consilium.hold h WHERE h.id = \(hold)
        """
    }

    /// Ends a hold that is booked in the same transaction. Its time is free for that.
    static func spend(_ hold: HoldID) -> SQL { "UPDATE consilium.hold SET state = 'booked' WHERE id = \(hold)" }

    /// Moves an appointment, under the current version of its visit type.
    static func move(_ id: AppointmentID, to start: Date) -> SQL {
        """
        UPDATE consilium.appointment a SET starts_at = s.at, ends_at = s.at + make_interval(mins => v.duration_minutes),
            visit_version = v.version, sequence = a.sequence + 1, version = a.version + 1
        FROM consilium.visit_type v, (SELECT \(start) AS at) s
        WHERE a.id = \(id) AND v.id = a.visit_type AND v.current
        """
    }

    /// Ends an appointment. A cancellation raises the sequence, so that calendars follow.
    static func end(
        _ id: AppointmentID, as state: AppointmentState, consequence: String?, by caller: Caller
    ) -> SQL {
        """
        UPDATE consilium.appointment SET state = \(state), consequence = \(consequence), ended_at = clock_timestamp(), ended_by = \(caller.account),
            sequence = sequence + \(Int32(state == .cancelled ? 1 : 0)), version = version + 1
        WHERE id = \(id)
        """
    }

    static func checkIn(_ id: AppointmentID) -> SQL {
        "UPDATE consilium.appointment SET state = 'checked_in', version = version + 1 WHERE id = \(id)"
    }
}
