-- The audit log: one hash chain for each case, each account and the programme, so that no lock is shared by all cases. An
-- entry's hash covers the hash before it. The worker copies the heads of the chains out of the database, because otherwise
-- nobody would notice that entries were cut off from the end of a chain. `consilium audit verify` computes everything again.

CREATE TABLE consilium.audit_head (
    chain_kind consilium.word NOT NULL
        CONSTRAINT audit_head_chain_kind_known CHECK (chain_kind IN ('case', 'account', 'programme')),
    chain_id uuid NOT NULL,
    seq bigint NOT NULL CONSTRAINT audit_head_seq_not_negative CHECK (seq >= 0),
    hash bytea NOT NULL CONSTRAINT audit_head_hash_length CHECK (octet_length(hash) = 32),
    changed_at timestamptz NOT NULL,
    PRIMARY KEY (chain_kind, chain_id)
);
COMMENT ON TABLE consilium.audit_head IS
    'The last entry of each hash chain. It is the last lock that a transaction takes. The worker copies the heads out of the '
    'database.';
COMMENT ON COLUMN consilium.audit_head.seq IS 'How many entries the chain has.';
COMMENT ON COLUMN consilium.audit_head.hash IS 'SHA-256: the hash of the last entry.';
-- What moved since the last checkpoint.
CREATE INDEX audit_head_changed ON consilium.audit_head (changed_at);
SELECT consilium.enable_row_security('consilium.audit_head');
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON consilium.audit_head EXECUTE FUNCTION consilium.refuse_change();
-- The worker copies the heads out; it reads no entry.
GRANT SELECT ON consilium.audit_head TO consilium_worker;
CREATE POLICY worker_select_all ON consilium.audit_head FOR SELECT TO consilium_worker USING (true);

CREATE TABLE consilium.audit_entry (
    chain_kind consilium.word NOT NULL,
    chain_id uuid NOT NULL,
    seq bigint NOT NULL CONSTRAINT audit_entry_seq_positive CHECK (seq > 0),
    at timestamptz NOT NULL,
    actor_id uuid,
    action consilium.word NOT NULL,
    subject_id uuid NOT NULL,
    items integer NOT NULL DEFAULT 1 CONSTRAINT audit_entry_items_not_negative CHECK (items >= 0),
    hash bytea NOT NULL CONSTRAINT audit_entry_hash_length CHECK (octet_length(hash) = 32),
    PRIMARY KEY (chain_kind, chain_id, seq)
);
COMMENT ON TABLE consilium.audit_entry IS
    'Append only. An entry''s hash covers the hash before it and audit_bytes of its own fields.';
COMMENT ON COLUMN consilium.audit_entry.actor_id IS 'Who acted. NULL: the system itself (the worker, an operator''s command).';
COMMENT ON COLUMN consilium.audit_entry.action IS
    'What was read or written, as read.record or appointment.created:booked. A read by emergency access begins with '
    'read.emergency.';
COMMENT ON COLUMN consilium.audit_entry.hash IS 'SHA-256 over the hash before it and audit_bytes; zeros stand before the first.';
COMMENT ON COLUMN consilium.audit_entry.items IS 'How many things a delivered list or range held.';
SELECT consilium.enable_row_security('consilium.audit_entry');
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON consilium.audit_entry
    FOR EACH ROW EXECUTE FUNCTION consilium.refuse_change();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON consilium.audit_entry EXECUTE FUNCTION consilium.refuse_change();
-- Who may read a case's entries follows from the parts of a case.
GRANT SELECT ON consilium.audit_entry TO consilium_app;

CREATE TABLE consilium.audit_source (
    chain_kind consilium.word NOT NULL,
    chain_id uuid NOT NULL,
    seq bigint NOT NULL,
    source_id uuid NOT NULL,
    PRIMARY KEY (chain_kind, chain_id, seq),
    FOREIGN KEY (chain_kind, chain_id, seq) REFERENCES consilium.audit_entry
);
COMMENT ON TABLE consilium.audit_source IS
    'From where the write of an entry was made. It is outside the hash, and what it leads to is sealed by the person''s key: '
    'a person can be forgotten and the chain stays whole.';
COMMENT ON COLUMN consilium.audit_source.source_id IS 'An id of request_source.';
SELECT consilium.enable_row_security('consilium.audit_source');
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON consilium.audit_source
    FOR EACH ROW EXECUTE FUNCTION consilium.refuse_change();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON consilium.audit_source EXECUTE FUNCTION consilium.refuse_change();
-- Only the person themselves reads from where they acted; request_source has the same rule.
GRANT SELECT ON consilium.audit_source TO consilium_app;
CREATE POLICY app_select_own_chain ON consilium.audit_source FOR SELECT TO consilium_app
    USING (chain_kind = 'account' AND chain_id = (SELECT consilium.actor()));

-- The bytes an entry's hash is taken over, after the 32 bytes of the hash before it (zeros for the first).
-- Every field is free of '|': ids, words, and microseconds since 1970. STABLE, as concat_ws is, so that it is inlined.
CREATE FUNCTION consilium.audit_bytes(
    chain_kind text, chain_id uuid, seq bigint, at timestamptz, actor_id uuid, action text, subject_id uuid, items integer
) RETURNS bytea
LANGUAGE sql STABLE
RETURN convert_to(
    concat_ws('|', chain_kind, chain_id, seq, (extract(epoch FROM at) * 1000000)::bigint,
        coalesce(actor_id::text, '-'), action, subject_id, items),
    'UTF8');

-- Locks a chain's head, which may be new.
CREATE FUNCTION consilium.audit_lock(the_kind text, the_chain uuid) RETURNS consilium.audit_head
LANGUAGE plpgsql SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
DECLARE
    head audit_head;
