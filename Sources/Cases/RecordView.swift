package import Clinic
package import FoundationEssentials

/// A record as it is added.
package struct RecordDraft: Codable, Sendable, Hashable {
    package var kind: RecordKind
    package var title: String
    /// Whether it reveals the earlier opinion; the careful default of its kind when it is left out.
    package var revealsPrior: Bool?
    /// `asked` when it is left out: its first file makes it `received`. Give `received` for a record on paper.
    package var state: RecordState?

    package init(kind: RecordKind, title: String, revealsPrior: Bool? = nil, state: RecordState? = nil) {
        self.kind = kind
        self.title = title
        self.revealsPrior = revealsPrior
        self.state = state
    }

    package static let example = RecordDraft(
        kind: .pathologyReport, title: "Biopsy of 3 May", revealsPrior: true, state: .asked)
}

/// A change of a record. A field that is given replaces the old value.
package struct RecordEdit: Codable, Sendable, Hashable {
    package var title: String?
    package var revealsPrior: Bool?
    /// `waived`, or `asked` for a record that was waived.
    package var state: RecordState?

    package init(title: String? = nil, revealsPrior: Bool? = nil, state: RecordState? = nil) {
        self.title = title
        self.revealsPrior = revealsPrior
        self.state = state
    }

    package static let example = RecordEdit(title: "Biopsy of 3 May", revealsPrior: true, state: .waived)
}

/// A record as it is read.
package struct RecordView: Codable, Sendable, Hashable {
    package var id: RecordID
    package var kind: RecordKind
    package var state: RecordState
    package var title: String
    package var revealsPrior: Bool
    package var addedBy: AccountID
    package var version: Int
    /// Nil in the answer to a specialist who asked for a record that they may not read yet.
    package var createdAt: Date?
    package var files: [FileView]

    package static let example = RecordView(
        id: ExampleValues.id(4), kind: .pathologyReport, state: .received, title: RecordDraft.example.title,
        revealsPrior: true, addedBy: ExampleValues.patient, version: 2, createdAt: ExampleValues.moment,
        files: [.example])

    package static let asked = with(example) {
        $0.state = .asked
        $0.version = 1
        $0.files = []
    }

    package static let waived = with(asked) {
        $0.state = .waived
        $0.version = 2
    }
}

/// The records of a case.
package struct RecordList: Codable, Sendable, Hashable {
    package var records: [RecordView]

    package static let example = RecordList(records: [.example])
}

/// Whether all bytes of a file are here.
package enum FileState: String, Codable, Sendable, CaseIterable {
    case uploading, complete
}

/// A file of a record.
package struct FileView: Codable, Sendable, Hashable {
    package var id: FileID
    package var name: String
    /// As it was announced. It is delivered as this type only if ``MediaType`` lists it.
    package var mediaType: String
    /// Bytes of the whole file.
    package var length: Int
    /// Hexadecimal, of the whole file.
    package var sha256: String
    package var state: FileState
    /// Bytes that are stored.
    package var offset: Int
    package var addedBy: AccountID
    package var createdAt: Date
    package var completedAt: Date?
    /// Since when it is marked as a mistake. It is kept because a specialist may have read it.
    package var enteredInErrorAt: Date?

    package static let example = FileView(
        id: ExampleValues.id(5), name: FileDraft.example.name, mediaType: FileDraft.example.mediaType,
        length: FileDraft.example.length, sha256: FileDraft.example.sha256, state: .complete, offset: 5,
        addedBy: ExampleValues.patient, createdAt: ExampleValues.moment, completedAt: ExampleValues.moment)

    package static let mistake = with(example) { $0.enteredInErrorAt = ExampleValues.moment }

    package static let announced = with(example) {
        $0.state = .uploading
        $0.offset = 0
        $0.completedAt = nil
    }
}

extension RecordDraft: Ruled {
    package static let rules: [String: FieldRule] = [
        "title": .text(Records.title), "state": .word(Records.firstStates.map(\.rawValue)),
    ]
}

extension RecordEdit: Ruled {
    package static let rules: [String: FieldRule] = ["title": .text(Records.title)]
}
