import Clinic
import FoundationEssentials
package import Postgres
import TypedText

/// Loads reference data: conditions, taxonomies, which taxonomy treats which condition, and the texts of consents. Runs
/// as `consilium_owner`. Each import is one transaction, and a malformed line leaves everything unchanged.
package struct ReferenceImport: Sendable {
    package init() {}

    /// What an import did.
    package struct Report: Equatable, Sendable {
        /// Rows in the file.
        package var read = 0
        package var added = 0
        package var changed = 0
        package var removed = 0
    }

    /// The order file that CMS publishes every year (`icd10cm-order-YYYY.txt`), or a part of it: columns 7–13 the code
    /// without its dot, 15 whether it is billable, from 78 the long description. It is read line by line. Codes that
    /// are not in the file stay.
    /// - Throws: `ImportRefusal`.
    package func conditions(at path: String, in tx: Transaction) async throws -> Report {
        var reader = try LineReader(path: path)
        var report = Report()
        var seen: Set<String> = []
        var codes: [String] = []
        var billable: [Bool] = []
        var titles: [String] = []
        while let line = reader.next() {
            let entry = try OrderLine(line, number: reader.number)
            guard seen.insert(entry.code).inserted else {
                throw ImportRefusal.malformed(line: reader.number, "an earlier line has the same code")
            }
            codes.append(entry.code)
            billable.append(entry.billable)
            titles.append(entry.title)
            if codes.count == 2000 {
                try await put(codes, billable, titles, into: &report, in: tx)
                (codes, billable, titles) = ([], [], [])
            }
        }
        guard report.read + codes.count > 0 else { throw ImportRefusal.malformed(line: 1, "the file is empty") }
        if !codes.isEmpty { try await put(codes, billable, titles, into: &report, in: tx) }
        return report
    }

    private func put(
        _ codes: [String], _ billable: [Bool], _ titles: [String], into report: inout Report, in tx: Transaction
    ) async throws {
        let row = try await tx.first(
            """
            WITH put AS (
                INSERT INTO consilium.condition AS c (code, billable, title, search_title)
                SELECT * FROM unnest(\(codes), \(billable), \(titles), \(titles.map(\.searchFolded)))
                ON CONFLICT (code) DO UPDATE
                    SET billable = excluded.billable, title = excluded.title, search_title = excluded.search_title
                    WHERE (c.billable, c.title, c.search_title)
                        IS DISTINCT FROM (excluded.billable, excluded.title, excluded.search_title)
                RETURNING xmax = 0 AS added)
            SELECT count(*) FILTER (WHERE added), count(*) FILTER (WHERE NOT added) FROM put
            """)
        try report.count(row, read: codes.count)
    }

    /// The NUCC's CSV of provider taxonomies: its columns are found by the names in its first line, and Code, Grouping,
    /// Classification, Specialization and Display Name are stored. Codes that are not in the file stay.
    /// - Throws: `ImportRefusal`.
    package func taxonomy(at path: String, in tx: Transaction) async throws -> Report {
        let table = try CSVTable(
            path: path, columns: ["Code", "Grouping", "Classification", "Specialization", "Display Name"])
        for row in table.rows where !TaxonomyCode.isCode(row.fields[0]) {
            throw ImportRefusal.malformed(line: row.line, "the code must be nine capitals or digits and an X")
        }
        try table.checkUnique(by: [0])
        var report = Report()
        let row = try await tx.first(
            """
            WITH put AS (
                INSERT INTO consilium.taxonomy AS t (code, grouping_name, classification, specialization, display_name)
                SELECT * FROM unnest(\(table.column(0)), \(table.column(1)), \(table.column(2)), \(table.column(3)),
                    \(table.column(4)))
                ON CONFLICT (code) DO UPDATE SET grouping_name = excluded.grouping_name,
                        classification = excluded.classification, specialization = excluded.specialization,
                        display_name = excluded.display_name
                    WHERE (t.grouping_name, t.classification, t.specialization, t.display_name) IS DISTINCT FROM
                        (excluded.grouping_name, excluded.classification, excluded.specialization,
                        excluded.display_name)
                RETURNING xmax = 0 AS added)
            SELECT count(*) FILTER (WHERE added), count(*) FILTER (WHERE NOT added) FROM put
            """)
        try report.count(row, read: table.rows.count)
        return report
    }

    /// Which taxonomy usually treats a condition: `code_prefix,taxonomy_code,weight`. Rows that are not in the file are
    /// deleted.
    /// - Throws: `ImportRefusal`, also for a taxonomy that was not imported.
    package func usualTaxonomy(at path: String, in tx: Transaction) async throws -> Report {
        let table = try CSVTable(path: path, columns: ["code_prefix", "taxonomy_code", "weight"])
        let known = Set(try await tx.query("SELECT code FROM consilium.taxonomy").map { try $0.decode(String.self) })
        for row in table.rows {
            guard ConditionCode.isPrefix(row.fields[0]) else {
                throw ImportRefusal.malformed(
                    line: row.line, "the prefix must be the beginning of a code with its dot, as C, C5, C50 or C50.4")
            }
            guard known.contains(row.fields[1]) else {
                throw ImportRefusal.malformed(line: row.line, "the taxonomy is not known: import taxonomies first")
            }
            guard ["1", "2", "3"].contains(row.fields[2]) else {
                throw ImportRefusal.malformed(line: row.line, "the weight must be 1, 2 or 3")
            }
        }
        try table.checkUnique(by: [0, 1])
        let weights = table.column(2).compactMap(Int.init)
        var report = Report()
        report.removed = try await tx.execute(
            """
            DELETE FROM consilium.condition_taxonomy WHERE (code_prefix, taxonomy_code) NOT IN (
                SELECT * FROM unnest(\(table.column(0)), \(table.column(1))))
            """)
        let row = try await tx.first(
            """
            WITH put AS (
                INSERT INTO consilium.condition_taxonomy AS c (code_prefix, taxonomy_code, weight)
                SELECT * FROM unnest(\(table.column(0)), \(table.column(1)), \(weights))
                ON CONFLICT (code_prefix, taxonomy_code) DO UPDATE SET weight = excluded.weight
                    WHERE c.weight <> excluded.weight
                RETURNING xmax = 0 AS added)
            SELECT count(*) FILTER (WHERE added), count(*) FILTER (WHERE NOT added) FROM put
            """)
        try report.count(row, read: table.rows.count)
        return report
    }
}

extension ReferenceImport.Report {
    fileprivate mutating func count(_ row: Row?, read: Int) throws {
        self.read += read
        guard let (added, changed) = try row?.decode(Int.self, Int.self) else { return }
        self.added += added
        self.changed += changed
    }
}
