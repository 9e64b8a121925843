/// Why Identity does not do what was asked. A value that breaks a rule of its field is a `FieldRefusal` instead.
package enum IdentityRefusal: Error, Equatable {
    /// Wrong address, wrong password, or an address that was not confirmed: which of them is not said.
    case wrongCredentials
    /// The password is right, and the account has a second factor: sign in again with a code.
    case codeNeeded
    /// The code is wrong, out of its time, or was used before.
    case wrongCode
    /// The address was guessed at too often over all networks, and the account does not know the device: it takes a
    /// mailed link, or a code of the second factor. Whether the password was right is not said.
    case deviceUnknown
    /// Too many attempts at this address from this network, or by this network; seconds until the next.
    case throttled(retryAfter: Int)
    /// The programme demands a second factor of this role.
    case secondFactorRequired
    /// There is no second factor to confirm or remove.
    case secondFactorMissing
    /// The password that was given to prove who asks is wrong.
    case wrongPassword
    /// A link's token is unknown, used, or out of its time.
    case linkInvalid
    /// The address belongs to another account. Said to operators, and to whoever has proved that the address is hers.
    case emailTaken
    /// There is no such thing, or the caller may not know of it.
    case notFound
    /// The patient has as many caregivers and invitations as she may.
    case tooManyCaregivers
    /// More passwords are being computed than may wait.
    case busy
    /// Somebody has proposed to replace this second factor already.
    case recoveryProposed
    /// Too many of the caller's proposals of specialists wait, or were made within a day.
    case tooManyProposals
    /// The organisation of the proposal was retired since.
    case organisationRetired
    /// The address of the proposal does not open: its master key is gone, or its row was damaged.
    case addressUnreadable
    /// Too many proofs of this session were wrong, and it has ended.
    case sessionEnded
}
