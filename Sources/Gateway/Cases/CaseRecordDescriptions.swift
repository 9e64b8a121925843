import Cases
import HTTPServer
package import JSON

// What the OpenAPI document says of records and their files.

extension RecordDraft: Described {
    package static let notes = [
        "kind": FieldNote("What kind of record it is"),
        "title": FieldNote("What it is, in words, as Biopsy of 3 May"),
        "revealsPrior": FieldNote(
            """
            Whether a blinded specialist is kept from it until their first read is signed; left out, the default of \
            its kind (`POST /v1/cases/{id}/records`); never true for a medication list
            """),
        "state": FieldNote(
            "`asked` when left out, until it has a complete file; `received` for what came on paper; never `waived`"),
    ]
}

extension RecordEdit: Described {
    package static let notes = [
        "title": FieldNote("What it is, in words; left out, it stays"),
        "revealsPrior": FieldNote(
            """
            Whether a blinded specialist is kept from it, and from its files, until their first read is signed; left \
            out, it stays; never true for a medication list
            """),
        "state": FieldNote(
            "`waived` for one that will not come, or `asked` for one that was waived; left out, it stays"),
    ]
}

extension RecordView: Described {
    package static let notes = [
        "id": FieldNote("The record's id, as in the path `/v1/cases/{id}/records/{record}`"),
        "kind": FieldNote("What kind of record it is"),
        "state": FieldNote(
            "`asked` while it is still to come, `received` once it is here, `waived` where it will not come"),
        "title": FieldNote("What it is, in words"),
        "revealsPrior": FieldNote(
            "Whether a blinded specialist is kept from it, and from its files, until their first read is signed"),
        "addedBy": FieldNote("The account of the person who brought it or asked for it"),
        "version": FieldNote("Rises with every change of the record itself; a change takes the `ETag` as `If-Match`"),
        "createdAt": FieldNote(
            "When it was added; absent only in the reply to a specialist who asked for what is withheld from them"),
        "files": FieldNote("Those of its files that you may read, mistakes among them, the earliest first"),
    ]
}

extension RecordList: Described {
    package static let notes = [
        "records": FieldNote("Those that you may read, the earliest first; a treating clinician always reads their own")
    ]
}

extension FileDraft: Described {
    package static let notes = [
        "name": FieldNote("The file's name without a folder, as biopsy.pdf; no space or full stop at its end"),
        "mediaType": FieldNote("What the file is, as application/pdf; upper and lower case make no difference"),
        "length": FieldNote("How many bytes the whole file has"),
        "sha256": FieldNote("The SHA-256 of the whole file in hexadecimal: it is complete only if its bytes have it"),
    ]
}

extension FileView: Described {
    package static let notes = [
        "id": FieldNote("The file's id, as in the path `/v1/cases/{id}/records/{record}/files/{file}`"),
        "name": FieldNote("The file's name, as it was announced"),
        "mediaType": FieldNote(
            "As it was announced, in lower case; a type that downloads do not list is delivered as mere bytes"),
        "length": FieldNote("How many bytes the whole file has"),
        "sha256": FieldNote("The SHA-256 of the whole file, in lower-case hexadecimal, as it was announced"),
        "state": FieldNote("`uploading` until all its bytes are here and their SHA-256 is the announced one"),
        "offset": FieldNote(
            "How many bytes are stored, so where the next `PATCH` goes on; 0 again after a wrong SHA-256"),
        "addedBy": FieldNote("The account of the person who announced it; only they append to it"),
        "createdAt": FieldNote("When it was announced"),
        "completedAt": FieldNote("When it became complete; absent before"),
        "enteredInErrorAt": FieldNote("When it was marked as a mistake; absent for every other file"),
    ]
}
