import Foundation
import Rig

/// The table at the end of a run.
struct Table {
    let results: [Result]
    /// Whether targets are judged: not on short runs.
    let isJudged: Bool

    /// The most that a workload may be slower at the largest scale.
    static let mostGrowth = 1.3

    func show(_ report: Report) {
        report.title(
            "Rates a second and their ratio; processor ms a unit, clients included, and their ratio; how much slower than ×1;"
                + " latencies in ms at the stated open rate, from when a request was due")
        report.say(
            line([
                "workload", "data", "gateway", "pgbench", "ratio", "target", "g. ms", "pg. ms", "ratio", "×1/this",
                "open/s",
                "p50", "p99",
            ]))
        for result in results {
            for scale in result.scales {
                report.say(
                    line([
                        result.workload.rawValue, "×\(scale.scale)", number(scale.rate, 0),
                        number(scale.pgbench.median, 0), number(scale.ratio, 2), number(result.workload.target, 2),
                        number(scale.gatewayWork.median, 2), number(scale.pgbenchWork.median, 2),
                        number(scale.workRatio, 2), number(result.scales[0].rate / scale.rate, 2),
                        number(scale.openRate, 0),
                        number(scale.p50, 1), number(scale.p99, 1),
                    ]))
            }
        }
        report.say("")
        guard isJudged else { return }
        for result in results {
            if let first = result.scales.first {
                report.check(
                    "\(result.workload.title), at least \(number(result.workload.target, 2)) of pgbench",
                    number(first.ratio, 2), first.ratio >= result.workload.target)
            }
            if let last = result.scales.last, result.scales.count > 1 {
                report.check(
                    "\(result.workload.title), at most ×\(Self.mostGrowth) slower at ×\(last.scale)",
                    "×\(number(result.growth, 2))", result.growth <= Self.mostGrowth)
            }
        }
    }

    private func number(_ value: Double, _ digits: Int) -> String { String(format: "%.\(digits)f", value) }

    private func line(_ cells: [String]) -> String {
        let widths = [10, 6, 9, 9, 7, 7, 9, 9, 7, 8, 8, 8, 8]
        return "  "
            + zip(cells, widths).enumerated().map { index, pair in
                let (cell, width) = pair
                let blank = String(repeating: " ", count: max(0, width - cell.count))
                return index == 0 ? cell + blank : blank + cell
            }.joined()
    }
}
