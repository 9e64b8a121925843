import Clinic
package import Postgres

extension ReferenceImport {
    /// The texts that patients are asked to agree to: `name,kind,language,text`, one line per language. From now on the
    /// wordings of the file are in force: other wordings of its kinds are retired. An existing text never changes; a
    /// new text needs a new name.
    /// - Throws: `ImportRefusal`.
    package func consentWordings(at path: String, in tx: Transaction) async throws -> Report {
        let table = try CSVTable(path: path, columns: ["name", "kind", "language", "text"])
        var languages: [String] = []
        var seen: Set<[String]> = []
        for row in table.rows {
            guard TextForm.word.matches(row.fields[0]) else {
                throw ImportRefusal.malformed(line: row.line, "the name must be as telehealth.2027-01")
            }
            guard ConsentKind(rawValue: row.fields[1]) != nil else {
                throw ImportRefusal.malformed(line: row.line, "the kind must be one of a consent, as telehealth")
            }
            guard let language = LanguageTag(row.fields[2])?.text else {
                throw ImportRefusal.malformed(line: row.line, "the language must be a BCP 47 tag, as en")
            }
            guard seen.insert([row.fields[0], language]).inserted else {
                throw ImportRefusal.malformed(line: row.line, "an earlier line has the same name and language")
            }
            languages.append(language)
            do {
                try checkText(row.fields[3], at: "/text", max: 20_000)
            } catch {
                throw ImportRefusal.malformed(line: row.line, "the text \(error.detail)")
            }
            let text = Self.contradiction(row.fields[0], row.fields[1], language, row.fields[3])
            guard try await tx.first(text) == nil else {
                throw ImportRefusal.malformed(
                    line: row.line, "this name exists with another kind or text: give it a new name")
            }
        }
        let (names, kinds) = (table.column(0), table.column(1))
        guard Set(zip(names, kinds).map { [$0, $1] }).count == Set(names).count else {
            throw ImportRefusal.malformed(line: table.rows[0].line, "one name has two kinds")
        }
        var report = Report()
        report.read = table.rows.count
        try await tx.execute(
            """
            INSERT INTO consilium.consent_wording (name, kind) SELECT DISTINCT * FROM unnest(\(names), \(kinds))
            ON CONFLICT (name) DO UPDATE SET retired_at = NULL
            """)
        report.added = try await tx.execute(
            """
            INSERT INTO consilium.consent_text (wording, language, body)
            SELECT * FROM unnest(\(names), \(languages), \(table.column(3))) ON CONFLICT DO NOTHING
            """)
        // The wording for accepting an offered opening belongs to the service.
        report.removed = try await tx.execute(
            """
            UPDATE consilium.consent_wording SET retired_at = clock_timestamp()
            WHERE retired_at IS NULL AND kind = ANY (\(kinds)) AND name <> ALL (\(names))
                AND name <> 'panel.offer_accepted'
            """)
        return report
    }

    private static func contradiction(_ name: String, _ kind: String, _ language: String, _ text: String) -> SQL {
        """
        SELECT FROM consilium.consent_wording w
            LEFT JOIN consilium.consent_text t ON t.wording = w.name AND t.language = \(language)
        WHERE w.name = \(name) AND (w.kind <> \(kind) OR t.body <> \(text))
        """
    }
}
