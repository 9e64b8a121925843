import Clinic

extension Wording {
    /// What was done to an account, and what to do if somebody else did it.
    private static func guarding(_ subject: String, _ what: String) -> (String, [String]) {
        (subject, [what, "If it was not you: end your sessions and change your password at once, and write to us."])
    }

    static func english(_ template: Notice.Template, _ facts: Facts) -> Wording {
        let time = facts.time ?? "the time shown in your account"
        let who = facts.specialist.map { " with \($0)" } ?? ""
        let (subject, lines): (String, [String]) =
            switch template {
            case .confirmEmail:
                (
                    "Confirm your e-mail address",
                    ["Please confirm that this address is yours. The link works for two days:"]
                )
            case .accountExists:
                (
                    "You already have an account",
                    [
                        "Somebody, probably you, tried to sign up with this address. It has an account already.",
                        "Sign in, or ask there for a new password:",
                    ]
                )
            case .resetPassword:
                (
                    "Choose a new password",
                    [
                        "Somebody, probably you, asked for a new password. The link works for an hour, once.",
                        "If it was not you, do nothing: your password stays as it is.",
                    ]
                )
            case .confirmNewEmail:
                (
                    "Confirm your new e-mail address",
                    ["Please confirm that this address is yours. Until then your old one stays in use."]
                )
            case .confirmDevice:
                (
                    "Confirm your sign-in",
                    [
                        "Somebody, probably you, signs in with your password from a device that your account does not "
                            + "know. The link goes on with it; it works for a quarter of an hour, once.",
                        "If it was not you, do not open it: somebody knows your password. "
                            + "Ask for a new one at the sign-in.",
                    ]
                )
            case .emailChanged:
                (
                    "Your e-mail address was changed",
                    ["Your account now uses another address. If it was not you, write to us at once."]
                )
            case .passwordChanged:
                (
                    "Your password was changed",
                    [
                        "The password of your account was changed.",
                        "If it was not you, ask for a new one at once and write to us. If it was, do nothing.",
                    ]
                )
            case .caregiverInvited:
                (
                    "You are invited to act for somebody",
                    ["Somebody asks you to help with a second opinion. The link shows who, once you have signed in:"]
                )
            case .clinicianInvited:
                (
                    "A patient invites you",
                    [
                        "A patient of yours asks you to take part in a second opinion.",
                        "The link shows who and how, once you have signed in:",
                    ]
                )
            case .caseSubmitted:
                ("Your case has arrived", ["A coordinator looks at it next. You can follow it here:"])
            case .recordsNeeded:
                ("Records are needed", ["Your case waits for records. You can see which ones here:"])
            case .offerWaiting:
                ("A case is offered to you", ["Please accept or decline it in time:"])
            case .caseAccepted:
                ("A specialist has accepted your case", ["You can now book the consult:"])
            case .appointmentBooked:
                ("Your consult is booked", ["Your consult\(who) is on \(time)."])
            case .appointmentMoved:
                ("Your consult has a new time", ["Your consult\(who) is now on \(time)."])
            case .appointmentCancelled:
                ("Your consult was cancelled", ["The consult\(who) on \(time) will not take place."])
            case .panelChanged where facts.hasLeft:
                ("You are no longer in a consult", ["The consult\(who) on \(time) will take place without you."])
            case .panelChanged:
                ("Your consult has another panel", ["Your consult\(who) on \(time) will take place with fewer people."])
            case .openingOffered:
                (
                    "A time is kept for you",
                    ["For a while a consult\(who) on \(time) is yours alone to take. You can accept it here:"]
                )
            case .openingsAvailable:
                (
                    "There are times that you can book",
                    [
                        "You wait for a consult. Times that suit you are open to everybody; none is kept for you.",
                        "You can see them here:",
                    ]
                )
            case .colleagueBrought:
                ("You are asked to join a case", ["A colleague's case needs you. You can read it, or leave it, here:"])
            case .reminder(_, _, ahead: .day):
                (
                    "Your consult is \(facts.remaining?.englishDay ?? "near")",
                    ["Your consult\(who) is on \(time).", "You can join it here:"]
                )
            case .reminder(_, _, ahead: .hour):
                (
                    "Your consult begins \(facts.remaining?.englishMinutes ?? "soon")",
                    ["Your consult\(who) is on \(time).", "You can join it here:"]
                )
            case .calendarConflict:
                (
                    "A calendar of yours and a consult collide",
                    [
                        "A calendar that you linked takes the time of your consult on \(time).",
                        "The consult stands. You can move it or call it off here:",
                    ]
                )
            case .messagePosted:
                ("A new message", ["A message waits for you in your case:"])
            case .opinionReady:
                ("The opinion is ready", ["The specialist has signed the opinion. You can read it here:"])
            case .caseEnded:
                ("Your case has ended", ["You can see how, and what you may do next, here:"])
            case .emailChangeAsked:
                guarding("Somebody asked to move your account to another address", "Nothing has changed yet.")
            case .secondFactorOn:
                guarding(
                    "A second factor is on",
                    "Sign-in asks for codes of a new authenticator, and you were signed out elsewhere.")
            case .secondFactorOff:
                guarding("Your second factor was turned off", "Sign-in asks for the password alone.")
            case .recoveryCodesRenewed:
                guarding("You have new recovery codes", "The old ones do not work any more.")
            case .proofsGuessed:
                guarding(
                    "You were signed out in one place",
                    "There, somebody tried too often to prove with a wrong password or code that they are you.")
            case .calendarFeedMade:
                guarding("A calendar feed was made", "Whoever has its secret address sees when your consults are.")
            case .calendarLinked:
                guarding("A calendar was linked to your account", "What is busy in it takes openings of yours.")
            case .caregiverAsked:
                guarding("Somebody was invited to act for you", "Once they accept they see your cases and act in them.")
            case .clinicianAsked:
                guarding(
                    "A treating clinician was asked to take part in a case",
                    "You can see who, and take it back, in the case.")
            }
        return Wording(
            subject: subject,
            paragraphs: lines + [facts.link, "Please do not answer this mail. Nobody reads this address."])
    }
}
