/// The first thing that is wrong with a chain of the audit log.
package struct AuditFault: Sendable, Equatable, CustomStringConvertible {
    package let chain: AuditChain
    /// The place in the chain's sequence.
    package let seq: Int64
    package let kind: Kind

    /// What was done to the log, as far as it can be told.
    package enum Kind: String, Sendable, CaseIterable {
        /// The entry's hash does not match its content and the entry before it.
        case altered
        /// The sequence has a gap here.
        case removed
        /// The entry is in another entry's place.
        case reordered
        /// The entry was inserted between two others, or after the last.
        case inserted
        /// This entry and those after it are gone, although the head, or a checkpoint, has seen it.
        case cutOff = "cut off"
        /// The entries agree, but the head differs.
        case headAltered = "unlike the chain's head"
        /// A checkpoint outside of the database has seen another entry here: the chain was rewritten, here or earlier.
        case rewritten
        /// The checkpoint was not made with the keyring.
        case checkpointForged = "vouched for by a checkpoint that is not ours"
    }

    package var description: String { "\(chain.kind) \(chain.id.lower): entry \(seq) is \(kind.rawValue)" }
}

/// What a verification found.
package struct AuditReport: Sendable, Equatable {
    package var chains = 0
    package var entries = 0
    package var checkpoints = 0
    /// Entries after the last checkpoint of their chain: it is not proved that none of them was cut off or rewritten.
    package var unwitnessed = 0
    /// The first fault of each chain that has one.
    package var faults: [AuditFault] = []

    package init() {}

    package var isClean: Bool { faults.isEmpty }
}
