import Clinic
import ServiceLifecycle
import Synchronization

/// The session and the part in a case that a stream, an upload or a download depends on, and what is to happen when one
/// of them ends. It counts as open as long as somebody holds a reference to it.
final class OpenAccess: Sendable {
    private struct State {
        var caseID: CaseID?
        var end: Problem?
        var actions: [@Sendable (Problem) -> Void] = []
    }

    private let session: SessionID
    private let monitor: AccessMonitor
    private let state = Mutex(State())

    fileprivate init(_ session: SessionID, _ monitor: AccessMonitor) {
        (self.session, self.monitor) = (session, monitor)
    }

    deinit { monitor.forget(ObjectIdentifier(self)) }

    /// The session, and the case in which the caller needs a part.
    var held: HeldAccess { HeldAccess(session: session, case: state.withLock { $0.caseID }) }

    /// From now on the caller needs a part in this case, too.
    func needPart(in case: CaseID) { state.withLock { $0.caseID = `case` } }

    /// Runs `action` with the reason when the access ends; at once if it has ended already.
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

/// Ends the streams, uploads and downloads of a gateway whose session has ended, or whose caller has lost the part in
/// the case. It asks the database for all of them together, twice a second. So they end within a second, whichever
/// gateway ended the session or the part.
final class AccessMonitor: Service {
    private struct Reference: Sendable { weak var access: OpenAccess? }

    private static let interval = Duration.milliseconds(500)

    private let ended: @Sendable ([HeldAccess]) async throws -> Set<HeldAccess>
    private let open = Mutex<[ObjectIdentifier: Reference]>([:])

    init(ended: @escaping @Sendable ([HeldAccess]) async throws -> Set<HeldAccess>) { self.ended = ended }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while (try? await Task.sleep(for: Self.interval)) != nil { await self.poll() }
        }
    }

    func open(_ session: SessionID) -> OpenAccess {
        let access = OpenAccess(session, self)
        open.withLock { $0[ObjectIdentifier(access)] = Reference(access: access) }
        return access
    }

    fileprivate func forget(_ id: ObjectIdentifier) { open.withLock { _ = $0.removeValue(forKey: id) } }

    /// While the database does not answer, nothing is ended; nothing can be read or written then either.
    private func poll() async {
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
