-- Threads, messages in a gapless sequence, and how far each person has read.

CREATE TABLE consilium.thread (
    id uuid PRIMARY KEY,
    case_id uuid NOT NULL REFERENCES consilium.clinical_case,
    kind consilium.word NOT NULL CONSTRAINT thread_kind_known CHECK (kind IN ('care', 'staff')),
    last_seq integer NOT NULL DEFAULT 0,
    CONSTRAINT thread_one_of_kind UNIQUE (case_id, kind)
);
COMMENT ON TABLE consilium.thread IS 'The two conversations of each case: with the patient''s side, and of the staff.';
COMMENT ON COLUMN consilium.thread.last_seq IS
    'The number of the last entry. It is raised, which locks the thread, and then used.';
SELECT consilium.enable_row_security('consilium.thread');
GRANT SELECT, UPDATE (last_seq) ON consilium.thread TO consilium_app;
CREATE POLICY app_all_reader ON consilium.thread TO consilium_app USING (
    EXISTS (SELECT FROM consilium.case_part p WHERE p.case_id = thread.case_id
        AND p.account_id = (SELECT consilium.actor()) AND p.until IS NULL AND p.reads_case
        AND (thread.kind = 'care' OR p.part IN ('specialist', 'coordinator'))));
-- Who must be told of a new message: numbers and people, never its text.
GRANT SELECT ON consilium.thread TO consilium_worker;
CREATE POLICY worker_select_all ON consilium.thread FOR SELECT TO consilium_worker USING (true);
CREATE POLICY app_select_emergency ON consilium.thread FOR SELECT TO consilium_app
    USING (kind = 'care' AND case_id IN (SELECT consilium.emergency_cases()));

CREATE TABLE consilium.message (
    thread_id uuid NOT NULL REFERENCES consilium.thread,
    seq integer NOT NULL CONSTRAINT message_seq_positive CHECK (seq > 0),
    id uuid NOT NULL CONSTRAINT message_id_unique UNIQUE,
    case_id uuid NOT NULL REFERENCES consilium.clinical_case,
    staff_only boolean NOT NULL,
    kind consilium.word NOT NULL CONSTRAINT message_kind_known CHECK (kind IN ('text', 'revealed')),
    author_id uuid REFERENCES consilium.account,
    reveals_prior boolean NOT NULL,
    urgent boolean NOT NULL DEFAULT false,
    body bytea,
    opens integer[],
    sent_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (thread_id, seq),
    CONSTRAINT message_text_has_body_and_author
        CHECK ((kind = 'text') = (body IS NOT NULL) AND (kind = 'text') = (author_id IS NOT NULL)),
    CONSTRAINT message_revealed_names_entries CHECK ((kind = 'revealed') = (opens IS NOT NULL))
);
COMMENT ON TABLE consilium.message IS 'The entries of a thread, numbered without a gap.';
COMMENT ON COLUMN consilium.message.kind IS
    'text: written by a person. revealed: names earlier entries that were withheld from a blinded specialist and are not any '
    'more; until then these show as their number alone.';
COMMENT ON COLUMN consilium.message.reveals_prior IS
    'Whether it reveals the earlier opinion, and is withheld from a blinded specialist.';
COMMENT ON COLUMN consilium.message.body IS 'Sealed by the case key.';
COMMENT ON COLUMN consilium.message.opens IS 'The numbers of the entries that a revealed entry opens.';
SELECT consilium.enable_row_security('consilium.message');
SELECT consilium.audited('consilium.message', 'case', 'case_id', 'id');
GRANT SELECT, INSERT (thread_id, seq, id, case_id, staff_only, kind, author_id, reveals_prior, urgent, body)
    ON consilium.message TO consilium_app;
CREATE POLICY app_select_reader ON consilium.message FOR SELECT TO consilium_app USING (
    EXISTS (SELECT FROM consilium.case_part p WHERE p.case_id = message.case_id
        AND p.account_id = (SELECT consilium.actor()) AND p.until IS NULL AND p.reads_case
        AND (p.sees_prior OR NOT message.reveals_prior OR message.author_id = p.account_id)
        AND (NOT message.staff_only OR p.part IN ('specialist', 'coordinator'))));
CREATE POLICY app_insert_own ON consilium.message FOR INSERT TO consilium_app WITH CHECK (
    author_id = (SELECT consilium.actor()) AND kind = 'text'
    AND EXISTS (SELECT FROM consilium.thread t WHERE t.id = message.thread_id AND t.case_id = message.case_id
        AND t.last_seq = message.seq AND message.staff_only = (t.kind = 'staff')));
CREATE POLICY app_select_emergency ON consilium.message FOR SELECT TO consilium_app
    USING (NOT staff_only AND case_id IN (SELECT consilium.emergency_cases()));

