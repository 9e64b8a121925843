package import HTTPServer
package import Outbox

extension MailBudget.Spent: ProblemConvertible {
    package var problem: Problem {
        switch self {
        case .address(let seconds):
            Problem(
                .tooManyRequests, "This address was mailed often enough. Wait \(seconds) s.", retryAfter: seconds)
        case .account(let seconds):
            Problem(
                .tooManyRequests,
                "You have had as many mails sent to others as an account may in a day. Wait \(seconds) s.",
                retryAfter: seconds)
        }
    }
}
