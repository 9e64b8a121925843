import Clinic
import FoundationEssentials
import Vault

/// Walks over all entries, chain by chain, and finds the first fault of each chain. It reads nothing itself.
struct AuditChainVerifier {
    /// An entry that does not follow the one before it, and the hash before it.
    struct Suspect {
        let entry: AuditEntry
        let previous: [UInt8]
    }

    /// A chain that was walked to its end.
    struct Ended {
        let chain: AuditChain
        let seq: Int64
        let hash: [UInt8]
    }

    private var report = AuditReport()
    private var checkpoints: [AuditChain: [Int64: AuditCheckpoint]] = [:]
    /// The place in the chain under way.
    private var place: Ended?
    private var ended: [Ended] = []
    /// Chains with a fault: what follows in them proves nothing.
    private var broken: Set<AuditChain> = []

    init(checkpoints: [AuditCheckpoint], vault: Vault?) {
        report.checkpoints = checkpoints.count
        for checkpoint in checkpoints {
            if let vault, !checkpoint.isOurs(vault) {
                fault(.checkpointForged, checkpoint.auditChain, checkpoint.seq)
                continue
            }
            let known = self.checkpoints[checkpoint.auditChain]?[checkpoint.seq]
            if let known, known.hash != checkpoint.hash {
                fault(.rewritten, checkpoint.auditChain, checkpoint.seq)
            }
            self.checkpoints[checkpoint.auditChain, default: [:]][checkpoint.seq] = checkpoint
        }
    }

    /// Takes the next entry in order. Returns it when its neighbours are needed to tell what happened to it.
    mutating func step(to entry: AuditEntry) -> Suspect? {
        if place?.chain != entry.chain {
            endChain()
            place = Ended(chain: entry.chain, seq: 0, hash: AuditEntry.origin)
            report.chains += 1
        }
        report.entries += 1
        guard let before = place, !broken.contains(entry.chain) else { return nil }
        if entry.seq != before.seq + 1 {
            fault(.removed, entry.chain, before.seq + 1)
            return nil
        }
        if entry.expectedHash(after: before.hash) != entry.hash {
            return Suspect(entry: entry, previous: before.hash)
        }
        place = Ended(chain: entry.chain, seq: entry.seq, hash: entry.hash)
        if let seen = checkpoints[entry.chain]?[entry.seq], seen.hash != entry.hash.hexadecimal {
            fault(.rewritten, entry.chain, entry.seq)
        }
        return nil
    }

    /// Decides what happened to an entry that does not follow, from it and the entries after it.
    mutating func judge(_ suspect: Suspect, near: [AuditEntry]) {
        let entry = suspect.entry
        // Does the next entry belong here?
        guard near.count > 1, near[1].expectedHash(after: suspect.previous, at: entry.seq) == near[1].hash else {
            return fault(.altered, entry.chain, entry.seq)
        }
        // Then this one belongs after it, or nowhere.
        let isDisplaced = entry.expectedHash(after: near[1].hash, at: entry.seq + 1) == entry.hash
        fault(isDisplaced ? .reordered : .inserted, entry.chain, entry.seq)
    }

    /// The chains that have ended since the last call; at the end of all entries, the last one too.
    mutating func takeEnded(isLast: Bool) -> [Ended] {
        if isLast { endChain() }
        defer { ended = [] }
        return ended
    }

    /// Compares where chains end with their heads and checkpoints.
    mutating func compare(_ ended: [Ended], with heads: [AuditChain: AuditHead]) {
        for end in ended {
            if let head = heads[end.chain] {
                if head.seq > end.seq {
                    fault(.cutOff, end.chain, end.seq + 1)
                } else if head.seq < end.seq {
                    fault(.inserted, end.chain, head.seq + 1)
                } else if head.hash != end.hash {
                    fault(.headAltered, end.chain, end.seq)
                }
            } else {
                fault(.headAltered, end.chain, end.seq)
            }
            compareCheckpoints(of: end.chain, upTo: end.seq)
        }
    }

    /// A chain whose entries are all gone.
    mutating func emptied(_ head: AuditHead) {
        report.chains += 1
        fault(.cutOff, head.chain, 1)
    }

    mutating func finish() -> AuditReport {
        // What is left has neither entry nor head.
        for chain in Array(checkpoints.keys) { compareCheckpoints(of: chain, upTo: 0) }
        report.faults.sort { ($0.chain, $0.seq) < ($1.chain, $1.seq) }
        return report
    }

    /// A checkpoint beyond the end has seen what is gone.
    private mutating func compareCheckpoints(of chain: AuditChain, upTo seq: Int64) {
        let seen = checkpoints.removeValue(forKey: chain)?.keys.max() ?? 0
        if seen > seq {
            fault(.cutOff, chain, seq + 1)
        } else {
            report.unwitnessed += Int(seq - seen)
        }
    }

    private mutating func endChain() {
        if let place, !broken.contains(place.chain) {
            ended.append(place)
        } else if let place {
            checkpoints[place.chain] = nil
        }
        place = nil
    }

    /// Keeps the first fault of each chain.
    private mutating func fault(_ kind: AuditFault.Kind, _ chain: AuditChain, _ seq: Int64) {
        guard broken.insert(chain).inserted else { return }
        report.faults.append(AuditFault(chain: chain, seq: seq, kind: kind))
    }
}
