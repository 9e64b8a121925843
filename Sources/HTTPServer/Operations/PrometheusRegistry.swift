package import CoreMetrics
import Synchronization

/// A metrics backend that keeps every number in memory and writes them as Prometheus text (exposition format 0.0.4).
/// Timers and recorders become histograms with fixed buckets. Whoever measures keeps its handle: making one takes a
/// lock, using one does not wait for anybody else's.
package final class PrometheusRegistry: MetricsFactory, Sendable {
    private struct Identity: Hashable {
        let name: String
        let labels: String
    }

    private let series = Mutex<[Identity: any Series]>([:])
    private let help: [String: String]

    /// - Parameter help: what the metrics of a name mean, a sentence each, without line breaks.
    package init(help: [String: String]) { self.help = help }

    package func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        find(label, dimensions) { Count() }
    }

    package func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        find(label, dimensions) { Gauge() }
    }

    package func makeRecorder(
        label: String, dimensions: [(String, String)], aggregate: Bool
    ) -> any RecorderHandler {
        find(label, dimensions) { Histogram(scale: 1) }
    }

    package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        find(label, dimensions) { Histogram(scale: 1e-9) }
    }

    package func destroyCounter(_ handler: any CounterHandler) {}
    package func destroyMeter(_ handler: any MeterHandler) {}
    package func destroyRecorder(_ handler: any RecorderHandler) {}
    package func destroyTimer(_ handler: any TimerHandler) {}

    private func find<Kind: Series>(_ label: String, _ dimensions: [(String, String)], make: () -> Kind) -> Kind {
        let name = String(label.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
        let identity = Identity(name: name, labels: Self.labels(dimensions))
        return series.withLock { series in
            if let known = series[identity] as? Kind { return known }
            let made = make()
            series[identity] = made
            return made
        }
    }

    private static func labels(_ dimensions: [(String, String)]) -> String {
        dimensions.sorted { $0.0 < $1.0 }.map { name, value in
            let quoted = value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
            return "\(name)=\"\(quoted)\""
        }.joined(separator: ",")
    }

    /// The whole text, series of one name together.
    package var text: String {
        let all = series.withLock { $0 }.sorted { ($0.key.name, $0.key.labels) < ($1.key.name, $1.key.labels) }
        var text = ""
        var last = ""
        for (identity, series) in all {
            if identity.name != last {
                if let help = help[identity.name] { text += "# HELP \(identity.name) \(help)\n" }
                text += "# TYPE \(identity.name) \(series.type)\n"
            }
            last = identity.name
            for line in series.lines {
                let labels = [identity.labels, line.labels].filter { !$0.isEmpty }.joined(separator: ",")
                text += identity.name + line.suffix + (labels.isEmpty ? "" : "{\(labels)}") + " \(line.value)\n"
            }
        }
        return text
    }
}

private struct Line {
    var suffix = ""
    var labels = ""
    var value: String
}

private protocol Series: AnyObject, Sendable {
    var type: String { get }
    var lines: [Line] { get }
}

private final class Count: CounterHandler, Series {
    private let value = Atomic<Int64>(0)
    func increment(by amount: Int64) { value.add(amount, ordering: .relaxed) }
    func reset() { value.store(0, ordering: .relaxed) }
    var type: String { "counter" }
    var lines: [Line] { [Line(value: String(value.load(ordering: .relaxed)))] }
}

/// Left out while its value is not known, which is set as "not a number".
private final class Gauge: MeterHandler, Series {
    private let value = Mutex(0.0)
    func set(_ value: Int64) { set(Double(value)) }
    func set(_ value: Double) { self.value.withLock { $0 = value } }
    func increment(by amount: Double) { value.withLock { $0 += amount } }
    func decrement(by amount: Double) { value.withLock { $0 -= amount } }
    var type: String { "gauge" }
    var lines: [Line] {
        let value = value.withLock { $0 }
        return value.isNaN ? [] : [Line(value: String(value))]
    }
}

private final class Histogram: TimerHandler, RecorderHandler, Series {
    private static let bounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]
    private struct State {
        var counts = [Int](repeating: 0, count: bounds.count)
        var sum = 0.0
        var count = 0
    }

    private let scale: Double
    private let state = Mutex(State())

    init(scale: Double) { self.scale = scale }

    func recordNanoseconds(_ duration: Int64) { record(Double(duration)) }
    func record(_ value: Int64) { record(Double(value)) }
    func record(_ value: Double) {
        let value = value * scale
        state.withLock { state in
            state.sum += value
            state.count += 1
            if let bucket = Self.bounds.firstIndex(where: { value <= $0 }) { state.counts[bucket] += 1 }
        }
    }

    var type: String { "histogram" }
    var lines: [Line] {
        let state = state.withLock { $0 }
        var below = 0
        var lines = zip(Self.bounds, state.counts).map { bound, count in
            below += count
            return Line(suffix: "_bucket", labels: "le=\"\(bound)\"", value: String(below))
        }
        lines.append(Line(suffix: "_bucket", labels: "le=\"+Inf\"", value: String(state.count)))
        lines.append(Line(suffix: "_sum", value: String(state.sum)))
        lines.append(Line(suffix: "_count", value: String(state.count)))
        return lines
    }
}
