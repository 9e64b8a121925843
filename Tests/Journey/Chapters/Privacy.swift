import Foundation

// Chapter 11: nothing private lies where it may not.

extension Journey {
    /// Looks for every private word of this run outside the sealed columns.
    func privacy(of system: SystemOnThisMachine) async throws {
        steps.chapter("Nothing private lies open")
        let scan = Scan(canaries: canaries)
        let address = Scan.Needle(canaries.addressTag, called: "an e-mail address")
        try await steps.step("Control: the scan finds a planted word as text, in hexadecimal and in base64") {
            let planted = "prefix \(canaries.word("a planted word").uppercased()) suffix"
            let forms = [
                Data(planted.utf8), Data(planted.lowercased().utf8.hex.utf8),
                Data(Data(planted.lowercased().utf8).base64EncodedString().utf8),
            ]
            let file = FileManager.default.temporaryDirectory.appending(path: "consilium-\(UUID().uuidString)")
            defer { try? FileManager.default.removeItem(at: file) }
            for form in forms {
                try form.write(to: file)
                let found = scan.findings(in: Array(try Data(contentsOf: file)))
                try promise(!found.isEmpty, "the scan does not find what was planted")
            }
        }
        try await steps.step("The database, as pg_dump prints it") {
            let dump = try system.dump()
            try report(scan.findings(in: dump, also: [address]), in: "the dump", bytes: dump.count, files: 1)
        }
        try await steps.step("The logs") {
            try report(in: system.folder, suffix: ".log") { scan.findings(in: $0, also: [address]) }
        }
        // A mail names its recipient; that address is all that it may hold.
        try await steps.step("The mails") {
            try report(in: mailbox.directory, suffix: ".eml") { mail in
                scan.findings(in: mail)
                    + scan.findings(in: Array(Mailbox.unquoted(String(decoding: mail, as: UTF8.self)).utf8))
            }
        }
        try await steps.step("The metrics") {
            let answer = try await client.elsewhere(system.metrics)
            try promise(answer.status == 200, "the metrics answer \(answer.status)")
            try report(
                scan.findings(in: answer.bytes, also: [address]), in: "the metrics", bytes: answer.bytes.count, files: 1
            )
        }
    }

    private func report(in folder: String, suffix: String, _ find: ([UInt8]) -> [String]) throws {
        var bytes = 0
        let names = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(suffix) }
        var found: [String] = []
        for name in names {
            let content = [UInt8](FileManager.default.contents(atPath: "\(folder)/\(name)") ?? Data())
            bytes += content.count
            found += find(content) + find(Array(name.utf8))
        }
        try promise(!names.isEmpty, "there is no \(suffix) file to look into")
        try report(Array(Set(found)).sorted(), in: "the \(suffix) files", bytes: bytes, files: names.count)
    }

    private func report(_ found: [String], in place: String, bytes: Int, files: Int) throws {
        try promise(found.isEmpty, "\(place) hold \(found.joined(separator: ", "))")
        steps.note("\(files) file(s), \(bytes) bytes, \(canaries.count) words looked for: none")
    }
}
