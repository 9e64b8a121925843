import Cases
import Clinic
import FoundationEssentials
import HTTPServer
import HTTPTypes
import JSON
import NIOCore
import ServiceAPI

/// | route | who |
/// |---|---|
/// | `POST …/records/{record}/files` | whoever may add to the record |
/// | `GET`, `HEAD …/files/{file}` | everyone who reads the record |
/// | `PATCH …/files/{file}` | who announced the file |
/// | `DELETE …/files/{file}` | of an upload who announced it; of a whole file the patient's side, coordinators, a clinician theirs |
/// | `GET …/records/{record}/content` | everyone who reads the record |
func fileRoutes(_ uploads: Uploads, _ downloads: Downloads) -> [Endpoint] {
    let path = "/v1/cases/{id}/records/{record}/files"
    let scheme = """
        An upload resumes by offset and digest: announce the file, then `PATCH` its bytes with the header \
        `Upload-Offset`, in one request or in many. After an interruption `HEAD` tells in `Upload-Offset` how many \
        bytes are here for good: go on from there. When the last byte has come the SHA-256 is checked over what was \
        stored; if it is another one the bytes are dropped and the upload starts anew at 0.
        """
    return [
        .write(
            .post, path, .cases, "Announce a file of a record",
            details: scheme + """
                 A file has at most \(uploads.limit) bytes, all files of a case together \(CaseQuota.caseBytes.most), and \
                those of one person that are not complete \(CaseQuota.unfinishedBytes.most).
                """,
            body: .json(
                example: FileDraft.example, rules: ["length": .number(1...uploads.limit)]),
            returns: .created(
                "The file, to be uploaded to its `Location`", example: FileView.announced, headers: uploadHeaderTexts),
            refusals: [.notFound, .notYourPart, .wrongState, .listFull, .tooManyBytes],
            replays: .entries { $1.readsOfPath(.file, $0.id.rawValue) }
        ) { draft, call in
            let place = try FilePlace(call)
            let file = try await uploads.announce(
                draft, for: place.record, of: place.id, by: call.caller, in: call.tx)
            call.reply(headers: file.uploadHeaders)
            call.reply(headers: [.location: "/v1/cases/\(place.id)/records/\(place.record)/files/\(file.id)"])
            return file
        },
        .read(
            .get, path + "/{file}", .cases, "How far a file has come", details: scheme,
            returns: .ok("The file", example: FileView.example, headers: uploadHeaderTexts), refusals: [.notFound],
            audits: .entries { file, call in
                guard let id = try? call.id("id", as: CaseID.self) else { return [] }
                return [AuditRead(.file, file.id.rawValue, in: .case(id), by: call.caller.account)]
            }
        ) { call in
            let place = try FilePlace(call)
            let file = try await uploads.progress(
                place.file(call), of: place.record, in: place.id, by: call.caller, in: call.tx)
            call.reply(headers: file.uploadHeaders)
            return file
        },
        .upload(
            .patch, path + "/{file}", .cases, "Append bytes to a file", details: scheme,
            parameters: [uploadOffsetParameter],
            mediaTypes: ["application/partial-upload", "application/octet-stream"],
            returns: .ok("The file as it stands", example: FileView.example, headers: uploadHeaderTexts),
            refusals: [
                .notFound, .notYourPart, .wrongState, .wrongOffset, .fileTooLong, .fileComplete, .tooManyPieces,
                .wrongDigest,
            ]
        ) { bytes, call in
            let place = try FilePlace(call)
            call.needPart(in: place.id)
            let file = try await uploads.receive(
                bytes.map(\.readableBytesView), at: call.uploadOffset(), for: place.file(call), of: place.record,
                in: place.id, by: call.caller, database: call.database)
            call.reply(headers: file.uploadHeaders)
            return file
        },
        .write(
            .delete, path + "/{file}", .cases, "Give up an upload, or take a wrong file back",
            details: """
                Whoever announced it gives up an upload. A whole file that is a mistake is removed by the patient's side, a \
                coordinator, or the clinician who brought it, until a specialist accepts the case for the first time. From then \
                on it is marked (`enteredInErrorAt`) and stays: a specialist may have read it. A record that is left without a \
                file is asked for again. What is gone is not found; marking again changes nothing.
                """,
            returns: .ok(
                "Whether it is gone or marked", example: FileRemoval(outcome: .removed), full: .marked(FileView.mistake)
            ),
            refusals: [.notFound, .notYourPart, .wrongState],
            replays: .entries { $1.readsOfPath(.file, $0.file?.id.rawValue) }
        ) { call in
            let place = try FilePlace(call)
            let marked = try await uploads.remove(
                place.file(call), of: place.record, in: place.id, by: call.caller, in: call.tx)
            return marked.map(FileRemoval.marked) ?? FileRemoval(outcome: .removed)
        },
        .download(
            "/v1/cases/{id}/records/{record}/content", .cases, "The content of a record",
            details: """
                The latest complete file, or the one that `file` names. It comes as an attachment, and as its own media \
                type only where no browser runs it. Every piece is verified; a file that was altered in the store, or was \
                taken back meanwhile, breaks off. A download that broke off goes on with `Range`, and `If-Range` with its \
                `ETag`. A file that is marked as a mistake comes only with `enteredInError=true`, and its name says what it is.
                """,
            parameters: [.query(fileQuery), .query(mistakesQuery)], mediaTypes: MediaType.delivered,
            headers: ["ETag": "Another one for another file: the content of a file never changes"],
            refusals: [.notFound, .enteredInError, .fileDamaged],
            audits: .entries { call in
                let place = try FilePlace(call)
                let subject = try call.query(fileQuery)?.rawValue ?? place.record.rawValue
                return [AuditRead(.file, subject, in: .case(place.id), by: call.caller.account)]
            }
        ) { call in
            let place = try FilePlace(call)
            call.needPart(in: place.id)
            let (wanted, mistakes) = (try call.query(fileQuery), try call.required(mistakesQuery))
            let file = try await call.transaction { tx in
                try await downloads.find(
                    wanted, of: place.record, in: place.id, includingMistakes: mistakes, by: call.caller, in: tx)
            }
            call.reply(
                headers: [.contentDisposition: ContentDisposition.attachment(file.name)], etag: file.id.description)
            return Download(file.mediaType, length: file.length) { offset in
                FilePieces(downloads: downloads, file: file, call: call, offset: offset)
            }
        },
    ]
}

