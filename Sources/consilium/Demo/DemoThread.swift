import Clinic
import Messaging
import Postgres

/// The care thread of a case of the demo, posted by the people in it, oldest first.
struct DemoThread {
    let file: DemoFile
    let messenger: Messenger

    func post(_ entry: DemoFile.Case, _ id: CaseID, in demo: DemoTransaction) async throws {
        for message in entry.messages {
            let author = try await demo.act(as: message.author, role(of: message.author))
            let posted = try await messenger.post(MessageDraft(text: message.text), to: id, by: author, in: demo.tx)
            try await demo.actAsNobody()
            // It was written as many days ago as the file says.
            try await demo.tx.execute(
                """
                UPDATE message SET sent_at = sent_at + make_interval(days => \(Int32(message.inDays)))
                WHERE case_id = \(id) AND seq = \(posted.seq)
                    AND thread_id = (SELECT t.id FROM thread t WHERE t.case_id = \(id) AND t.kind = 'care')
                """)
        }
    }

    private func role(of key: String) -> Role {
        if let person = file.staff.first(where: { $0.key == key }) { return person.role }
        if file.patients.contains(where: { $0.key == key }) { return .patient }
        return file.treatingClinicians.contains { $0.key == key } ? .treatingClinician : .specialist
    }
}
