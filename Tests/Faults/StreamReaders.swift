import CEpoll
import Foundation
import Rig

/// Many readers of event streams that one thread serves. Who loses a stream comes back, at the next gateway, behind the
/// last entry that was read.
final class StreamReaders {
    /// One reader and what they were told.
    final class Reader {
        let patient: Patient
        /// Whether they say where they were.
        let remembers: Bool
        /// The numbers of the entries, as they came.
        fileprivate(set) var told: [Int] = []
        fileprivate(set) var returns = 0
        fileprivate var stream: EventReader
        fileprivate var turn: Int
        fileprivate var comesBackAt: ContinuousClock.Instant?

        fileprivate init(_ patient: Patient, remembers: Bool, turn: Int, port: Int) {
            (self.patient, self.remembers, self.turn) = (patient, remembers, turn)
            stream = EventReader(port: port, patient: patient)
        }
    }

    private let ports: [Int]
    private let epoll = cepoll_create()
    private let events = UnsafeMutableBufferPointer<cepoll_event>.allocate(capacity: 64)
    private(set) var readers: [Reader] = []
    /// Streams that were refused for now.
    private(set) var refusals = 0
    private var generator: SeededGenerator

    init(ports: [Int], seed: UInt64) {
        self.ports = ports
        generator = SeededGenerator(seed: seed)
        precondition(epoll >= 0, "the system gives no epoll")
        events.initialize(repeating: cepoll_event())
    }

    deinit {
        events.deallocate()
        close(epoll)
    }

    /// How many streams are open.
    var open: Int { readers.count { $0.stream.state == .open } }

    /// Opens a stream for each, a few at a time.
    /// - Throws: `RigFailure.waited` when they are not open in time.
    func open(_ patients: [Patient], remember: Bool = true) throws {
        for patient in patients {
            let turn = readers.count
            let reader = Reader(patient, remembers: remember, turn: turn, port: ports[turn % ports.count])
            readers.append(reader)
            ask(readers.count - 1)
            while readers.count(where: { $0.stream.state == .asking }) > 32 { serve(milliseconds: 10) }
        }
        try until("\(readers.count) streams to be open", patience: .seconds(120)) {
            serve(milliseconds: 10)
            return open == readers.count
        }
    }

    /// Reads what comes, and lets come back who was cut.
    func serve(milliseconds: Int32) {
        let count = cepoll_wait(epoll, events.baseAddress, milliseconds)
        for event in events[..<Int(max(0, count))] {
            let reader = readers[Int(event.id)]
            for event in reader.stream.take() where event.name == "message" {
                reader.told += [event.id.flatMap { Int($0) } ?? -1]
            }
        }
        let now = ContinuousClock.now
        for (index, reader) in readers.enumerated() where reader.stream.state != .open {
            guard reader.stream.state != .asking else { continue }
            if let due = reader.comesBackAt {
                guard due <= now else { continue }
                reader.comesBackAt = nil
                let after = reader.remembers ? reader.told.last.map(String.init) : nil
                reader.turn += 1
                reader.stream = EventReader(
                    port: ports[reader.turn % ports.count], patient: reader.patient, after: after)
                ask(index)
            } else {
                if case .refused = reader.stream.state { refusals += 1 } else { reader.returns += 1 }
                reader.stream.hangUp()
                reader.comesBackAt = now + .milliseconds(Int64.random(in: 20...200, using: &generator))
            }
        }
    }

    /// Who finds nobody there comes back like who was cut.
    private func ask(_ index: Int) {
        let stream = readers[index].stream
        guard (try? stream.ask()) != nil else { return stream.hangUp() }
        cepoll_add(epoll, stream.socket, UInt64(index))
    }
}
