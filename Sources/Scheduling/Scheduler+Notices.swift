import Clinic
import FoundationEssentials
import Outbox
import Postgres

extension Scheduler {
    /// Tells these people of something.
    func tell(_ template: Notice.Template, to people: [AccountID], in tx: Transaction) async throws {
        for person in people { try await outbox.enqueue(Notice(to: .account(person), template), in: tx) }
    }

    /// Tells all people of a consult.
    /// - Parameter people: the answer to ``AppointmentSQL/people(_:)``.
    /// - Returns: who they are.
    @discardableResult
    func tell(_ template: Notice.Template, to people: Pending, in tx: Transaction) async throws -> [AccountID] {
        let people = try await people.first()?.decode([AccountID].self) ?? []
        try await tell(template, to: people, in: tx)
        return people
    }

    /// Reminds these people a day and an hour before the start, where that is still to come. Reminders of an earlier
    /// sequence are not sent.
    func remind(_ people: [AccountID], of appointment: Appointment, now: Date, in tx: Transaction) async throws {
        for ahead in Notice.Ahead.allCases {
            let at = appointment.startsAt.addingTimeInterval(-ahead.seconds)
            guard at > now else { continue }
            for person in people {
                let reminder = Notice.Template.reminder(appointment.id, sequence: appointment.sequence, ahead: ahead)
                try await outbox.enqueue(Notice(to: .account(person), reminder), at: at, in: tx)
            }
        }
    }
}

extension Notice.Ahead {
    fileprivate var seconds: Double {
        switch self {
        case .day: 86_400
        case .hour: 3600
        }
    }
}
