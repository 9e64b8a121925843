import Foundation
import Glibc
import Rig
import Synchronization

/// Workers that are killed, and the jobs that they leave behind. A trigger beside the service notes who claims what, when.
final class Workers: Sendable {
    private struct Worker {
        /// As PostgreSQL knows its connections.
        let name: String
        let program: Program
    }

    private let rig: Rig
    private let server: SMTPServer
    private let gate: Gate
    private let workers = Mutex<[Worker]>([])
    private let started = Atomic(0)
    private let acknowledgesFirst = Atomic(false)

    /// - Parameter gate: which the mails to `server` pass.
    init(_ rig: Rig, _ server: SMTPServer, _ gate: Gate) throws {
        self.rig = rig
        self.server = server
        self.gate = gate
        try rig.cluster.sql(Self.notebook)
        for number in 0..<rig.plan.workers {
            let worker = try start(number)
            workers.withLock { $0.append(worker) }
        }
    }

    private func start(_ number: Int) throws -> Worker {
        let name = "worker-\(started.add(1, ordering: .relaxed).newValue)"
        let program = try rig.launch(
            "worker", number,
            settings: [
                "CONSILIUM_DATABASE_CONNINFO":
                    "host=\(rig.cluster.socket) dbname=consilium application_name=\(name)"
            ])
        return Worker(name: name, program: program)
    }

    /// From now on what a killed worker held counts as done: as if a worker acknowledged a job when it takes it. No mail
    /// passes while a worker is killed.
    func acknowledgeFirst() { acknowledgesFirst.store(true, ordering: .relaxed) }

    /// Kills a worker once so many more mails were taken and it holds a job, notes what it holds, and starts another.
    /// - Parameter waitsForLeases: whether what it held is free when its leases have run out, or at once.
    func kill(_ number: Int, afterMails mails: Int, waitsForLeases: Bool) throws {
        let worker = workers.withLock { $0[number] }
        let isControl = acknowledgesFirst.load(ordering: .relaxed)
        let before = server.taken.count
        try until("mails") { server.taken.count >= before + mails }
        defer { gate.open() }
        if isControl {
            gate.shut()
            try until("every mail that is under way to wait before the gate") {
                let running = try rig.cluster.count("SELECT count(*) FROM consilium.job WHERE state = 'running'")
                return try gate.waiting == running && !rig.cluster.sql(held(by: worker)).isEmpty
            }
        }
        _ = try freeze(worker, holding: 1)
        try worker.program.murder()
        try waitForSilence(of: worker)
        if isControl {
            try rig.cluster.sql(
                """
                UPDATE consilium.job j SET state = 'done', finished_at = clock_timestamp(), worker_id = NULL,
                    lease_until = NULL
                FROM (\(held(by: worker))) held WHERE held.id = j.id
                """)
        } else {
            try rig.cluster.sql("INSERT INTO rig.orphan (job, fence) \(held(by: worker))")
            if !waitsForLeases {
                try rig.cluster.sql(
                    """
                    UPDATE consilium.job j SET lease_until = clock_timestamp()
                    FROM (\(held(by: worker))) held WHERE held.id = j.id
                    """)
            }
        }
        let next = try start(number)
        workers.withLock { $0[number] = next }
    }

    /// How one left.
    struct Leave: Sendable {
        /// Jobs that it held just before the signal, and after its end.
        var held: Int
        var leases: Int
        var seconds: Double
        var code: Int32
    }

    /// Sends the signal to a worker that holds jobs, waits for its end, and starts another.
    func stop(_ number: Int, by signal: Int32) throws -> Leave {
        let worker = workers.withLock { $0[number] }
        gate.shut()
        defer { gate.open() }
        let held = try freeze(worker, holding: 3)
        let began = ContinuousClock.now
        worker.program.signal(signal)
        worker.program.signal(SIGCONT)
        gate.open()
        let code = try worker.program.wait()
        let seconds = (ContinuousClock.now - began) / .seconds(1)
        try waitForSilence(of: worker)
        let leases = try rig.cluster.sql(self.held(by: worker)).count
        let next = try start(number)
        workers.withLock { $0[number] = next }
        return Leave(held: held, leases: leases, seconds: seconds, code: code)
    }

    /// The jobs whose lease a worker has.
    private func held(by worker: Worker) -> String {
        """
        SELECT j.id, j.fence FROM consilium.job j JOIN rig.claim c ON c.job = j.id AND c.fence = j.fence
        WHERE c.program = '\(worker.name)' AND j.state = 'running'
        """
    }

