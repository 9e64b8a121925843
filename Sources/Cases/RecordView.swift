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

    package init(
        id: RecordID, kind: RecordKind, state: RecordState, title: String, revealsPrior: Bool, addedBy: AccountID,
        version: Int, createdAt: Date?, files: [FileView]
    ) {
        self.id = id
        self.kind = kind
        self.state = state
        self.title = title
        self.revealsPrior = revealsPrior
        self.addedBy = addedBy
        self.version = version
        self.createdAt = createdAt
        self.files = files
    }
}

/// The records of a case.
package struct RecordList: Codable, Sendable, Hashable {
    package var records: [RecordView]

    package init(records: [RecordView]) {
        self.records = records
    }
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

    package init(
        id: FileID, name: String, mediaType: String, length: Int, sha256: String, state: FileState, offset: Int,
        addedBy: AccountID, createdAt: Date, completedAt: Date?, enteredInErrorAt: Date? = nil
    ) {
        self.id = id
        self.name = name
        self.mediaType = mediaType
        self.length = length
        self.sha256 = sha256
        self.state = state
        self.offset = offset
        self.addedBy = addedBy
        self.createdAt = createdAt
        self.completedAt = completedAt
        self.enteredInErrorAt = enteredInErrorAt
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
