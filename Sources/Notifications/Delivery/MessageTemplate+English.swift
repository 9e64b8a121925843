import Clinic

extension MessageTemplate {
    static func english(_ template: Notice.Template, _ facts: Facts) -> MessageTemplate {
        let time = facts.time ?? "the time shown in your account"
        let theCase = name(of: facts.reader)
        let consult = facts.reader?.part == .caregiver ? "a consult that you help with" : "your consult"
        let who = facts.specialist.map { " with \($0)" } ?? ""
        let (subject, lines): (String, [String]) =
            switch template {
            case .confirmEmail: EnglishAccountMessages.confirmEmail
            case .accountExists: EnglishAccountMessages.accountExists
            case .resetPassword: EnglishAccountMessages.resetPassword
            case .confirmNewEmail: EnglishAccountMessages.confirmNewEmail
            case .confirmDevice: EnglishAccountMessages.confirmDevice
            case .emailChanged: EnglishAccountMessages.emailChanged
            case .passwordChanged: EnglishAccountMessages.passwordChanged
            case .caregiverInvited: EnglishAccountMessages.caregiverInvited
            case .clinicianInvited: EnglishAccountMessages.clinicianInvited
            case .specialistProposed: EnglishAccountMessages.specialistProposed
            case .specialistInvited: EnglishAccountMessages.specialistInvited
            case .specialistJoined: EnglishAccountMessages.specialistJoined
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
                    ["A specialist could not accept \(theCase), so we have asked the next one. You can follow it here:"]
                )
            case .offerWithdrawn where facts.reader?.part == .candidate:
                ("An offer was taken back", ["A case is no longer offered to you. You need not do anything."])
            case .offerWithdrawn:
                (
                    "A specialist is no longer asked",
                    [
                        "An offer of \(theCase) to a specialist was taken back before it was answered.",
                        "You can see it, and what is possible next, here:",
                    ]
                )
            case .menuExhausted where facts.reader?.part == .coordinator:
                (
                    "A case needs another specialist",
                    ["None of the specialists who were asked could accept it. You can see it here:"]
                )
            case .menuExhausted:
                (
                    "We are looking for another specialist",
                    [
                        "Nobody who was asked could accept \(theCase). A coordinator is looking for another specialist.",
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
            case .emailChangeAsked: EnglishAccountMessages.emailChangeAsked
            case .secondFactorOn: EnglishAccountMessages.secondFactorOn
            case .secondFactorOff: EnglishAccountMessages.secondFactorOff
            case .recoveryCodesRenewed: EnglishAccountMessages.recoveryCodesRenewed
            case .proofsGuessed: EnglishAccountMessages.proofsGuessed
            case .calendarFeedMade: EnglishAccountMessages.calendarFeedMade
            case .calendarLinked: EnglishAccountMessages.calendarLinked
            case .calendarFailing: EnglishAccountMessages.calendarFailing
            case .calendarUnclear: EnglishAccountMessages.calendarUnclear
            case .caregiverAsked: EnglishAccountMessages.caregiverAsked
            case .factorRecoveryAsked: EnglishAccountMessages.factorRecoveryAsked
            case .factorRecovered: EnglishAccountMessages.factorRecovered
            case .accountClosed: EnglishAccountMessages.accountClosed
            case .emergencyAccess:
                (
                    "\(sentence(theCase)) was opened in an emergency",
                    [
                        "Somebody of the programme who does not work on it can read it for an hour, and gave a reason.",
                        "A coordinator will review this. Who it was, why, and what they read is in the case:",
                    ]
                )
            case .roleTaken: EnglishAccountMessages.roleTaken
            case .clinicianAsked:
                EnglishAccountMessages.securityAlert(
                    "A treating clinician was asked to take part in a case",
                    "You can see who, and take it back, in the case.")
            }
        return MessageTemplate(
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
            ["These times are kept for you alone \(until). Once you accept one, the others are released."] + others
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

    /// How a mail refers to the case.
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