    /// Stops a worker in its tracks while it holds so many jobs: none of them ends before the signal that comes next.
    /// - Returns: how many it holds.
    private func freeze(_ worker: Worker, holding jobs: Int) throws -> Int {
        var count = 0
        try until("\(worker.name) to hold \(jobs) jobs") {
            guard try rig.cluster.sql(held(by: worker)).count >= jobs else { return false }
            worker.program.signal(SIGSTOP)
            try waitForRest(of: worker)
            count = try rig.cluster.sql(held(by: worker)).count
            if count < jobs { worker.program.signal(SIGCONT) }
            return count >= jobs
        }
        return count
    }

    /// What a worker that stands still had asked of the database is still being done; but for what waits for a lock
    /// that another of its transactions has.
    private func waitForRest(of worker: Worker) throws {
        try until("the statements of \(worker.name) to end") {
            try rig.cluster.count(
                """
                SELECT count(*) FROM pg_stat_activity WHERE application_name = '\(worker.name)' AND state = 'active'
                    AND wait_event_type IS DISTINCT FROM 'Lock'
                """) == 0
        }
    }

    /// What it had sent to the database before its end is still being done.
    private func waitForSilence(of worker: Worker) throws {
        try until("the end of the connections of \(worker.name)") {
            try rig.cluster.count(
                "SELECT count(*) FROM pg_stat_activity WHERE application_name = '\(worker.name)'") == 0
        }
    }

    struct Orphans {
        var count: Int
        /// Those that another worker claimed.
        var resumed: Int
        /// Those of which it was believed that they had killed two workers: they wait for an operator.
        var setAside: Int
        /// The longest time from a kill to another worker's claim, in seconds, of those that were not set aside.
        var worst: Double
    }

    func orphans() throws -> Orphans {
        let row =
            try rig.cluster.sql(
                """
                SELECT count(*), count(n.at), count(s.job),
                    coalesce(max(extract(epoch FROM n.at - o.killed_at)) FILTER (WHERE s.job IS NULL), 0)
                FROM rig.orphan o LEFT JOIN rig.set_aside s USING (job, fence) LEFT JOIN LATERAL (
                    SELECT min(c.at) AS at FROM rig.claim c WHERE c.job = o.job AND c.fence > o.fence) n ON true
                """
            ).first ?? []
        guard row.count == 4, let count = Int(row[0]), let resumed = Int(row[1]), let setAside = Int(row[2]),
            let worst = Double(row[3])
        else {
            throw RigFailure.command("psql", output: "\(row)")
        }
        return Orphans(count: count, resumed: resumed, setAside: setAside, worst: worst)
    }

    private static let notebook = """
        CREATE SCHEMA rig;
        CREATE TABLE rig.claim (
            job uuid, fence bigint, program text DEFAULT current_setting('application_name'),
            at timestamptz DEFAULT clock_timestamp(), PRIMARY KEY (job, fence));
        CREATE TABLE rig.orphan (job uuid, fence bigint, killed_at timestamptz DEFAULT clock_timestamp());
        CREATE FUNCTION rig.note_claim() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
            BEGIN
                INSERT INTO rig.claim (job, fence) VALUES (NEW.id, NEW.fence);
                RETURN NULL;
            END $$;
        CREATE TRIGGER note_claim AFTER UPDATE OF fence ON consilium.job
            FOR EACH ROW EXECUTE FUNCTION rig.note_claim();
        CREATE TABLE rig.set_aside (job uuid, fence bigint);
        CREATE FUNCTION rig.note_set_aside() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
            BEGIN
                INSERT INTO rig.set_aside (job, fence) VALUES (NEW.id, NEW.fence);
                RETURN NULL;
            END $$;
        CREATE TRIGGER note_set_aside AFTER UPDATE OF not_before ON consilium.job
            FOR EACH ROW WHEN (NEW.not_before = 'infinity') EXECUTE FUNCTION rig.note_set_aside();
        """
}

/// Whatever passes it waits while it is shut.
final class Gate: Sendable {
    private let isShut = Atomic(false)
    private let count = Atomic(0)

    /// How many wait.
    var waiting: Int { count.load(ordering: .relaxed) }

    func shut() { isShut.store(true, ordering: .relaxed) }
    func open() { isShut.store(false, ordering: .relaxed) }

    func pass() {
        count.add(1, ordering: .relaxed)
        while isShut.load(ordering: .relaxed) { usleep(1_000) }
        count.subtract(1, ordering: .relaxed)
    }
}