-- A thread has no gap: its number rises by one, and at the commit the entry of that number is there.
CREATE FUNCTION consilium.enforce_gapless() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
BEGIN
    IF (CASE TG_WHEN WHEN 'BEFORE' THEN NEW.last_seq <> OLD.last_seq + 1 ELSE NOT EXISTS (
        SELECT FROM message m WHERE m.thread_id = NEW.id AND m.seq = NEW.last_seq) END) THEN
        RAISE EXCEPTION 'gap' USING
            ERRCODE = 'check_violation', CONSTRAINT = 'thread_gapless', TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER rises_by_one BEFORE UPDATE OF last_seq ON consilium.thread
    FOR EACH ROW EXECUTE FUNCTION consilium.enforce_gapless();
CREATE CONSTRAINT TRIGGER gapless AFTER UPDATE OF last_seq ON consilium.thread
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION consilium.enforce_gapless();

CREATE TABLE consilium.read_marker (
    thread_id uuid NOT NULL REFERENCES consilium.thread,
    account_id uuid NOT NULL REFERENCES consilium.account,
    case_id uuid NOT NULL REFERENCES consilium.clinical_case,
    seq integer NOT NULL CONSTRAINT read_marker_seq_not_negative CHECK (seq >= 0),
    marked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (thread_id, account_id)
);
COMMENT ON TABLE consilium.read_marker IS 'How far each person has read a thread.';
SELECT consilium.enable_row_security('consilium.read_marker');
GRANT SELECT, INSERT, UPDATE (seq, marked_at) ON consilium.read_marker TO consilium_app;
CREATE POLICY app_select_reader ON consilium.read_marker FOR SELECT TO consilium_app USING (
    EXISTS (SELECT FROM consilium.thread t WHERE t.id = read_marker.thread_id));
CREATE POLICY app_all_own ON consilium.read_marker TO consilium_app
    USING (account_id = (SELECT consilium.actor()))
    WITH CHECK (account_id = (SELECT consilium.actor())
        AND EXISTS (SELECT FROM consilium.thread t WHERE t.id = read_marker.thread_id AND t.case_id = read_marker.case_id));
GRANT SELECT ON consilium.read_marker TO consilium_worker;
CREATE POLICY worker_select_all ON consilium.read_marker FOR SELECT TO consilium_worker USING (true);

-- Every case has both threads from the start.
CREATE FUNCTION consilium.make_threads() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
BEGIN
    INSERT INTO thread (id, case_id, kind)
    VALUES (gen_random_uuid(), NEW.id, 'care'), (gen_random_uuid(), NEW.id, 'staff');
    RETURN NULL;
END
$$;
CREATE TRIGGER creates_threads AFTER INSERT ON consilium.clinical_case
    FOR EACH ROW EXECUTE FUNCTION consilium.make_threads();

-- When a specialist's blind opens, each thread says which of its entries opened.
CREATE FUNCTION consilium.reveal_messages() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
DECLARE
    the_thread thread;
    withheld integer[];
BEGIN
    FOR the_thread IN
        SELECT * FROM thread t WHERE t.case_id = NEW.case_id ORDER BY t.id FOR NO KEY UPDATE
    LOOP
        SELECT array_agg(m.seq ORDER BY m.seq) INTO withheld FROM message m
        WHERE m.thread_id = the_thread.id AND m.reveals_prior;
        IF withheld IS NOT NULL THEN
            UPDATE thread SET last_seq = last_seq + 1 WHERE id = the_thread.id;
            INSERT INTO message (thread_id, seq, id, case_id, staff_only, kind, reveals_prior, opens)
            VALUES (the_thread.id, the_thread.last_seq + 1, gen_random_uuid(), NEW.case_id,
                the_thread.kind = 'staff', 'revealed', false, withheld);
        END IF;
    END LOOP;
    RETURN NULL;
END
$$;
CREATE TRIGGER reveals_messages AFTER UPDATE ON consilium.case_part
    FOR EACH ROW WHEN (NEW.part = 'specialist' AND OLD.part = 'specialist' AND NEW.sees_prior AND NOT OLD.sees_prior)
    EXECUTE FUNCTION consilium.reveal_messages();

-- Nothing that is written to the programme stays unread: where no specialist who may read it takes part, and in the staff
-- thread no coordinator, the coordinators get a task, one for each thread, until somebody of the programme who may read it
-- writes there. The coordinators of a case that is over may have left: those of now take part in it again. A case that was
-- never submitted is its patient's own.
CREATE FUNCTION consilium.ask_for_answer() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
DECLARE
    author case_part;
