package import HTTPServer
package import Outbox

extension MailBudget.Exhausted: ProblemConvertible {
    package var problem: Problem {
        switch self {
        case .address(let seconds):
            Problem(
                .tooManyRequests, "Too many mails were sent to this address. Wait \(seconds) s.", retryAfter: seconds)
        case .account(let seconds):
            Problem(
                .tooManyRequests,
                "You have sent as many mails to others as an account may in a day. Wait \(seconds) s.",
                retryAfter: seconds)
        }
    }
}
