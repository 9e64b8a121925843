import Clinic
import ServiceLifecycle
import Synchronization

/// What a request that lasts stands on, and what is to happen when it does not stand any more. It counts as open for as
/// long as somebody keeps it.
final class OpenAccess: Sendable {
    private struct State {
        var caseID: CaseID?
        var end: Problem?
        var actions: [@Sendable (Problem) -> Void] = []
    }

    private let session: SessionID
    private let watch: AccessWatch
    private let state = Mutex(State())

    fileprivate init(_ session: SessionID, _ watch: AccessWatch) { (self.session, self.watch) = (session, watch) }

    deinit { watch.forget(ObjectIdentifier(self)) }

    /// The session, and the case in which the caller needs a part.
    var held: HeldAccess { HeldAccess(session: session, case: state.withLock { $0.caseID }) }

    /// From now on the caller needs a part in this case, too.
    func needPart(in case: CaseID) { state.withLock { $0.caseID = `case` } }

    /// Runs `action` with the reason when the access ends; at once when it has.
    func onEnd(_ action: @escaping @Sendable (Problem) -> Void) {
        let end = state.withLock { state in
            if state.end == nil { state.actions.append(action) }
            return state.end
        }
        if let end { action(end) }
    }

    fileprivate func end(_ problem: Problem) {
        let actions = state.withLock { state in
            guard state.end == nil else { return [] as [@Sendable (Problem) -> Void] }
            state.end = problem
            defer { state.actions = [] }
            return state.actions
        }
        for action in actions { action(problem) }
    }
}

/// Ends the streams, uploads and downloads of a gateway whose session is over, or whose reader lost the part in the
/// case: one question for all of them, twice a second. Whatever ended a session or a part in the database, at whichever
/// gateway, so ends them within a second.
final class AccessWatch: Service {
    private struct Reference: Sendable { weak var access: OpenAccess? }

    private static let interval = Duration.milliseconds(500)

    private let ended: @Sendable ([HeldAccess]) async throws -> Set<HeldAccess>
    private let open = Mutex<[ObjectIdentifier: Reference]>([:])

    init(ended: @escaping @Sendable ([HeldAccess]) async throws -> Set<HeldAccess>) { self.ended = ended }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while (try? await Task.sleep(for: Self.interval)) != nil { await self.look() }
        }
    }

    func open(_ session: SessionID) -> OpenAccess {
        let access = OpenAccess(session, self)
        open.withLock { $0[ObjectIdentifier(access)] = Reference(access: access) }
        return access
    }

    fileprivate func forget(_ id: ObjectIdentifier) { open.withLock { _ = $0.removeValue(forKey: id) } }

    /// While the database does not answer nothing is ended; nothing is read or written then, either.
    private func look() async {
        let open = open.withLock { $0.values.compactMap(\.access) }
        guard !open.isEmpty, let ended = try? await ended(Array(Set(open.map(\.held)))) else { return }
        for access in open where !ended.isEmpty {
            let held = access.held
            if ended.contains(HeldAccess(session: held.session)) {
                access.end(Problem.signIn("Bearer error=\"invalid_token\""))
            } else if ended.contains(held) {
                access.end(Problem(.notFound))
            }
        }
    }
}
