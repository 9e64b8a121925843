import AsyncHTTPClient
import Crypto
import FoundationEssentials
import JSON
import NIOCore

// Chapter 2, continued: the records and their files.

extension Journey {
    /// Three records: one that a machine measured, in pieces and through a broken line; one that a laboratory measured;
    /// one that a clinician wrote, and that reveals the earlier opinion.
    func addRecords(to loaded: inout LoadedCase) async throws {
        let images = try await add("imaging", to: &loaded, isPrior: false)
        try await steps.step("The patient uploads images in pieces; the line breaks, and they go on from the offset") {
            try await uploadBroken(content(megabytes: 3), to: images, of: loaded)
        }
        for (kind, isPrior) in [("lab_values", false), ("pathology_report", true)] {
            let record = try await add(kind, to: &loaded, isPrior: isPrior)
            try await steps.step("The patient uploads a file of another record: \(kind)") {
                let content = content(megabytes: 0)
                let file = try await announce(content, to: record, of: loaded)
                let done = try await append(content[...], at: 0, to: file).expecting(200)
                try promise(done.body["state"] == "complete", "the uploaded file is not complete")
            }
        }
    }

    private func add(_ kind: String, to loaded: inout LoadedCase, isPrior: Bool) async throws -> String {
        let title = canaries.word("title of a record")
        let record = try await loaded.patient.post(
            "/v1/cases/\(loaded.id)/records", ["kind": .string(kind), "title": .string("My \(title)")])
        try promise(record["revealsPrior"] == .bool(isPrior), "a \(kind) does not have the careful default")
        if isPrior {
            loaded.prior.append(title)
            loaded.priorRecord = try record.text("id")
        } else {
            loaded.open.append(title)
            loaded.openRecord = try record.text("id")
        }
        return try record.text("id")
    }

    /// Bytes that nothing can compress, with a word at the beginning and at the end.
    private func content(megabytes: Int) -> [UInt8] {
        let word = Array("\(canaries.word("content of a file")) ".utf8)
        var generator = SystemRandomNumberGenerator()
        var middle: [UInt8] = []
        middle.reserveCapacity(megabytes << 20)
        for _ in 0..<(megabytes << 17) { withUnsafeBytes(of: generator.next()) { middle += $0 } }
        return word + middle + word
    }

    /// A file that was announced: where its bytes go, and whose it is.
    private struct Announced {
        let path: Path
        let owner: Person
    }

    /// Announces a file by its name, length and digest.
    private func announce(_ content: [UInt8], to record: String, of loaded: LoadedCase) async throws -> Announced {
        let file = try await loaded.patient.post(
            "/v1/cases/\(loaded.id)/records/\(record)/files",
            [
                "name": .string("\(canaries.word("name of a file")).pdf"), "mediaType": "application/pdf",
                "length": .number(String(content.count)), "sha256": .string(SHA256.hash(data: content).hex),
            ]
        ).text("id")
        return Announced(
            path: "/v1/cases/\(loaded.id)/records/\(record)/files/\(file)", owner: loaded.patient)
    }

    private func append(_ piece: ArraySlice<UInt8>, at offset: Int, to file: Announced) async throws -> Answer {
        try await file.owner.upload(
            .patch, file.path, Array(piece), mediaType: "application/octet-stream",
            headers: ["Upload-Offset": String(offset)])
    }

    /// A first piece, a second whose connection breaks in the middle, a wrong offset, and the rest from where the store
    /// says that it is.
    private func uploadBroken(_ content: [UInt8], to record: String, of loaded: LoadedCase) async throws {
        let file = try await announce(content, to: record, of: loaded)
        let first = 1 << 20
        _ = try await append(content[..<first], at: 0, to: file).expecting(200)
        var rest = Request(method: .patch, path: file.path, headers: ["Upload-Offset": String(first)])
        rest.body = .init(mediaType: "application/octet-stream", bytes: Array(content[first...]))
        try await file.owner.client.breakOff(file.owner.signed(rest), after: 700_000)
        steps.shown(try await append(content[...], at: 0, to: file).refusing(409))
        let done = try await resume(content, of: file, from: first)
        try promise(done.body["state"] == "complete", "the resumed file is not complete")
        let back = try await file.owner.ask(.get, "/v1/cases/\(loaded.id)/records/\(record)/content").expecting(200)
        try promise(back.bytes == content, "the file does not come back as it was sent")
    }

    /// Sends the rest from where the store is. It may still be keeping what came before the line broke: then it says
    /// that the offset has moved, and is asked again.
    private func resume(_ content: [UInt8], of file: Announced, from acknowledged: Int) async throws -> Answer {
        for _ in 0..<10 {
            let offset = try await offset(of: file)
            try promise(
                (acknowledged..<content.count).contains(offset), "the store has lost what it had acknowledged")
            let answer = try await append(content[offset...], at: offset, to: file)
            guard answer.problem == "wrong-offset" else { return try answer.expecting(200) }
        }
        throw BrokenPromise("the offset of a broken upload does not come to rest")
    }

    /// How far a file has come, as `HEAD` tells.
    private func offset(of file: Announced) async throws -> Int {
        let answer = try await file.owner.ask(.head, file.path).expecting(200)
        guard let offset = answer.header("Upload-Offset").flatMap(Int.init) else {
            throw BrokenPromise("\(answer.route) answered without Upload-Offset")
        }
        return offset
    }
}
