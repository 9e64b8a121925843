package import Clinic

/// Why something cannot be done in a case.
package enum CaseRefusal: Error, Hashable {
    /// It does not exist, or the caller may not know whether it does.
    case notFound
    /// The caller's part in the case does not include this.
    case notYourPart
    /// The case is in a state in which this cannot happen.
    case wrongState(CaseState)
    /// What a draft lacks before it can be submitted.
    case incomplete([Missing])
    /// The case cannot be completed while these records are asked for.
    case recordsMissing([RecordID])
    /// A step needs a consent that was not given, or was withdrawn.
    case consentMissing(ConsentKind)
    /// This consent is in force already.
    case consentGiven(ConsentKind)
    /// The record still lacks its file: receive it, or waive the record.
    case recordStillAsked
    /// The file is marked as a mistake. A request must ask for such files explicitly.
    case enteredInError
    /// The list is as long as it may be.
    case tooMany(limit: Int)
    /// A quota is reached.
    case quota(CaseQuota)

    /// One thing that a draft lacks, in the order in which a patient is asked for it.
    package enum Missing: Hashable, Sendable {
        case reason, condition
        /// The condition in this place of the intake has no billable code.
        case conditionCode(Int)
        /// The patient has not given their sex (`PATCH /v1/me`).
        case sex
        case consent(ConsentKind)
    }
}

/// Why a first read or an opinion cannot be written or signed.
package enum SigningRefusal: Error, Hashable {
    /// A signed document does not change.
    case alreadySigned
    /// There is no draft to sign.
    case nothingToSign
    /// The case is blinded: sign the first read, or break the blind, before the opinion.
    case firstReadNeeded
    /// The case is not blinded, or the blind is open already.
    case noBlind
    /// These fields of the opinion are still empty, as JSON pointers.
    case unfinished([String])
    /// A peer-to-peer opinion goes to the treating clinician, and the case has none.
    case noTreatingClinician
}

/// Why bytes of a file are not accepted.
package enum UploadRefusal: Error, Hashable {
    /// The next byte belongs at this offset.
    case wrongOffset(Int)
    /// More bytes than were announced.
    case tooLong(Int)
    /// The file is complete; nothing can be added.
    case complete
    /// The upload came in so many small pieces that it must start anew with larger ones.
    case tooManyPieces
    /// The file is not complete yet.
    case unfinished
    /// The whole file has another digest than was announced; its bytes were dropped.
    case wrongDigest
    /// What is stored differs from what was uploaded: it was altered in the database.
    case damaged
}
