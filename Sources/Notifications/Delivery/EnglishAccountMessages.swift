/// The mails about an account, and not about a case, in English.
enum EnglishAccountMessages {
    /// A subject and the lines below it.
    typealias Message = (String, [String])

    /// Tells what was done to an account, and what to do if somebody else did it.
    static func securityAlert(_ subject: String, _ what: String) -> Message {
        (subject, [what, "If it was not you: end your sessions and change your password at once, and write to us."])
    }

    static let confirmEmail: Message =
        (
            "Confirm your e-mail address",
            [
                "Somebody, probably you, asked to open an account with this address. The link works for two days; "
                    + "there you choose your password.",
                "If it was not you, do nothing: without the link there is no account, "
                    + "and what was entered is deleted in a week.",
            ]
        )

    static let accountExists: Message =
        (
            "You already have an account",
            [
                "Somebody, probably you, tried to sign up with this address. It has an account already.",
                "Sign in, or ask there for a new password. If it was not you, do nothing.",
            ]
        )

    static let resetPassword: Message =
        (
            "Choose a new password",
            [
                "Somebody, probably you, asked for a new password. The link works for an hour, once.",
                "If it was not you, do nothing: your password stays as it is.",
            ]
        )

    static let confirmNewEmail: Message =
        (
            "Confirm your new e-mail address",
            [
                "Somebody, probably you, asked to move an account to this address. Please confirm that it is yours. "
                    + "Until then the old address stays in use.",
                "If it was not you, do nothing: nothing changes without the link.",
            ]
        )

    static let confirmDevice: Message =
        (
            "Confirm your sign-in",
            [
                "Somebody, probably you, is signing in with your password on a device that your account does not "
                    + "know. Open the link to continue; it works for a quarter of an hour, once.",
                "If it was not you, do not open it: somebody knows your password. "
                    + "Choose a new one at once, from the sign-in page.",
            ]
        )

    static let emailChanged: Message =
        (
            "Your e-mail address was changed",
            ["Your account now uses another address. If it was not you, write to us at once."]
        )

    static let passwordChanged: Message =
        (
            "Your password was changed",
            [
                "The password of your account was changed.",
                "If it was not you, choose a new one at once and write to us. If it was, there is nothing to do.",
            ]
        )

    static let caregiverInvited: Message =
        (
            "You are invited to act for somebody",
            ["Somebody asks you to help with a second opinion. The link shows who, once you have signed in:"]
        )

    static let clinicianInvited: Message =
        (
            "A patient invites you",
            [
                "A patient of yours asks you to take part in a second opinion.",
                "The link shows who and how, once you have signed in:",
            ]
        )

    static let specialistProposed: Message =
        (
            "A specialist was proposed",
            [
                "A colleague proposed a specialist. Another operator has to approve within two weeks. You can see it here:"
            ]
        )

    static let specialistInvited: Message =
        (
            "You are invited to give second opinions",
            [
                "A programme for second opinions invites you as a specialist. Sign in, or open an account, with "
                    + "this address, which alone the link serves, and accept within two weeks.",
                "If you do not expect it, do nothing.",
            ]
        )

    static let specialistJoined: Message =
        securityAlert(
            "You are a specialist of the programme",
            "You can give your hours and the conditions that you treat; a coordinator records your licences.")

    static let emailChangeAsked: Message =
        securityAlert("Somebody asked to move your account to another address", "Nothing has changed yet.")

    static let secondFactorOn: Message =
        securityAlert(
            "A second factor is on",
            "Signing in now asks for a code from your new authenticator, and you were signed out elsewhere.")

    static let secondFactorOff: Message =
        securityAlert("Your second factor was turned off", "Signing in now asks for your password alone.")

    static let recoveryCodesRenewed: Message =
        securityAlert("You have new recovery codes", "The old ones no longer work.")

    static let proofsGuessed: Message =
        securityAlert(
            "You were signed out in one place",
            "Somebody entered a wrong password or code there too often.")

    static let calendarFeedMade: Message =
        securityAlert("A calendar feed was made", "Whoever has its secret address sees when your consults are.")

    static let calendarLinked: Message =
        securityAlert(
            "A calendar was linked to your account",
            "Times at which it shows you as busy can no longer be booked.")

    static let calendarFailing: Message =
        (
            "A calendar that you linked cannot be read",
            [
                "Its last known times still count, but times that were added to it since can be booked.",
                "You can see which calendar it is, and why, here:",
            ]
        )

    static let calendarUnclear: Message =
        (
            "A calendar that you linked is not clear",
            [
                "It has events whose times are not certain. Some of them may block more time than they need; others "
                    + "block nothing, so that their time can be booked.",
                "You can see which events they are here:",
            ]
        )

    static let caregiverAsked: Message =
        securityAlert(
            "Somebody was invited to act for you",
            "Once they accept, they can see your cases and act in them for you.")

    static let factorRecoveryAsked: Message =
        securityAlert(
            "An operator was asked to replace your second factor",
            "Once a second operator agrees, a code that works once comes to this address. You can stop it now.")

    static let factorRecovered: Message =
        (
            "Sign in without your authenticator, once",
            [
                "The link holds a code that replaces your authenticator: it works once, within a day, together with your "
                    + "password. Then set up another authenticator. You were signed out everywhere.",
                "If you did not ask for it, write to us at once: two of our operators were told that it was you.",
            ]
        )

    static let accountClosed: Message =
        (
            "Your account was closed",
            [
                "Nobody can sign in to it any more, and the times that were booked are free again. The content of a "
                    + "case is kept as a medical record for as long as the law requires.",
                "If you did not expect it, write to us.",
            ]
        )

    static let roleTaken: Message =
        securityAlert(
            "A role of your account was removed", "What it let you see and do has ended; you were signed out.")
}
