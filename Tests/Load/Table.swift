import Foundation
import Rig

/// The table at the end of a run.
struct Table {
    let results: [Result]
    /// Whether targets are judged: not on short runs.
    let isJudged: Bool

    /// The most that a workload may be slower at the largest scale.
    static let mostGrowth = 1.3
    /// The most that the soonest of many may be slower than the openings of one.
    private static let mostOfSoonest = 3.0

    func show(_ report: Report) {
        report.title(
            "Rates a second and their ratio; processor ms a unit, clients included, and their ratio; how much slower than ×1;"
                + " latencies in ms at the stated open rate, from when a request was due")
        report.say(
            line([
                "workload", "data", "specialists", "gateway", "pgbench", "ratio", "target", "g. ms", "pg. ms", "ratio",
                "×1/this", "open/s", "p50", "p99",
            ]))
        for result in results {
            for scale in result.scales {
                report.say(
                    line([
                        result.workload.rawValue, "×\(scale.scale)", "\(scale.specialists)", number(scale.rate, 0),
                        number(scale.pgbench.median, 0), number(scale.ratio, 2),
                        result.workload.target.map { number($0, 2) } ?? "", number(scale.gatewayWork.median, 2),
                        number(scale.pgbenchWork.median, 2), number(scale.workRatio, 2),
                        number(result.scales[0].rate / scale.rate, 2), number(scale.openRate, 0), number(scale.p50, 1),
                        number(scale.p99, 1),
                    ]))
            }
        }
        report.say("")
        guard isJudged else { return }
        for result in results { judge(result, report) }
        judgeSoonest(report)
    }

    private func judge(_ result: Result, _ report: Report) {
        guard let first = result.scales.first, let last = result.scales.last else { return }
        let (workload, judged) = (result.workload, result.workload.isScheduling ? last : first)
        if let target = workload.target {
            report.check(
                "\(workload.title), at least \(number(target, 2)) of pgbench at ×\(judged.scale)",
                number(judged.ratio, 2), judged.ratio >= target)
        }
        if let promise = workload.promptness {
            report.check(
                "\(workload.title), p99 at most \(number(promise.p99, 0)) ms at \(number(promise.rate, 0))/s and ×\(judged.scale)",
                "\(number(judged.p99, 1)) ms", judged.p99 <= promise.p99)
        }
        if result.scales.count > 1 {
            report.check(
                "\(workload.title), at most ×\(Self.mostGrowth) slower at ×\(last.scale)",
                "×\(number(result.growth, 2))", result.growth <= Self.mostGrowth)
        }
    }

    private func judgeSoonest(_ report: Report) {
        func last(_ workload: Workload) -> Result.Scale? {
            results.first { $0.workload == workload }?.scales.last
        }
        guard let soonest = last(.soonest), let openings = last(.openings) else { return }
        let slower = openings.rate / soonest.rate
        report.check(
            "the soonest of many, at most ×\(Self.mostOfSoonest) slower than the openings of one at ×\(soonest.scale)",
            "×\(number(slower, 2))", slower <= Self.mostOfSoonest)
    }

    private func number(_ value: Double, _ digits: Int) -> String { String(format: "%.\(digits)f", value) }

    private func line(_ cells: [String]) -> String {
        let widths = [10, 6, 13, 9, 9, 7, 7, 9, 9, 7, 8, 8, 8, 8]
        return "  "
            + zip(cells, widths).enumerated().map { index, pair in
                let (cell, width) = pair
                let blank = String(repeating: " ", count: max(0, width - cell.count))
                return index == 0 ? cell + blank : blank + cell
            }.joined()
    }
}
