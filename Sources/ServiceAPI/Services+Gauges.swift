package import HTTPServer
import Identity
import Outbox

extension Services {
    /// The workers' jobs, and the specialists who wait for an operator or have not accepted yet.
    package static let gauges = StoredGauges(
        help: [
            "jobs": "Jobs of the workers, by how they stand.",
            "jobs_oldest_due_seconds": "How long the oldest due job has waited.",
            "specialist_proposals": "Specialists who are not let in yet: proposed, or approved and invited.",
        ],
        series: ["due", "running", "retrying", "refused", "buried", "set_aside"].map { ("jobs", [("state", $0)]) }
            + [("jobs_oldest_due_seconds", [])]
            + ["proposed", "approved"].map { ("specialist_proposals", [("state", $0)]) }
    ) { tx in
        let jobs = try await Outbox().backlog(in: tx)
        let proposals = try await SpecialistProposals.backlog(in: tx)
        let counts = [
            jobs.due, jobs.running, jobs.retrying, jobs.refused, jobs.buried, jobs.setAside,
        ]
        return counts.map(Double.init) + [jobs.oldestSeconds]
            + [proposals.proposed, proposals.approved].map(Double.init)
    }
}