private let fileQuery = Query<FileID>("file", "Which file of the record; the latest complete one when it is left out")

private let mistakesQuery = Query<Bool>(
    "enteredInError", "True: also a file that is marked as a mistake", default: false)

/// What became of a file that was taken back.
struct FileRemoval: Codable, Sendable, Described {
    enum Outcome: String, Codable, Sendable, CaseIterable {
        case removed, marked
    }

    var outcome: Outcome
    var file: FileView?

    static func marked(_ file: FileView) -> FileRemoval { FileRemoval(outcome: .marked, file: file) }

    static let notes = [
        "outcome": FieldNote("Gone, or marked as a mistake"),
        "file": FieldNote("As it is marked; absent when it is gone"),
    ]
}

private let uploadHeaderTexts = [
    "Upload-Offset": "Where the next byte belongs", "Upload-Length": "Bytes of the whole file",
    "Upload-Complete": "`?1` once the file is complete, else `?0`",
]

extension TextForm {
    /// Where in a file the bytes of a request belong.
    fileprivate static let uploadOffset = TextForm("^[0-9]{1,18}$", "a whole number of bytes")
}

private let uploadOffsetParameter = DeclaredParameter.header(
    "Upload-Offset", "Where the first byte of the body belongs", schema: ["type": "integer", "minimum": 0])

/// The record that a path names.
private struct FilePlace: Sendable {
    let id: CaseID
    let record: RecordID

    init(_ call: some CallContext) throws {
        id = try call.id("id", as: CaseID.self)
        record = try call.id("record", as: RecordID.self)
    }

    func file(_ call: some CallContext) throws -> FileID { try call.id("file", as: FileID.self) }
}

extension StreamingContext {
    fileprivate func uploadOffset() throws -> Int {
        guard let text = header(.uploadOffset), TextForm.uploadOffset.matches(text),
            let offset = Int(text)
        else {
            throw Problem(
                .malformedRequest,
                errors: [
                    FieldError(.header("Upload-Offset"), rule: "format", "Must be \(TextForm.uploadOffset.words).")
                ])
        }
        return offset
    }
}

extension FileView {
    fileprivate var uploadHeaders: HTTPFields {
        [
            .uploadOffset: String(offset), .uploadLength: String(length),
            .uploadComplete: state == .complete ? "?1" : "?0",
        ]
    }
}

/// The decrypted pieces of a file, a few at a time.
private struct FilePieces: AsyncSequence, Sendable {
    typealias Element = ByteBuffer

    let downloads: Downloads
    let file: StoredFile
    let call: StreamingContext
    /// Of the first byte that is wanted.
    let offset: Int

    struct AsyncIterator: AsyncIteratorProtocol {
        let pieces: FilePieces
        var reading: Downloads.Reading

        mutating func next() async throws -> ByteBuffer? {
            let (downloads, file, call, before) = (pieces.downloads, pieces.file, pieces.call, reading)
            let (found, after) = try await call.transaction { tx in
                var reading = before
                let found = try await downloads.next(of: file, after: &reading, by: call.caller, in: tx)
                return (found, reading)
            }
            reading = after
            return found.map { ByteBuffer(bytes: $0.joined()) }
        }
    }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(pieces: self, reading: Downloads.Reading(from: offset)) }
}
