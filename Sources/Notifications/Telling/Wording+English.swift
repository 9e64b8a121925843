import Clinic

extension Wording {
    /// What was done to an account, and what to do if somebody else did it.
    private static func guarding(_ subject: String, _ what: String) -> (String, [String]) {
        (subject, [what, "If it was not you: end your sessions and change your password at once, and write to us."])
    }

    static func english(_ template: Notice.Template, _ facts: Facts) -> Wording {
        let time = facts.time ?? "the time shown in your account"
        let theCase = name(of: facts.reader)
        let consult = facts.reader?.part == .caregiver ? "a consult that you help with" : "your consult"
        let who = facts.specialist.map { " with \($0)" } ?? ""
        let (subject, lines): (String, [String]) =
            switch template {
            case .confirmEmail:
                (
                    "Confirm your e-mail address",
                    [
                        "Somebody, probably you, asked to open an account with this address. The link works for two days; "
                            + "there you choose your password.",
                        "If it was not you, do nothing: without the link there is no account, "
                            + "and what was entered is deleted in a week.",
                    ]
                )
            case .accountExists:
                (
                    "You already have an account",
                    [
                        "Somebody, probably you, tried to sign up with this address. It has an account already.",
                        "Sign in, or ask there for a new password. If it was not you, do nothing.",
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
                    [
                        "Somebody, probably you, asked to move an account to this address. Please confirm that it is yours. "
                            + "Until then the old address stays in use.",
                        "If it was not you, do nothing: nothing changes without the link.",
                    ]
                )
            case .confirmDevice:
                (
                    "Confirm your sign-in",
                    [
                        "Somebody, probably you, is signing in with your password on a device that your account does not "
                            + "know. Open the link to continue; it works for a quarter of an hour, once.",
                        "If it was not you, do not open it: somebody knows your password. "
                            + "Choose a new one at once, from the sign-in page.",
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
                        "If it was not you, choose a new one at once and write to us. If it was, there is nothing to do.",
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
            case .specialistProposed:
                (
                    "A specialist was proposed",
                    ["A colleague proposes a specialist. Another operator approves, within two weeks. It is here:"]
                )
            case .specialistInvited:
                (
                    "You are invited to give second opinions",
                    [
                        "A programme for second opinions invites you as a specialist. Sign in, or open an account, with "
                            + "this address, which alone the link serves, and accept within two weeks.",
                        "If you do not expect it, do nothing.",
                    ]
                )
            case .specialistJoined:
                guarding(
                    "You are a specialist of the programme",
                    "You can give your hours and the conditions that you treat; a coordinator records your licences.")
            case .caseSubmitted where facts.reader?.part == .coordinator:
                ("A case was submitted", ["A new case is waiting for a coordinator. You can see it here:"])
            case .caseSubmitted:
                ("We have received \(theCase)", ["A coordinator will look at it next. You can follow it here:"])
            case .recordsNeeded:
                ("Records are needed", [sentence("\(theCase) is waiting for records. You can see which ones here:")])
            case .recordArrived:
                ("A record has arrived", ["A record has arrived in \(theCase). You can see it here:"])
            case .offerWaiting:
                ("A case is offered to you", ["Please accept or decline it before the offer ends:"])
            case .offerPassedOn:
                (
                    "We have asked the next specialist",
                    ["A specialist could not take \(theCase), so we have asked the next one. You can follow it here:"]
                )
            case .menuExhausted where facts.reader?.part == .coordinator:
                (
                    "A case needs another specialist",
                    ["None of the specialists who were asked could take it. You can see it here:"]
                )
            case .menuExhausted:
                (
                    "We are looking for another specialist",
                    [
                        "Nobody who was asked could take \(theCase). A coordinator is looking for another specialist.",
                        "You can follow it here:",
                    ]
                )
            case .caseAccepted: accepted(theCase, facts)
            case .caseReassigned where facts.reader?.takesPart == false:
                ("A case is no longer with you", [sentence("\(theCase) will go to another specialist.")])
            case .caseReassigned:
                (
                    "We are choosing another specialist",
                    ["The specialist who had accepted \(theCase) no longer has it. You can follow it here:"]
                )
            case .clinicianJoined:
                ("An invitation was accepted", ["A clinician now takes part in \(theCase). You can see it here:"])
            case .appointmentBooked:
                (sentence("\(consult) is booked"), [sentence("\(consult)\(who) is on \(time).")])
            case .appointmentMoved:
                (sentence("\(consult) has a new time"), [sentence("\(consult)\(who) is now on \(time).")])
            case .appointmentCancelled:
                (sentence("\(consult) was cancelled"), ["The consult\(who) on \(time) will not take place."])
            case .panelChanged where facts.hasLeft:
                ("You are no longer in a consult", ["The consult\(who) on \(time) will take place without you."])
            case .panelChanged:
                (
                    sentence("\(consult) will have fewer specialists"),
                    [sentence("\(consult)\(who) on \(time) will take place with fewer specialists.")]
                )
            case .openingOffered:
                offered(facts, time: time, who: who)
            case .openingsAvailable:
                (
                    "There are times that you can book",
                    [
                        "You are waiting for a consult. Times that suit you can be booked now. They are open to everybody, and "
                            + "none is kept for you.",
                        "You can see them here:",
                    ]
                )
            case .colleagueBrought:
                ("You are asked to join a case", ["A colleague's case needs you. You can read it, or leave it, here:"])
            case .reminder(_, _, ahead: .day):
                (
                    sentence("\(consult) is \(facts.remaining?.englishDay ?? "near")"),
                    [sentence("\(consult)\(who) is on \(time)."), "You can join it here:"]
                )
            case .reminder(_, _, ahead: .hour):
                (
                    sentence("\(consult) begins \(facts.remaining?.englishMinutes ?? "soon")"),
                    [sentence("\(consult)\(who) is on \(time)."), "You can join it here:"]
                )
            case .calendarConflict:
                (
                    "A calendar of yours conflicts with a consult",
                    [
                        "A calendar that you linked shows you as busy at the time of your consult on \(time).",
                        "The consult is still booked. You can move it or cancel it here:",
                    ]
                )
            case .colleagueReleased:
                ("You are no longer part of a case", [sentence("\(theCase) goes on without you.")])
            case .messagePosted(_, _, _, urgent: true):
                ("An urgent message", ["A message that is marked as urgent is waiting for you in \(theCase):"])
            case .messagePosted:
                ("A new message", ["A message is waiting for you in \(theCase):"])
            case .opinionReady:
                ("The opinion is ready", ["The specialist has signed the opinion on \(theCase). You can read it here:"])
            case .caseEnded where facts.reader?.part == .candidate:
                ("A case is no longer offered to you", ["It has ended. There is nothing more for you to do."])
            case .caseEnded where facts.link == nil:
                (sentence("\(theCase) has ended"), ["There is nothing more for you to do."])
            case .caseEnded where facts.reader?.part == .coordinator:
                ("A case has ended", ["You can see how here:"])
            case .caseEnded:
                (sentence("\(theCase) has ended"), ["You can see how, and what is possible next, here:"])
            case .emailChangeAsked:
                guarding("Somebody asked to move your account to another address", "Nothing has changed yet.")
            case .secondFactorOn:
                guarding(
                    "A second factor is on",
                    "Signing in now asks for a code from your new authenticator, and you were signed out elsewhere.")
            case .secondFactorOff:
                guarding("Your second factor was turned off", "Signing in now asks for your password alone.")
            case .recoveryCodesRenewed:
                guarding("You have new recovery codes", "The old ones no longer work.")
            case .proofsGuessed:
                guarding(
                    "You were signed out in one place",
                    "Somebody entered a wrong password or code there too often.")
            case .calendarFeedMade:
                guarding("A calendar feed was made", "Whoever has its secret address sees when your consults are.")
            case .calendarLinked:
                guarding(
                    "A calendar was linked to your account",
                    "Times at which it shows you as busy can no longer be booked.")
            case .calendarFailing:
                (
                    "A calendar that you linked cannot be read",
                    [
                        "What it said last still counts, but what was added to it since can be booked over.",
                        "You can see which calendar it is, and why, here:",
                    ]
                )
            case .calendarUnclear:
                (
                    "A calendar that you linked is not read for certain",
                    [
                        "It has events whose times are not certain. Some of them may block more time than they need; others "
                            + "block nothing, so that their time can be booked.",
                        "You can see which events they are here:",
                    ]
                )
            case .caregiverAsked:
                guarding(
                    "Somebody was invited to act for you",
                    "Once they accept, they can see your cases and act in them for you.")
            case .factorRecoveryAsked:
                guarding(
                    "An operator was asked to replace your second factor",
                    "Once a second operator agrees, a code that works once comes to this address. You can stop it now.")
            case .factorRecovered:
                (
                    "Sign in without your authenticator, once",
                    [
                        "The link holds a code that stands for your authenticator: it works once, for a day, beside your "
                            + "password. Then set up another authenticator. You were signed out everywhere.",
                        "If you did not ask for it, write to us at once: two of our operators were told that it was you.",
                    ]
                )
            case .accountClosed:
                (
                    "Your account was closed",
                    [
                        "Nobody can sign in to it any more, and the times that were booked are free again. What a case "
                            + "holds is kept as a medical record for as long as the law asks.",
                        "If you did not expect it, write to us.",
                    ]
                )
            case .emergencyAccess:
                (
                    "\(sentence(theCase)) was opened in an emergency",
                    [
                        "Somebody of the programme who does not work on it can read it for an hour, and gave a reason.",
                        "A coordinator will review this. Who it was, why, and what they read is in the case:",
                    ]
                )
            case .roleTaken:
                guarding(
                    "A role was taken from your account", "What it let you see and do has ended; you were signed out.")
            case .clinicianAsked:
                guarding(
                    "A treating clinician was asked to take part in a case",
                    "You can see who, and take it back, in the case.")
            }
        return Wording(
            subject: subject,
            paragraphs: lines
                + [facts.link, "Please do not reply to this mail. Nobody reads this address."].compactMap(\.self))
    }

    private static func offered(_ facts: Facts, time: String, who: String) -> (String, [String]) {
        let until = facts.deadline.map { "until \($0)" } ?? "for a while"
        guard !facts.alternatives.isEmpty else {
            return (
                "A time is kept for you",
                ["A consult\(who) on \(time) is kept for you alone \(until). You can accept it here:"]
            )
        }
        let others = facts.alternatives.map { kept, link in
            "\(kept.time)\(kept.isStandIn ? ", with another specialist" : ""): \(link)"
        }
        return (
            "Times are kept for you",
            ["These times are kept for you alone \(until). Once you accept one, the others go back."] + others
                + ["\(time)\(who):"]
        )
    }

    private static func accepted(_ theCase: String, _ facts: Facts) -> (String, [String]) {
        let next =
            switch (facts.reader?.part, facts.lane) {
            case (.patient, .licensed), (.caregiver, .licensed), (.treatingClinician, .peerToPeer):
                "The consult can be booked now:"
            case (.patient, .peerToPeer), (.caregiver, .peerToPeer):
                "The clinician can book the consult now. You can follow it here:"
            default: "You can follow it here:"
            }
        return ("A specialist has accepted a case", ["A specialist has accepted \(theCase). \(next)"])
    }

    /// How a mail names the case to its reader.
    private static func name(of reader: Reader?) -> String {
        switch reader?.part {
        case .patient, nil: "your case"
        case .caregiver: "a case that you help with"
        case .candidate: "a case that was offered to you"
        case .specialist: reader?.takesPart == true ? "a case of yours" : "a case that you had accepted"
        case .colleague: "a case that you were asked to join"
        case .treatingClinician: "the case of a patient of yours"
        case .coordinator, .emergency: "a case"
        }
    }

    private static func sentence(_ text: String) -> String { text.prefix(1).uppercased() + text.dropFirst() }
}
