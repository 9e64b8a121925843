/// Why a request is refused. A value that breaks a rule of its field is a `FieldRefusal` instead.
package enum IdentityRefusal: Error, Equatable {
    /// Wrong address, wrong password, or an unconfirmed address: the reply does not tell which.
    case wrongCredentials
    /// The password is right, and the account has a second factor: sign in again with a code.
    case codeNeeded
    /// The code is wrong, expired, or was used before.
    case wrongCode
    /// Too many sign-ins with this address failed over all networks, and the device is unknown: a mailed link, or a
    /// code of the second factor, is needed. The reply does not tell whether the password was right.
    case deviceUnknown
    /// Too many attempts with this address from this network, or by this network; seconds until the next.
    case throttled(retryAfter: Int)
    /// The programme demands a second factor of this role.
    case secondFactorRequired
    /// There is no second factor to confirm or remove.
    case secondFactorMissing
    /// The password that was given as proof is wrong.
    case wrongPassword
    /// A link's token is unknown, used, or expired.
    case linkInvalid
    /// The address belongs to another account. Only operators, and people who have proved that the address is theirs,
    /// are told so.
    case emailTaken
    /// It does not exist, or the caller may not know of it.
    case notFound
    /// The patient has as many caregivers and invitations as they may have.
    case tooManyCaregivers
    /// Too many passwords wait to be hashed.
    case busy
    /// The replacement of this second factor was proposed already.
    case recoveryProposed
    /// Too many of the caller's proposals of specialists wait, or were made within a day.
    case tooManyProposals
    /// The organisation of the proposal was retired meanwhile.
    case organisationRetired
    /// The address of the proposal cannot be opened: its master key is gone, or its row was damaged.
    case addressUnreadable
    /// Too many proofs of this session were wrong, and it has ended.
    case sessionEnded
}