BEGIN
    SELECT * INTO author FROM case_part p WHERE p.case_id = NEW.case_id AND p.account_id = NEW.author_id;
    IF author.part = 'coordinator'
        OR author.part IN ('specialist', 'colleague') AND NOT NEW.staff_only AND author.sees_prior THEN
        UPDATE task SET state = 'done', done_by = actor(), done_at = clock_timestamp()
        WHERE kind = 'answer_message' AND case_id = NEW.case_id AND subject_id = NEW.thread_id AND state = 'open';
    ELSIF EXISTS (SELECT FROM clinical_case c WHERE c.id = NEW.case_id AND c.submitted_at IS NOT NULL)
        AND NOT EXISTS (SELECT FROM case_part p
            WHERE p.case_id = NEW.case_id AND p.until IS NULL AND p.reads_case AND (p.sees_prior OR NOT NEW.reveals_prior)
                AND p.part = ANY (CASE WHEN NEW.staff_only THEN '{coordinator}' ELSE '{specialist,colleague}' END::text[]))
    THEN
        IF NOT EXISTS (SELECT FROM case_part p
            WHERE p.case_id = NEW.case_id AND p.part = 'coordinator' AND p.until IS NULL) THEN
            PERFORM add_coordinators(NEW.case_id);
        END IF;
        INSERT INTO task (id, case_id, subject_id, kind, state, due_at)
        VALUES (gen_random_uuid(), NEW.case_id, NEW.thread_id, 'answer_message', 'open',
            clock_timestamp() + interval '1 day')
        ON CONFLICT DO NOTHING;
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER ask_for_answer AFTER INSERT ON consilium.message
    FOR EACH ROW WHEN (NEW.kind = 'text') EXECUTE FUNCTION consilium.ask_for_answer();

-- What was written in a draft is answered after its submission.
CREATE FUNCTION consilium.ask_for_draft_answer() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
BEGIN
    -- Waits for messages that are being written: they do not see the submission.
    PERFORM FROM thread t WHERE t.case_id = NEW.id ORDER BY t.id FOR NO KEY UPDATE;
    INSERT INTO task (id, case_id, subject_id, kind, state, due_at)
    SELECT gen_random_uuid(), NEW.id, t.id, 'answer_message', 'open', clock_timestamp() + interval '1 day'
    FROM thread t WHERE t.case_id = NEW.id AND EXISTS (SELECT FROM message m WHERE m.thread_id = t.id)
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;
CREATE TRIGGER ask_for_draft_answer AFTER UPDATE OF state ON consilium.clinical_case
    FOR EACH ROW WHEN (OLD.state = 'draft' AND NEW.state = 'submitted')
    EXECUTE FUNCTION consilium.ask_for_draft_answer();

-- When a specialist leaves, the coordinators answer what nobody of the programme has read.
CREATE FUNCTION consilium.ask_for_unread() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
BEGIN
    INSERT INTO task (id, case_id, subject_id, kind, state, due_at)
    SELECT gen_random_uuid(), t.case_id, t.id, 'answer_message', 'open', clock_timestamp() + interval '1 day'
    FROM thread t WHERE t.case_id = NEW.case_id AND t.kind = 'care'
        AND NOT EXISTS (SELECT FROM case_part p WHERE p.case_id = t.case_id AND p.until IS NULL
            AND p.part IN ('specialist', 'colleague'))
        AND EXISTS (SELECT FROM message m JOIN case_part a ON a.case_id = m.case_id AND a.account_id = m.author_id
            WHERE m.thread_id = t.id AND m.kind = 'text' AND a.part IN ('patient', 'caregiver', 'treating_clinician')
                AND m.seq > coalesce((SELECT max(k.seq) FROM read_marker k JOIN case_part p
                    ON p.case_id = k.case_id AND p.account_id = k.account_id
                    WHERE k.thread_id = t.id AND p.part IN ('specialist', 'colleague', 'coordinator')), 0))
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;
CREATE TRIGGER ask_for_unread AFTER UPDATE OF until ON consilium.case_part
    FOR EACH ROW WHEN (NEW.part IN ('specialist', 'colleague') AND OLD.until IS NULL AND NEW.until IS NOT NULL)
    EXECUTE FUNCTION consilium.ask_for_unread();

-- Which of these threads have news for these readers: an entry after the last that each was told, marks with another sum, or
-- that the thread is not theirs any more. Returned by their places in the lists; what the news is, the readers read by
-- themselves.
CREATE FUNCTION consilium.thread_news(
    cases uuid[], kinds text[], readers uuid[], afters bigint[], marks bigint[]
) RETURNS SETOF bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
BEGIN
    RETURN QUERY SELECT w.place
    FROM unnest(cases, kinds, readers, afters, marks)
            WITH ORDINALITY w (the_case, kind, reader, after, marks_delivered, place)
        LEFT JOIN thread t ON t.case_id = w.the_case AND t.kind = w.kind
    WHERE t.id IS NULL OR t.last_seq > w.after
        OR w.marks_delivered <> (SELECT coalesce(sum(k.seq), 0) FROM read_marker k WHERE k.thread_id = t.id)
        OR NOT reads_now(w.reader, w.the_case)
        OR w.kind <> 'care' AND NOT EXISTS (SELECT FROM case_part p WHERE p.case_id = w.the_case
            AND p.account_id = w.reader AND p.until IS NULL AND p.part IN ('specialist', 'coordinator'));
END
$$;
GRANT EXECUTE ON FUNCTION consilium.thread_news(uuid[], text[], uuid[], bigint[], bigint[]) TO consilium_app;
