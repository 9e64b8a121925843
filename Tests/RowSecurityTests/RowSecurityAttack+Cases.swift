import Postgres

extension RowSecurityAttack {
    /// On cases, what belongs to them, and what the house keeps beside them.
    static let onCases: [RowSecurityAttack] = [
        RowSecurityAttack(
            .stranger, "Insert herself as candidate",
            """
            INSERT INTO case_part (case_id, account_id, part) VALUES (\(u(101)), \(u(10)), 'candidate')
            """),
        RowSecurityAttack(
            .caregiver, "Caregiver adds a stranger as caregiver",
            """
            INSERT INTO case_part (case_id, account_id, part) VALUES (\(u(101)), \(u(10)), 'caregiver')
            """),
        RowSecurityAttack(
            .former, "Ended candidate re-opens",
            "UPDATE case_part SET until = NULL WHERE case_id = \(u(102)) AND account_id = \(u(6))"),
        RowSecurityAttack(
            .former, "Ended specialist comes back as candidate",
            """
            UPDATE case_part SET until = NULL, part = 'candidate' WHERE case_id = \(u(101)) AND account_id =
                \(u(6))
            """),
        RowSecurityAttack(
            .candidate, "Candidate makes herself specialist",
            """
            UPDATE case_part SET part = 'specialist' WHERE case_id = \(u(102)) AND account_id = \(u(4))
            """),
        RowSecurityAttack(
            .patient, "Patient makes candidate caregiver",
            """
            UPDATE case_part SET part = 'caregiver' WHERE case_id = \(u(102)) AND account_id = \(u(4))
            """),
        RowSecurityAttack(
            .coordinator, "Coordinator makes candidate coordinator",
            """
            UPDATE case_part SET part = 'coordinator' WHERE case_id = \(u(102)) AND account_id = \(u(4))
            """),
        RowSecurityAttack(
            .patient, "Patient accepts for the candidate",
            "UPDATE offer SET state = 'accepted', decided_at = now() WHERE id = \(u(503))"),
        RowSecurityAttack(
            .caregiver, "Caregiver ends coordinator",
            "UPDATE case_part SET until = now() WHERE case_id = \(u(101)) AND part = 'coordinator'"),
        RowSecurityAttack(
            .specialist, "Specialist opens the blind by the case row",
            "UPDATE clinical_case SET blinded = false WHERE id = \(u(101))"),
        RowSecurityAttack(
            .candidate, "Candidate rewrites the reason",
            "UPDATE clinical_case SET reason = 'y' WHERE id = \(u(102))"),
        RowSecurityAttack(
            .candidate, "Candidate moves offered to accepted",
            """
            UPDATE clinical_case SET state = 'accepted', specialist_id = \(u(4)) WHERE id = \(u(102))
            """),
        RowSecurityAttack(
            .patient, "Patient moves reviewing to opined",
            "UPDATE clinical_case SET state = 'opined' WHERE id = \(u(101))"),
        RowSecurityAttack(
            .specialist, "Specialist withdraws the case",
            "UPDATE clinical_case SET state = 'withdrawn' WHERE id = \(u(101))"),
        RowSecurityAttack(
            .specialist, "Specialist hands the case to 6",
            "UPDATE clinical_case SET specialist_id = \(u(6)) WHERE id = \(u(101))"),
        RowSecurityAttack(
            .patient, "Patient opens a case in a late state",
            """
            INSERT INTO clinical_case (id, patient_id, state, blinded, lane, jurisdiction, language, reason)
                VALUES (\(u(199)), \(u(1)), 'delivered', false, 'licensed', 'US-OH', 'en', 'x')
            """),
        RowSecurityAttack(
            .patient, "Patient edits intake after submission",
            "UPDATE intake_part SET body = 'y' WHERE case_id = \(u(101))"),
        RowSecurityAttack(
            .patient, "Patient deletes intake after submission",
            "DELETE FROM intake_part WHERE case_id = \(u(101))"),
        RowSecurityAttack(
            .patient, "File of a record of another case",
            """
            INSERT INTO record_file (id, record_id, case_id, reveals_prior, state, metadata, added_by)
                VALUES (\(u(399)), \(u(205)), \(u(101)), false, 'uploading', 'x', \(u(1)))
            """),
        RowSecurityAttack(
            .patient, "File born complete",
            """
            INSERT INTO record_file (id, record_id, case_id, reveals_prior, state, metadata, added_by)
                VALUES (\(u(399)), \(u(201)), \(u(101)), false, 'complete', 'x', \(u(1)))
            """),
        RowSecurityAttack(
            .patient, "Complete file rewritten",
            "UPDATE record_file SET metadata = 'y' WHERE id = \(u(302))"),
        RowSecurityAttack(
            .sendsOnly, "Sends-only flips a record of the patient",
            "UPDATE record SET reveals_prior = false WHERE id = \(u(202))"),
        RowSecurityAttack(
            .patient, "Consent rewritten",
            "UPDATE consent SET given_at = '2020-01-01' WHERE id = \(u(121))"),
        RowSecurityAttack(
            .caregiver, "Consent forged for the patient",
            """
            INSERT INTO consent (id, case_id, kind, wording, given_by) VALUES (\(u(129)), \(u(101)),
                'telehealth', 'telehealth.2026-01', \(u(1)))
            """),
        RowSecurityAttack(
            .patient, "Consent backdated",
            """
            INSERT INTO consent (id, case_id, kind, wording, given_by, given_at) VALUES (\(u(129)),
                \(u(101)), 'telehealth', 'telehealth.2026-01', \(u(1)), '2020-01-01')
            """),
        RowSecurityAttack(
            .patient, "Key overwritten",
            "UPDATE case_key SET wrapped = 'garbage' WHERE case_id = \(u(101))"),
        RowSecurityAttack(
            .coordinator, "Key of an open case destroyed",
            "UPDATE case_key SET wrapped = NULL, destroyed_at = now() WHERE case_id = \(u(101))"),
        RowSecurityAttack(
            .patient, "Person key overwritten",
            "UPDATE person_key SET wrapped = 'garbage' WHERE account_id = \(u(1))"),
        RowSecurityAttack(
            .specialist, "Opinion signed before the first read",
            """
            UPDATE opinion SET signed_at = now(), signature = 'x', signing_key = 'x' WHERE case_id =
                \(u(101)) AND specialist_id = \(u(5))
            """),
        RowSecurityAttack(
            .specialist, "Opinion says unblinded",
            "UPDATE opinion SET blind = 'broken' WHERE case_id = \(u(103))"),
        RowSecurityAttack(
            .specialist, "Signing key of a signed opinion changed",
            "UPDATE opinion SET signing_key = 'y' WHERE case_id = \(u(103))"),
        RowSecurityAttack(
            .specialist, "Delivery of an opinion taken back",
            "UPDATE opinion SET delivered_at = NULL WHERE case_id = \(u(103))"),
        RowSecurityAttack(
            .patient, "Message as another",
            """
            INSERT INTO message (thread_id, seq, id, case_id, staff_only, kind, author_id, reveals_prior,
                body) SELECT id, 3, \(u(599)), case_id, false, 'text', \(u(5)), false, 'x' FROM thread WHERE
                case_id = \(u(101)) AND kind = 'care'
            """),
        RowSecurityAttack(
            .patient, "Message past the end",
            """
            INSERT INTO message (thread_id, seq, id, case_id, staff_only, kind, author_id, reveals_prior,
                body) SELECT id, 99, \(u(599)), case_id, false, 'text', \(u(1)), false, 'x' FROM thread WHERE
                case_id = \(u(101)) AND kind = 'care'
            """),
        RowSecurityAttack(
            .patient, "Message backdated",
            """
            INSERT INTO message (thread_id, seq, id, case_id, staff_only, kind, author_id, reveals_prior,
                body, sent_at) SELECT id, 3, \(u(599)), case_id, false, 'text', \(u(1)), false, 'x',
                '2020-01-01' FROM thread WHERE case_id = \(u(101)) AND kind = 'care'
            """),
        RowSecurityAttack(
            .patient, "Gap in a thread",
            "UPDATE thread SET last_seq = last_seq + 1 WHERE case_id = \(u(101))"),
        RowSecurityAttack(
            .patient, "Thread wound back",
            "UPDATE thread SET last_seq = 0 WHERE case_id = \(u(101))"),
        RowSecurityAttack(
            .patient, "Message deleted",
            "DELETE FROM message"),
        RowSecurityAttack(
            .otherPatient, "Menu of another case polluted",
            "INSERT INTO match_candidate VALUES (\(u(401)), \(u(103)), 9, \(u(99)))"),
        RowSecurityAttack(
            .otherPatient, "A menu extended later",
            "INSERT INTO match_candidate VALUES (\(u(403)), \(u(103)), 9, \(u(6)))"),
        RowSecurityAttack(
            .otherPatient, "A match made by another",
            """
            INSERT INTO match (id, case_id, rules_version, input_digest, input, result, ranking, made_by) VALUES
                (\(u(498)), \(u(103)), 1, 'x', 'x', 'x', '{}', \(u(1)))
            """),
        RowSecurityAttack(
            .patient, "Audit entry forged",
            "SELECT audit_append('case', \(u(101)), \(u(5)), 'read.record', \(u(201)), 1)"),
        RowSecurityAttack(
            .patient, "Audit write forged as a read",
            """
            SELECT audit_reads('{case}', ARRAY[\(u(101))], '{record.removed}', ARRAY[\(u(201))], '{1}')
            """),
        RowSecurityAttack(
            .nobody, "Audit entry of nobody's",
            "SELECT audit_reads('{case}', ARRAY[\(u(101))], '{read.record}', ARRAY[\(u(201))], '{1}')"),
        RowSecurityAttack(.patient, "A large object", "SELECT lo_from_bytea(0, 'kept')"),
        RowSecurityAttack(.patient, "A large object, opened to be written", "SELECT lo_creat(-1)"),
        RowSecurityAttack(.patient, "A temporary table", "CREATE TEMPORARY TABLE kept (text text)"),
        RowSecurityAttack(.patient, "The statistics of all sessions", "SET LOCAL ROLE pg_read_all_stats"),
        RowSecurityAttack(
            .stranger, "A lock on the calendar of somebody they do not know",
            "SELECT FROM calendar WHERE person_id = \(u(1)) FOR NO KEY UPDATE"),
        RowSecurityAttack(
            .stranger, "Whether somebody has an account",
            "SELECT FROM calendar WHERE person_id = \(u(1))"),
        RowSecurityAttack(
            .patient, "Audit entry deleted",
            "DELETE FROM audit_entry"),
        RowSecurityAttack(
            .patient, "Idempotency row of another",
            "UPDATE idempotency_key SET status = 200 WHERE account_id = \(u(2))"),
        RowSecurityAttack(
            .patient, "Session of another",
            """
            INSERT INTO session (id, account_id, token_digest, second_factor, idle_limit, expires_at) VALUES
                (\(u(599)), \(u(2)), 'z', true, '1 hour', '2099-01-01')
            """),
        RowSecurityAttack(
            .patient, "Moves let go that are not hers",
            "INSERT INTO ending_access DEFAULT VALUES"),
        RowSecurityAttack(
            .stranger, "Emergency in a case by who is not of the programme",
            "SELECT open_emergency_access(\(u(598)), \(u(101)))"),
        RowSecurityAttack(
            .candidate, "Emergency access written by hand",
            """
            INSERT INTO emergency_access (id, case_id, account_id, since, until)
            SELECT \(u(598)), \(u(101)), \(u(4)), n, n + interval '1 hour' FROM (SELECT now()) t (n)
            """),
        RowSecurityAttack(
            .coordinator, "Account of another closed",
            "SELECT FROM close_account(\(u(1)))"),
        RowSecurityAttack(
            .coordinator, "Role of another taken back",
            "SELECT FROM take_role(\(u(5)), 'specialist')"),
        RowSecurityAttack(
            .stranger, "Another person forgotten",
            "SELECT erase_person(\(u(1)))"),
        RowSecurityAttack(
            .stranger, "Another's time given back",
            "SELECT FROM release_person(\(u(5)), '{specialist}')"),
        RowSecurityAttack(
            .coordinator, "Second factor of another replaced",
            "SELECT approve_factor_recovery(\(u(80)), 'z')"),
        RowSecurityAttack(
            .patient, "Recovery of her own factor approved",
            "UPDATE factor_recovery SET state = 'approved', email = NULL, decided_by = \(u(9)), decided_at = now()"),
        RowSecurityAttack(
            .coordinator, "The digest by which somebody joins as a specialist, read",
            "SELECT FROM specialist_proposal WHERE token_digest IS NOT NULL"),
        RowSecurityAttack(
            .specialist, "E-mail address of a patient, read",
            "SELECT FROM account WHERE id = \(u(1)) AND email IS NOT NULL"),
        RowSecurityAttack(
            .patient, "E-mail of another",
            "UPDATE account SET email = 'z' WHERE id = \(u(5))"),
        RowSecurityAttack(
            .stranger, "Takes the coordinator's role",
            "INSERT INTO account_role VALUES (\(u(10)), 'coordinator')"),
        RowSecurityAttack(
            .patient, "Grant forged as accepted",
            """
            INSERT INTO caregiver_grant (id, patient_id, caregiver_id, kind, state, token_digest, email,
                expires_at) VALUES (\(u(79)), \(u(1)), \(u(10)), 'grant', 'active', 'y', 'x', '2099-01-01')
            """),
        RowSecurityAttack(
            .patient, "Invitation forged as accepted",
            """
            INSERT INTO invitation (id, case_id, token_digest, email, sends_records, reads_opinion,
                consults, state, invited_by, accepted_by, expires_at) VALUES (\(u(119)), \(u(101)), 'x9', 'x',
                true, true, true, 'accepted', \(u(1)), \(u(7)), '2099-01-01')
            """),
        RowSecurityAttack(
            .coordinator, "Task done by another",
            "UPDATE task SET state = 'done', done_at = now(), done_by = \(u(5)) WHERE id = \(u(541))"),
        RowSecurityAttack(
            .candidate, "Candidate writes a task as done",
            """
            INSERT INTO task (id, case_id, kind, state, due_at, done_at, done_by) VALUES (\(u(549)),
                \(u(102)), 'rescue_menu', 'done', now(), now(), \(u(9)))
            """),
        RowSecurityAttack(
            .nobody, "Registry written by nobody",
            """
            INSERT INTO outcome_code (month, diagnosis, treatment, advice_followed) VALUES ('2026-01-01',
                'confirmed', 'changed', 'yes')
            """),
        RowSecurityAttack(
            .patient, "Job forged as running",
            """
            INSERT INTO job (id, kind, payload, max_attempts, fence) VALUES (\(u(559)), 'notice', '{}', 5,
                99)
            """),
        RowSecurityAttack(
            .patient, "Outcome of an open case",
            "INSERT INTO outcome (case_id, body, recorded_by) VALUES (\(u(101)), 'x', \(u(1)))"),
    ]
}
