import Foundation

/// The same as a picture: each workload's share of `pgbench` against its target, and how rates fare as data grows.
struct Plot {
    let results: [Result]

    private static let colours = ["#2b6cb0", "#c05621", "#b7791f", "#2f855a", "#805ad5"]
    private static let ink = "#2d3748"

    var svg: String {
        """
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 760 380" font-family="sans-serif" font-size="12" \
        fill="\(Self.ink)">
        <title>The gateway beside pgbench on the same statements, and its rate as data grows</title>
        <rect width="760" height="380" fill="white"/>
        \(shares)
        \(growth)
        </svg>

        """
    }

    /// Bars from 0 to the share 1, with the target as a mark.
    private var shares: String {
        let (left, width, top) = (150.0, 220.0, 56.0)
        var lines = [text(20, 28, "share of pgbench, same statements", bold: true)]
        for (row, result) in results.enumerated() {
            guard let first = result.scales.first else { continue }
            let y = top + Double(row) * 62
            lines += [
                text(20, y + 21, result.workload.rawValue),
                rectangle(left, y, width, 32, "#edf2f7"),
                rectangle(left, y, min(1, first.ratio) * width, 32, Self.colours[row % Self.colours.count]),
                text(left + width + 8, y + 21, String(format: "%.2f", first.ratio)),
            ]
            guard let share = result.workload.target else { continue }
            let target = left + share * width
            lines += [
                #"<path d="M\#(target) \#(y - 4)v40" stroke="\#(Self.ink)" stroke-width="2"/>"#,
                text(target - 12, y + 50, String(format: "≥ %.2f", share)),
            ]
        }
        return lines.joined(separator: "\n")
    }

    /// Lines of the rate against that of the first scale, from 0 to 1.2.
    private var growth: String {
        let (left, width, top, height) = (470.0, 250.0, 56.0, 210.0)
        func x(_ index: Int, of count: Int) -> Double { left + width * Double(index) / Double(max(1, count - 1)) }
        func y(_ rate: Double) -> Double { top + height * (1 - min(rate, 1.2) / 1.2) }
        var lines = [text(left - 20, 28, "rate as data grows, ×1 being 1", bold: true)]
        for rate in [0, 0.5, 1 / Table.mostGrowth, 1] {
            lines += [
                #"<path d="M\#(left) \#(y(rate))h\#(width)" stroke="silver"/>"#,
                text(left - 34, y(rate) + 4, String(format: "%.2f", rate)),
            ]
        }
        for (row, result) in results.enumerated() {
            let colour = Self.colours[row % Self.colours.count]
            let points = result.scales.enumerated().map { index, scale in
                (x(index, of: result.scales.count), y(scale.rate / result.scales[0].rate))
            }
            lines.append(
                #"<polyline fill="none" stroke="\#(colour)" stroke-width="2" points="\#(points.map { "\($0.0),\($0.1)" }.joined(separator: " "))"/>"#
            )
            lines += points.map { #"<circle cx="\#($0.0)" cy="\#($0.1)" r="3" fill="\#(colour)"/>"# }
            lines += [
                rectangle(left - 34 + Double(row) * 64, 300, 10, 10, colour),
                text(left - 20 + Double(row) * 64, 310, result.workload.rawValue),
            ]
        }
        for (index, scale) in (results.first?.scales ?? []).enumerated() {
            lines.append(text(x(index, of: results[0].scales.count) - 10, top + height + 18, "×\(scale.scale)"))
        }
        return lines.joined(separator: "\n")
    }

    private func text(_ x: Double, _ y: Double, _ words: String, bold: Bool = false) -> String {
        #"<text x="\#(x)" y="\#(y)"\#(bold ? #" font-weight="bold""# : "")>\#(words)</text>"#
    }

    private func rectangle(_ x: Double, _ y: Double, _ width: Double, _ height: Double, _ colour: String) -> String {
        #"<rect x="\#(x)" y="\#(y)" width="\#(width)" height="\#(height)" fill="\#(colour)"/>"#
    }
}
