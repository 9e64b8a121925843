import Clinic
import FoundationEssentials
import Postgres
import Vault

/// The sealed metadata of a file.
struct FileMetadata: Codable, Sendable, Hashable {
    var name: String
    var mediaType: String
    /// Bytes of the whole file.
    var length: Int
    /// Hexadecimal.
    var sha256: String

    static func identity(_ file: FileID) -> RowIdentity { RowIdentity("record_file.metadata", file) }
}

/// A row of `record_file`, opened.
struct FileRow: Sendable {
    let id: FileID
    let record: RecordID
    let isComplete: Bool
    let metadata: FileMetadata
    let offset: Int
    let chunks: Int
    let addedBy: AccountID
    let createdAt: Date
    let completedAt: Date?
    let enteredInErrorAt: Date?

    init(_ row: Row, with key: DataKey) throws {
        id = try row.decode("id")
        record = try row.decode("record_id")
        isComplete = try row.decode("state", as: String.self) == "complete"
        metadata = try key.open(row.decode("metadata"), json: FileMetadata.self, as: FileMetadata.identity(id))
        offset = try row.decode("received_bytes")
        chunks = try row.decode("chunks")
        addedBy = try row.decode("added_by")
        createdAt = try row.decode("created_at")
        completedAt = try row.decode("completed_at")
        enteredInErrorAt = try row.decode("entered_in_error_at")
    }

    var view: FileView {
        FileView(
            id: id, name: metadata.name, mediaType: metadata.mediaType, length: metadata.length,
            sha256: metadata.sha256, state: isComplete ? .complete : .uploading, offset: offset, addedBy: addedBy,
            createdAt: createdAt, completedAt: completedAt, enteredInErrorAt: enteredInErrorAt)
    }
}

/// Reading `record_file`.
enum FileRows {
    static let columns: SQL = """
        SELECT f.id, f.record_id, f.state, f.metadata, f.received_bytes, f.chunks, f.added_by,
            f.created_at, f.completed_at, f.entered_in_error_at
        FROM consilium.record_file f
        """

    /// The files that the actor may read, by their records.
    static func read(
        of id: CaseID, only record: RecordID?, with key: DataKey, in tx: Transaction
    ) async throws -> [RecordID: [FileView]] {
        let rows = try await tx.query(
            """
            \(fragment: columns) WHERE f.case_id = \(id) AND (\(record)::uuid IS NULL OR f.record_id = \(record))
            ORDER BY f.id
            """)
        let files = try rows.map { try FileRow($0, with: key) }
        return Dictionary(grouping: files, by: \.record).mapValues { $0.map(\.view) }
    }
}