BEGIN
    INSERT INTO audit_head (chain_kind, chain_id, seq, hash, changed_at)
    VALUES (the_kind, the_chain, 0, decode(repeat('00', 32), 'hex'), clock_timestamp())
    ON CONFLICT DO NOTHING;
    SELECT * INTO STRICT head FROM audit_head h
    WHERE h.chain_kind = the_kind AND h.chain_id = the_chain FOR NO KEY UPDATE;
    RETURN head;
END
$$;

-- Appends one entry and returns its place. Its head is the last lock a transaction takes.
CREATE FUNCTION consilium.audit_append(
    the_kind text, the_chain uuid, who uuid, what text, subject uuid, how_many integer
) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
DECLARE
    head audit_head := audit_lock(the_kind, the_chain);
    now timestamptz := clock_timestamp();
    next_hash bytea;
BEGIN
    next_hash := sha256(
        head.hash || audit_bytes(the_kind, the_chain, head.seq + 1, now, who, what, subject, how_many));
    INSERT INTO audit_entry (chain_kind, chain_id, seq, at, actor_id, action, subject_id, items, hash)
    VALUES (the_kind, the_chain, head.seq + 1, now, who, what, subject, how_many, next_hash);
    UPDATE audit_head h SET seq = head.seq + 1, hash = next_hash, changed_at = now
    WHERE h.chain_kind = the_kind AND h.chain_id = the_chain;
    RETURN head.seq + 1;
END
$$;

-- Locks the heads of the chains that the transaction noted, in their order.
CREATE FUNCTION consilium.audit_lock_noted() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
DECLARE
    chains text[] := string_to_array(current_setting('consilium.audit_chains', true), ' ');
BEGIN
    IF cardinality(chains) > 1 THEN
        PERFORM audit_lock(c.kind, c.id) FROM (
            SELECT split_part(chain, ':', 1) AS kind, split_part(chain, ':', 2)::uuid AS id FROM unnest(chains) chain
            ORDER BY 1, 2) c;
        PERFORM set_config('consilium.audit_chains', '', true);
    END IF;
END
$$;

-- Every write to a table that carries this trigger leaves an entry, whoever writes. It is deferred to the commit,
-- so that the heads are locked last; the first entry of a transaction locks all heads that the transaction needs, in
-- their order, so that two of them never wait for each other. Arguments: the chain's kind, the column with the chain's
-- id, the column with the subject's id, and a verb in place of the statement's. Of an account's entries, and of parts in
-- cases, it is kept from where the write was made (set_config('consilium.source', …, true)).
CREATE FUNCTION consilium.audit_write() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
DECLARE
    now_row jsonb := to_jsonb(CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END);
    verb text := CASE TG_OP WHEN 'INSERT' THEN 'created' WHEN 'UPDATE' THEN 'changed' ELSE 'removed' END;
    source uuid := nullif(current_setting('consilium.source', true), '')::uuid;
    place bigint;
BEGIN
    PERFORM audit_lock_noted();
    place := audit_append(
        TG_ARGV[0], (now_row ->> TG_ARGV[1])::uuid, actor(),
        TG_TABLE_NAME || '.' || coalesce(TG_ARGV[3], verb) || coalesce(':' || (now_row ->> 'state'), ''),
        (now_row ->> TG_ARGV[2])::uuid, 1);
    IF source IS NOT NULL AND (TG_ARGV[0] = 'account' OR TG_TABLE_NAME = 'case_part') THEN
        INSERT INTO audit_source (chain_kind, chain_id, seq, source_id)
        VALUES (TG_ARGV[0], (now_row ->> TG_ARGV[1])::uuid, place, source);
    END IF;
    RETURN NULL;
END
$$;

-- Notes, at the write itself, which chain the transaction will append to: only the order of locks follows from it.
CREATE FUNCTION consilium.audit_note() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    chain text := TG_ARGV[0] || ':' || (to_jsonb(CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END) ->> TG_ARGV[1]);
    noted text := coalesce(current_setting('consilium.audit_chains', true), '');
BEGIN
    IF strpos(noted, chain) = 0 THEN
        PERFORM set_config('consilium.audit_chains', concat_ws(' ', nullif(noted, ''), chain), true);
    END IF;
    RETURN NULL;
END
$$;

-- The chains of one kind that the transaction has written to so far, as noted for its own entries.
CREATE FUNCTION consilium.noted_chains(kind text) RETURNS SETOF uuid
LANGUAGE sql STABLE AS $$
    SELECT split_part(chain, ':', 2)::uuid
    FROM string_to_table(nullif(current_setting('consilium.audit_chains', true), ''), ' ') chain
    WHERE starts_with(chain, kind || ':')
$$;
GRANT EXECUTE ON FUNCTION consilium.noted_chains(text) TO consilium_app;

-- Adds both triggers to a table, and refuses to truncate it.
CREATE FUNCTION consilium.audited(target regclass, chain_kind text, chain_column text, subject_column text)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format(
        'CREATE CONSTRAINT TRIGGER audited AFTER INSERT OR UPDATE OR DELETE ON %s '
        'DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION consilium.audit_write(%L, %L, %L)',
        target, chain_kind, chain_column, subject_column);
    EXECUTE format(
        'CREATE TRIGGER audit_noted AFTER INSERT OR UPDATE OR DELETE ON %s '
        'FOR EACH ROW EXECUTE FUNCTION consilium.audit_note(%L, %L)', target, chain_kind, chain_column);
    EXECUTE format(
        'CREATE TRIGGER no_truncate BEFORE TRUNCATE ON %s EXECUTE FUNCTION consilium.refuse_change()', target);
END
$$;
