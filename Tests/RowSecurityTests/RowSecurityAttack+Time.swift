import Postgres

extension RowSecurityAttack {
    private static let cancelled: SQL =
        "UPDATE appointment SET state = 'cancelled', ended_at = now() WHERE id = \(u(531))"
    /// Openings within the horizon of a visit type, whenever the test runs.
    private static let openInAWeek: SQL = """
        INSERT INTO availability_date (specialist_id, on_date, rule_id, opens, closes)
        SELECT id, current_date + 7, id, 0, 1440 FROM specialist
        """

    /// On calendars, consults and the lanes that make them lawful.
    static let onTime: [RowSecurityAttack] = [
        RowSecurityAttack(
            .patient, "Busy row for a stranger", stoppedBy: [.privilege, .trigger],
            """
            INSERT INTO busy (person_id, during, hold_id, lapses_at) VALUES (\(u(10)),
                '[2030-01-07,2031-01-01)', \(u(521)), '2030-01-07 14:00Z')
            """),
        RowSecurityAttack(
            .patient, "Busy row of the specialist stretched",
            stoppedBy: [.privilege, .trigger, .constraint(on: "busy")],
            """
            UPDATE busy SET during = '[2030-01-07 15:00Z,2031-01-07 16:00Z)' WHERE hold_id = \(u(521)) AND
                person_id = \(u(5))
            """),
        RowSecurityAttack(
            .patient, "Busy rows of a booked consult removed", stoppedBy: [.privilege, .trigger],
            "DELETE FROM busy WHERE appointment_id = \(u(531))"),
        RowSecurityAttack(
            .patient, "Consult moved onto another's", stoppedBy: [.constraint(on: "busy")],
            """
            UPDATE appointment SET starts_at = '2030-01-09 15:00Z', ends_at = '2030-01-09 15:45Z' WHERE id =
                \(u(531))
            """),
        RowSecurityAttack(
            .patient, "Consult without a check of its lane",
            """
            INSERT INTO appointment (id, case_id, specialist_id, party_id, lane, visit_type, visit_version,
                state, starts_at, ends_at, booked_by) VALUES (\(u(539)), \(u(101)), \(u(5)), \(u(1)),
                'licensed', 'consult-45', 1, 'booked', '2030-01-10 15:00Z', '2030-01-10 15:45Z', \(u(1)))
            """),
        RowSecurityAttack(
            .patient, "Hold on a specialist of none of their cases",
            """
            INSERT INTO hold (id, case_id, specialist_id, party_id, visit_type, visit_version, kind, state,
                starts_at, ends_at, token_digest, made_by, expires_at) VALUES (\(u(529)), \(u(101)), \(u(4)),
                \(u(1)), 'consult-45', 1, 'offered', 'active', '2030-02-07 15:00Z', '2030-02-07 15:45Z', 'y',
                \(u(1)), '2030-02-07 14:00Z')
            """),
        RowSecurityAttack(
            .patient, "Opening offered to oneself",
            """
            INSERT INTO hold (id, case_id, specialist_id, party_id, visit_type, visit_version, kind, state,
                starts_at, ends_at, token_digest, made_by, expires_at) VALUES (\(u(529)), \(u(101)), \(u(5)),
                \(u(1)), 'consult-45', 1, 'offered', 'active', '2030-02-07 15:00Z', '2030-02-07 15:45Z', 'y',
                \(u(1)), '2030-02-07 14:00Z')
            """),
        RowSecurityAttack(
            .patient, "Panel with who is no colleague",
            """
            INSERT INTO hold (id, case_id, specialist_id, colleagues, party_id, visit_type, visit_version, kind, state,
                starts_at, ends_at, token_digest, made_by, expires_at) VALUES (\(u(529)), \(u(102)), \(u(5)),
                ARRAY[\(u(4))::uuid], \(u(1)), 'consult-45', 1, 'asked', 'active', '2030-02-07 15:00Z',
                '2030-02-07 15:45Z', 'y', \(u(1)), '2030-02-07 14:00Z')
            """),
        RowSecurityAttack(
            .specialist, "Consult's panel filled by plain SQL", stoppedBy: [.privilege],
            "UPDATE appointment SET colleagues = ARRAY[\(u(4))::uuid] WHERE id = \(u(531))"),
        RowSecurityAttack(
            .candidate, "Candidate comes as colleague", stoppedBy: [.trigger],
            "UPDATE case_part SET part = 'colleague' WHERE case_id = \(u(102)) AND account_id = \(u(4))"),
        RowSecurityAttack(
            .specialist, "Specialist brings a colleague in without consent",
            stoppedBy: [
                .function(
                    allows: .init(
                        after:
                            "INSERT INTO consent (id, case_id, kind, wording, given_by) VALUES (\(u(129)), \(u(101)), 'panel', 'panel.2026-01', \(u(1)))",
                        "INSERT INTO lane_check (id, case_id, specialist_id, gate, lane, lawful, jurisdiction, licence_number, licence_expires_on) VALUES (\(u(519)), \(u(101)), \(u(4)), 'booking', 'licensed', true, 'US-OH', 'L-1', '2999-12-31')"
                    ))
            ],
            "SELECT FROM add_colleague(\(u(101)), \(u(4))) came WHERE came IS NOT NULL"),
        RowSecurityAttack(
            .stranger, "Stranger releases the colleagues",
            stoppedBy: [
                .function(
                    allows: .init(
                        as: .patient,
                        after:
                            "INSERT INTO case_part (case_id, account_id, part) VALUES (\(u(101)), \(u(4)), 'colleague')",
                        "UPDATE appointment SET colleagues = ARRAY[\(u(4))::uuid] WHERE id = \(u(531))"))
            ],
            "SELECT FROM release_colleagues(\(u(101)))"),
        RowSecurityAttack(
            .stranger, "Stranger releases the clinicians",
            stoppedBy: [
                .function(
                    allows: .init(as: .patient, after: "UPDATE appointment SET party_id = \(u(8)) WHERE id = \(u(531))")
                )
            ],
            "SELECT FROM release_clinicians(\(u(101)))"),
        RowSecurityAttack(
            .coordinator, "Coordinator releases the clinicians",
            stoppedBy: [
                .function(
                    allows: .init(as: .patient, after: "UPDATE appointment SET party_id = \(u(8)) WHERE id = \(u(531))")
                )
            ],
            "SELECT FROM release_clinicians(\(u(101)))"),
        RowSecurityAttack(
            .patient, "A better place on the waitlist", stoppedBy: [.privilege],
            "UPDATE waitlist SET joined_at = '2020-01-01' WHERE id = \(u(522))"),
        RowSecurityAttack(
            .specialist, "Specialist serves the first who waits by plain SQL", stoppedBy: [.trigger],
            "UPDATE waitlist SET state = 'served', ended_at = now() WHERE id = \(u(522))"),
        RowSecurityAttack(
            .stranger, "Stranger waits for another's specialist",
            """
            INSERT INTO waitlist (id, case_id, specialist_id, party_id, visit_type, during, state, joined_by)
            VALUES (\(u(523)), \(u(103)), \(u(5)), \(u(10)), 'consult-45', '[2030-01-01,2030-02-01)', 'waiting',
                \(u(10)))
            """),
        RowSecurityAttack(
            .patient, "Opening offered to oneself, by the function",
            stoppedBy: [
                .function(
                    allows: .init(
                        as: .specialist, after: cancelled, openInAWeek))
            ],
            """
            SELECT FROM offer_opening(\(u(531)), \(u(5)), (current_date + 7 + time '15:00') AT TIME ZONE 'UTC', '1 day') hold
            WHERE hold IS NOT NULL
            """),
        RowSecurityAttack(
            .patient, "Another's holds ended", stoppedBy: [.function(allows: .init(as: .specialist))],
            "SELECT FROM end_holds(\(u(5)), '[2030-01-01,2031-01-01)') ended WHERE ended > 0"),
        RowSecurityAttack(
            .specialist, "Stand-ins' openings offered where nothing was cancelled",
            stoppedBy: [
                .function(
                    allows: .init(
                        after: cancelled, openInAWeek,
                        "UPDATE match SET ranking = ARRAY[\(u(4))::uuid]"))
            ],
            """
            SELECT FROM offer_opening(\(u(531)), \(u(4)), (current_date + 7 + time '15:00') AT TIME ZONE 'UTC', '1 day') hold
            WHERE hold IS NOT NULL
            """),
        RowSecurityAttack(
            .patient, "Hold for ever", stoppedBy: [.constraint(on: "hold")],
            "UPDATE hold SET expires_at = 'infinity' WHERE id = \(u(521))"),
        RowSecurityAttack(
            .sendsOnly, "Sends-only clinician cancels the consult",
            "UPDATE appointment SET state = 'cancelled', ended_at = now() WHERE id = \(u(531))"),
        RowSecurityAttack(
            .patient, "Calendar handed on", stoppedBy: [.trigger],
            "UPDATE calendar SET person_id = \(u(99)) WHERE person_id = \(u(10))"),
        RowSecurityAttack(
            .patient, "Waiting room left without being let in", stoppedBy: [.trigger],
            "UPDATE consult_room SET state = 'open', opened_at = now() WHERE appointment_id = \(u(531))"),
        RowSecurityAttack(
            .specialist, "Room of another consult opened before its time",
            """
            INSERT INTO consult_room (appointment_id, case_id, state, opened_at)
            VALUES (\(u(532)), \(u(103)), 'open', now())
            """),
        RowSecurityAttack(
            .candidate, "Time freed that their linked calendar takes", stoppedBy: [.privilege],
            "DELETE FROM imported_busy WHERE specialist_id = \(u(4))"),
        RowSecurityAttack(
            .candidate, "Calendar linked to another specialist",
            "INSERT INTO linked_calendar (id, specialist_id, url) VALUES (\(u(590)), \(u(5)), 'x')"),
        RowSecurityAttack(
            .stranger, "Calendar feed of somebody else's",
            """
            INSERT INTO calendar_feed (id, account_id, token_digest) VALUES
                (\(u(570)), \(u(1)), sha256('mine'))
            """),
        RowSecurityAttack(
            .stranger, "Calendar feed turned to another person", stoppedBy: [.privilege],
            "UPDATE calendar_feed SET account_id = \(u(1)) WHERE account_id = \(u(10))"),
        RowSecurityAttack(
            .specialist, "Hours for another specialist",
            """
            INSERT INTO availability_date (specialist_id, on_date, rule_id, opens, closes) VALUES (\(u(4)), '2031-01-07',
                \(u(4)), 0, 60)
            """),
        RowSecurityAttack(
            .specialist, "Another specialist's hours removed",
            "DELETE FROM availability_set WHERE specialist_id = \(u(4))"),
        RowSecurityAttack(
            .patient, "Lane evidence forged", stoppedBy: [.trigger],
            """
            INSERT INTO lane_check (id, case_id, specialist_id, gate, lane, lawful, jurisdiction,
                licence_number, licence_expires_on) VALUES (\(u(519)), \(u(101)), \(u(5)), 'booking',
                'licensed', true, 'US-TX', 'FAKE', '2999-01-01')
            """),
        RowSecurityAttack(
            .patient, "Lane lawful on nothing", stoppedBy: [.trigger],
            """
            INSERT INTO lane_check (id, case_id, specialist_id, gate, lane, lawful, jurisdiction) VALUES
                (\(u(519)), \(u(101)), \(u(5)), 'booking', 'licensed', true, 'US-OH')
            """),
        RowSecurityAttack(
            .patient, "Lane check backdated", stoppedBy: [.privilege],
            """
            INSERT INTO lane_check (id, case_id, specialist_id, gate, lane, lawful, jurisdiction, at) VALUES
                (\(u(519)), \(u(101)), \(u(5)), 'booking', 'licensed', false, 'US-OH', '2020-01-01')
            """),
    ]
}
