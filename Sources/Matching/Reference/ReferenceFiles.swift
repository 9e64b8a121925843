import Clinic
import FoundationEssentials

/// A line of CMS's order file.
struct OrderLine: Equatable {
    /// With its dot.
    let code: String
    let billable: Bool
    let title: String

    /// - Throws: `ImportRefusal.malformed`.
    init(_ line: String, number: Int) throws {
        let bytes = Array(line.utf8)
        func field(_ columns: ClosedRange<Int>) -> String {
            let from = min(columns.lowerBound - 1, bytes.count)
            let to = min(columns.upperBound, bytes.count)
            return String(decoding: bytes[from..<max(from, to)], as: UTF8.self).trimmed
        }
        let bare = field(7...13)
        let dotted = bare.utf8.count > 3 ? "\(bare.prefix(3)).\(bare.dropFirst(3))" : bare
        guard ConditionCode.isCode(dotted), bytes.count >= 78 else {
            throw ImportRefusal.malformed(line: number, "columns 7 to 13 must hold an ICD-10-CM code without its dot")
        }
        let header = field(15...15)
        guard header == "0" || header == "1" else {
            throw ImportRefusal.malformed(line: number, "column 15 must be 0 or 1")
        }
        let title = field(78...max(78, bytes.count))
        guard !title.isEmpty else {
            throw ImportRefusal.malformed(line: number, "the long description, from column 78, must not be empty")
        }
        self.code = dotted
        self.billable = header == "1"
        self.title = title
    }
}

/// Columns of a CSV file, found by the names in its first line.
struct CSVTable {
    /// The fields of the wanted columns, in the order in which they were asked for.
    let rows: [CSV.Record]

    /// - Throws: `ImportRefusal`.
    init(path: String, columns: [String]) throws {
        guard let content = try? Data(contentsOf: URL(filePath: path)) else { throw ImportRefusal.unreadable(path) }
        var text = String(decoding: content, as: UTF8.self)
        if text.unicodeScalars.first == "\u{FEFF}" { text.unicodeScalars.removeFirst() }
        let records = try CSV.records(of: text)
        guard let head = records.first else { throw ImportRefusal.malformed(line: 1, "the file is empty") }
        let places = try columns.map { name in
            guard let place = head.fields.firstIndex(where: { $0.trimmed == name }) else {
                throw ImportRefusal.malformed(line: head.line, "the column \(name) is missing")
            }
            return place
        }
        rows = try records.dropFirst().map { record in
            guard record.fields.count == head.fields.count else {
                throw ImportRefusal.malformed(
                    line: record.line, "must have \(head.fields.count) fields, has \(record.fields.count)")
            }
            return CSV.Record(line: record.line, fields: places.map { record.fields[$0].trimmed })
        }
        guard !rows.isEmpty else { throw ImportRefusal.malformed(line: head.line, "no line follows the names") }
    }

    func column(_ place: Int) -> [String] { rows.map { $0.fields[place] } }

    func checkUnique(by places: [Int]) throws {
        var seen: Set<[String]> = []
        for row in rows where !seen.insert(places.map { row.fields[$0] }).inserted {
            throw ImportRefusal.malformed(line: row.line, "an earlier line has the same key")
        }
    }
}
