package import Cases
package import HTTPServer
package import HTTPTypes

extension ProblemKind {
    package static let wrongOffset = ProblemKind(
        "wrong-offset", .conflict, "The offset is wrong",
        "The header `Upload-Offset` of this reply has the right offset: continue there.")
    package static let fileTooLong = ProblemKind(
        "file-too-long", .unprocessableContent, "There are more bytes than were announced",
        "`length` is what was announced; the bytes beyond it were not stored.")
    package static let fileComplete = ProblemKind(
        "file-complete", .conflict, "The file is complete", "Bytes cannot be added to it: announce another file.")
    package static let tooManyPieces = ProblemKind(
        "too-many-pieces", .conflict, "The upload came in too many small pieces",
        "Give it up with `DELETE`, announce the file again, and send larger pieces.")
    package static let fileUnfinished = ProblemKind(
        "file-unfinished", .conflict, "The file is not complete", "Bytes are missing: continue the upload.")
    package static let wrongDigest = ProblemKind(
        "wrong-digest", .unprocessableContent, "The content is not what was announced",
        "The bytes have another SHA-256 and were dropped. Send the file again from offset 0.")
    package static let fileDamaged = ProblemKind(
        "file-damaged", .internalServerError, "The stored file is damaged",
        "What is stored is not what was uploaded. The operators see the fault under the request's id.")
}

extension UploadRefusal: ProblemConvertible {
    package var problem: Problem {
        switch self {
        case .wrongOffset(let offset):
            Problem(.wrongOffset, headers: [.uploadOffset: String(offset)])
        case .tooLong(let length): Problem(.fileTooLong).with("length", length)
        case .complete: Problem(.fileComplete)
        case .tooManyPieces: Problem(.tooManyPieces)
        case .unfinished: Problem(.fileUnfinished)
        case .wrongDigest: Problem(.wrongDigest, headers: [.uploadOffset: "0"])
        case .damaged: Problem(.fileDamaged)
        }
    }
}

extension HTTPField.Name {
    package static let uploadOffset = Self("Upload-Offset")!
    package static let uploadLength = Self("Upload-Length")!
    package static let uploadComplete = Self("Upload-Complete")!
}
