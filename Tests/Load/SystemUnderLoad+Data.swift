/// What the service holds when the clients come. Set by set and, but for what its triggers make of a case, without
/// triggers: it is data, not work.
extension SystemUnderLoad {
    /// What every match names, or everybody when there are fewer.
    private static let mostAble = 200

    /// The next case of each patient, ready, with nobody who has accepted it: as a programme makes it, but for its key,
    /// with which nothing is opened.
    static let waitingCases = """
        SET SESSION AUTHORIZATION consilium_owner;
        SET search_path = consilium;
        INSERT INTO clinical_case (id, patient_id, state, blinded, lane, jurisdiction, language, reason)
        SELECT md5('waiting' || id)::uuid, patient_id, 'draft', false, lane, jurisdiction, language, reason
        FROM clinical_case;
        INSERT INTO case_part (case_id, account_id, part)
        SELECT id, patient_id, 'patient' FROM clinical_case WHERE state = 'draft';
        INSERT INTO case_key (case_id, wrapped, master_key)
        SELECT md5('waiting' || case_id)::uuid, wrapped, master_key FROM case_key;
        UPDATE clinical_case SET state = 'submitted' WHERE state = 'draft';
        UPDATE clinical_case SET state = 'ready' WHERE state = 'submitted';
        """

    /// A consult on each of a specialist's working days: 140 that are over, which stay in the calendars as they do when
    /// the service ends a consult, and 20 to come; and twenty messages for each of their cases. It reads what `hours`
    /// leaves.
    static let past = """
        CREATE TEMPORARY TABLE consult AS
            SELECT gen_random_uuid() AS id, c.id AS case_id, c.specialist_id, c.patient_id, t.at,
                d < current_date AS is_over
            FROM week w JOIN specialist s USING (id)
                JOIN clinical_case c ON c.specialist_id = s.id,
                generate_series(current_date - 197, current_date + 29, interval '1 day') d,
                LATERAL (SELECT instant_of(
                    d::date + make_interval(mins => w.opens + 60 * ((d::date - date '2020-01-01') % 8)), s.time_zone)
                    AS at) t
            WHERE extract(isodow FROM d) = ANY (w.days) AND d::date - current_date NOT BETWEEN -1 AND 1;
        INSERT INTO appointment (id, case_id, specialist_id, party_id, lane, visit_type, visit_version, state, starts_at,
            ends_at, booked_by, booked_at, ended_by, ended_at)
        SELECT id, case_id, specialist_id, patient_id, 'licensed', 'consult-45', 1,
            CASE WHEN is_over THEN 'completed' ELSE 'booked' END, at, at + interval '45 minutes', patient_id,
            at - interval '30 days', CASE WHEN is_over THEN specialist_id END,
            CASE WHEN is_over THEN at + interval '45 minutes' END
        FROM consult;
        INSERT INTO busy (person_id, during, appointment_id)
        SELECT w.person, w.during, c.id FROM consult c, LATERAL (VALUES
            (specialist_id, tstzrange(at, at + interval '1 hour')),
            (patient_id, tstzrange(at, at + interval '45 minutes'))) w (person, during);
        INSERT INTO message (thread_id, seq, id, case_id, staff_only, kind, author_id, reveals_prior, body, sent_at)
        SELECT t.id, n, gen_random_uuid(), t.case_id, false, 'text', c.patient_id, false,
            decode(repeat(md5(n::text), 6), 'hex'), now() - interval '1 day'
        FROM thread t JOIN clinical_case c ON c.id = t.case_id, generate_series(1, 20) n
        WHERE t.kind = 'care' AND c.state = 'accepted';
        UPDATE thread SET last_seq = 20 WHERE id IN (SELECT thread_id FROM message);
        SELECT rebuild_free_spans(id) FROM week;
        """

    /// Copies everybody and everything of theirs so many times less one, under ids of their own: people who have used the
    /// service and do not ask now. Their seals cannot be opened, and nobody does. A copy after the other, with ids that lie
    /// together, or each row would go to another page of every index.
    static func multiply(by scale: Int) -> String {
        """
        SET session_replication_role = replica;
        -- Of another version than all that the service makes.
        CREATE FUNCTION pg_temp.copied(id uuid, head text) RETURNS uuid LANGUAGE sql IMMUTABLE
            RETURN (head || substr(id::text, 5, 10) || 'c' || substr(id::text, 16))::uuid;
        CREATE TEMPORARY VIEW copy AS
            SELECT n, lpad(to_hex(n * 65535 / \(scale)), 4, '0') AS head FROM generate_series(2, \(scale)) n ORDER BY n;
        SELECT format('INSERT INTO consilium.%I (%s) SELECT %s FROM copy, consilium.%I t ORDER BY n', c.table_name,
            string_agg(quote_ident(c.column_name), ', '),
            string_agg(CASE
                WHEN c.data_type = 'uuid' AND c.column_name <> 'organisation_id' THEN format('pg_temp.copied(t.%I, head)', c.column_name)
                WHEN c.column_name LIKE '%digest' THEN format('sha256(t.%I || int4send(n))', c.column_name)
                ELSE format('t.%I', c.column_name) END, ', '), c.table_name)
        FROM information_schema.columns c
        WHERE c.table_schema = 'consilium' AND c.is_generated = 'NEVER' AND c.table_name IN ('account', 'account_role',
            'person_key', 'session', 'specialist', 'licence', 'calendar', 'clinical_case', 'case_part', 'case_key',
            'thread', 'message', 'appointment', 'busy', 'audit_head', 'audit_entry', 'availability_set',
            'availability_rule', 'availability_date', 'availability_horizon', 'free_span', 'free_horizon')
        GROUP BY c.table_name
        \\gexec
        """
    }

    /// A match for each case that waits: specialists from all of the programme, others and in another order for each.
    static let matches = """
        SET session_replication_role = replica;
        SET search_path = consilium;
        WITH able AS (
            SELECT id, row_number() OVER (ORDER BY md5(id::text)) AS nth FROM specialist
        ), waiting AS (
            SELECT id, row_number() OVER (ORDER BY id) AS nth FROM clinical_case WHERE state = 'ready'
        ), counted AS (
            SELECT count(*) AS total, least(count(*), \(mostAble)) AS named FROM specialist
        )
        INSERT INTO match (id, case_id, rules_version, input_digest, input, result, ranking)
        SELECT gen_random_uuid(), w.id, 1, sha256(w.id::text::bytea), decode(repeat(md5(w.id::text), 16), 'hex'),
            decode(repeat(md5(w.id::text), 64), 'hex'), array_agg(a.id ORDER BY place)
        FROM waiting w, counted c, generate_series(1, c.named) place,
            able a WHERE a.nth = 1 + (w.nth + place * (c.total / c.named)) % c.total
        GROUP BY w.id;
        """
}
