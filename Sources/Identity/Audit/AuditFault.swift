/// The first thing that is wrong with a chain of the audit log.
package struct AuditFault: Sendable, Equatable, CustomStringConvertible {
    package let chain: AuditChain
    /// The place in the chain's sequence.
    package let seq: Int64
    package let kind: Kind

    /// What was done to the log, as far as it shows.
    package enum Kind: String, Sendable, CaseIterable {
        /// The entry's hash is not that of its content behind the entry before it.
        case altered
        /// The sequence has a hole here.
        case removed
        /// The entry stands in another's place.
        case reordered
        /// The entry was put between two that belong together, or behind the last.
        case inserted
        /// This entry and what came after it are gone, though the head, or a checkpoint, has seen it.
        case cutOff = "cut off"
        /// The entries agree, and the head says something else.
        case headAltered = "unlike the chain's head"
        /// A checkpoint outside of the database has seen another entry here: the chain was rewritten, here or before.
        case rewritten
        /// A checkpoint's own seal is broken.
        case checkpointForged = "vouched for by a checkpoint that is not ours"
    }

    package var description: String { "\(chain.kind) \(chain.id.lower): entry \(seq) is \(kind.rawValue)" }
}

/// What a verification found.
package struct AuditReport: Sendable, Equatable {
    package var chains = 0
    package var entries = 0
    package var checkpoints = 0
    /// Entries behind the last checkpoint of their chain: that none of them was cut off or rewritten is not proved.
    package var unwitnessed = 0
    /// The first fault of each chain that has one.
    package var faults: [AuditFault] = []

    package init() {}

    package var isClean: Bool { faults.isEmpty }
}
