import FoundationEssentials

/// The numbered files `NNNN_name.sql` of a directory, in order.
struct Migrations: Sendable {
    struct File: Sendable {
        let number: Int
        let name: String
        let text: String
    }

    let files: [File]

    /// The highest number: the schema that this program was written for; 0 when there are no files.
    var latest: Int { files.last?.number ?? 0 }

    /// - Throws: `MigrationRefusal.unreadable`, `.misnamed`, `.duplicate`.
    init(directory: String) throws {
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: directory) else {
            throw MigrationRefusal.unreadable(directory)
        }
        var files: [File] = []
        for name in names.sorted() where name.hasSuffix(".sql") {
            guard let number = Self.number(of: name) else { throw MigrationRefusal.misnamed(name) }
            guard let data = FileManager.default.contents(atPath: "\(directory)/\(name)"),
                let text = String(bytes: data, encoding: .utf8)
            else { throw MigrationRefusal.unreadable(name) }
            guard files.last?.number != number else { throw MigrationRefusal.duplicate(name) }
            files.append(File(number: number, name: name, text: text))
        }
        self.files = files
    }

    /// The number of `NNNN_name.sql`, from 1.
    private static func number(of name: String) -> Int? {
        let parts = name.split(separator: "_", maxSplits: 1)
        guard parts.count == 2, parts[0].utf8.count == 4, parts[0].utf8.allSatisfy({ (48...57).contains($0) }),
            parts[1] != ".sql", let number = Int(parts[0]), number > 0
        else { return nil }
        return number
    }
}

/// Why the migrator, or a program that starts, refuses this database.
package enum MigrationRefusal: Error, Equatable, CustomStringConvertible {
    /// The directory or a file cannot be read.
    case unreadable(String)
    /// A file is not called `NNNN_name.sql`.
    case misnamed(String)
    /// Two files have this number.
    case duplicate(String)
    /// A file was changed after it had been applied.
    case altered(String)
    /// A file that had been applied is gone.
    case removed(String)
    /// A file has a number below one that has been applied already.
    case late(String)
    /// A file ends the transaction that it runs in.
    case endsTransaction(String)
    /// The server refused a statement of a file.
    case failed(String, sqlState: String)
    /// A file did not get its locks, in any of the attempts.
    case locked(String)
    /// The database is older than this program needs.
    case databaseTooOld(has: Int, needs: Int)
    /// The database no longer serves a program as old as this one.
    case programTooOld(has: Int, needs: Int)

    /// For the operator who reads it on a terminal or in a log.
    package var description: String {
        switch self {
        case .unreadable(let path): "cannot read \(path)"
        case .misnamed(let file): "\(file) is not called NNNN_name.sql"
        case .duplicate(let file): "\(file) has the number of another migration"
        case .altered(let file): "\(file) was changed after it had been applied: restore it as it was released"
        case .removed(let file): "\(file) has been applied to this database and is not in the folder"
        case .late(let file): "\(file) has a lower number than one that has been applied already"
        case .endsTransaction(let file): "\(file) ends the transaction that it runs in"
        case .failed(let file, let sqlState): "the server refused a statement of \(file) (SQLSTATE \(sqlState))"
        case .locked(let file): "\(file) did not get its locks: try again when there is less traffic"
        case .databaseTooOld(let has, let needs):
            "the schema is at \(has) and this program needs \(needs): run `consilium migrate` first"
        case .programTooOld(let has, let needs):
            "this program knows the schema up to \(has) and the database serves programs from \(needs): run a newer release"
        }
    }
}
