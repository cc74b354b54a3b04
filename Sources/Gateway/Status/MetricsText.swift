/// Metrics in Prometheus' text format, version 0.0.4.
struct MetricsText {
    enum Kind: String {
        case counter, gauge, histogram
    }

    private(set) var text = ""
    /// What the names of this product's own metrics begin with; empty for those that every process has.
    var prefix = "nodegate_"

    /// Begins a metric; its samples follow.
    mutating func metric(_ name: String, _ kind: Kind, _ help: String) {
        text += "# HELP \(prefix)\(name) \(help)\n# TYPE \(prefix)\(name) \(kind.rawValue)\n"
    }

    mutating func sample(_ name: String, _ value: String, _ labels: [(name: String, value: String)] = []) {
        text += prefix + name
        if !labels.isEmpty {
            text += "{" + labels.map { "\($0.name)=\"\(Self.escaped($0.value))\"" }.joined(separator: ",") + "}"
        }
        text += " \(value)\n"
    }

    /// A metric of one sample.
    mutating func single(_ name: String, _ kind: Kind, _ value: some BinaryInteger, _ help: String) {
        metric(name, kind, help)
        sample(name, "\(value)")
    }

    mutating func histogram(_ name: String, _ histogram: DurationHistogram, _ help: String) {
        metric(name, .histogram, help)
        for (bound, count) in zip(DurationHistogram.bounds, histogram.cumulative) {
            sample("\(name)_bucket", "\(count)", [("le", Self.seconds(bound))])
        }
        sample("\(name)_bucket", "\(histogram.count)", [("le", "+Inf")])
        sample("\(name)_sum", Self.seconds(histogram.microseconds))
        sample("\(name)_count", "\(histogram.count)")
    }

    /// Microseconds as seconds, exactly.
    static func seconds(_ microseconds: UInt64) -> String {
        let (whole, part) = microseconds.quotientAndRemainder(dividingBy: 1_000_000)
        guard part > 0 else { return "\(whole)" }
        var digits = String(part)
        digits = String(repeating: "0", count: 6 - digits.count) + digits
        while digits.last == "0" { digits.removeLast() }
        return "\(whole).\(digits)"
    }

    /// A label's value: backslash, quote and line feed are escaped.
    static func escaped(_ value: String) -> String {
        var text = ""
        for character in value.unicodeScalars {
            switch character {
            case "\\": text += "\\\\"
            case "\"": text += "\\\""
            case "\n": text += "\\n"
            default: text.unicodeScalars.append(character)
            }
        }
        return text
    }
}
