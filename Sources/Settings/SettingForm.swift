/// Why a value is not taken: what it is instead of what it should be, without naming the setting.
struct ValueRefusal: Error {
    let message: String
    /// The value that was probably meant.
    var suggestion: String?

    init(_ message: String, suggestion: String? = nil) {
        self.message = message
        self.suggestion = suggestion
    }
}

/// How a kind of value is written: what is allowed, how it is read, how it is shown.
struct SettingForm<Value: Sendable>: Sendable {
    /// What is allowed: "a duration from 1ms to 1h, such as `30s`".
    let allowed: String
    /// Reads a value as it stands in the file or the environment.
    let read: @Sendable (_ text: String) throws(ValueRefusal) -> Value
    /// The value as it would stand in the file.
    let text: @Sendable (Value) -> String

    init(
        _ allowed: String, read: @escaping @Sendable (_ text: String) throws(ValueRefusal) -> Value,
        text: @escaping @Sendable (Value) -> String
    ) {
        self.allowed = allowed
        self.read = read
        self.text = text
    }
}

/// A value as messages quote it: cut, without control characters.
func quoted(_ text: String) -> String {
    let limit = 40
    let shown = text.prefix(limit).map { $0.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F } ? $0 : "?" }
    return "`" + String(shown) + (text.count > limit ? "…" : "") + "`"
}

/// A number with a unit behind it.
private struct Measure {
    let number: UInt64
    let unit: Substring

    /// Nil unless `text` is digits and then letters, and the number fits.
    init?(_ text: String) {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard let number = UInt64(digits) else { return nil }
        self.number = number
        unit = text[digits.endIndex...].drop { $0 == " " }
    }

    func times(_ factor: UInt64) -> UInt64? {
        let product = number.multipliedReportingOverflow(by: factor)
        return product.overflow ? nil : product.partialValue
    }
}

extension SettingForm where Value == UInt64 {
    private static var durationUnits: [(name: String, milliseconds: UInt64)] {
        [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)]
    }

    /// Milliseconds, written with a unit; `none` is 0 where that is allowed.
    static func duration(_ range: ClosedRange<UInt64>, none: Bool = false) -> SettingForm {
        let allowed = "a duration from \(durationText(range.lowerBound)) to \(durationText(range.upperBound))"
            + (none ? ", or `none`" : "")
        return SettingForm(allowed) { text throws(ValueRefusal) in
            if none, text == "none" || text == "0" { return 0 }
            guard let measure = Measure(text) else {
                throw ValueRefusal("\(quoted(text)) is not \(allowed); write a whole number and a unit: `30s`, `250ms`")
            }
            guard let unit = durationUnits.first(where: { $0.name == measure.unit }) else {
                if measure.unit.isEmpty {
                    throw ValueRefusal("\(quoted(text)) has no unit (ms, s, m, h or d)", suggestion: "\(measure.number)s")
                }
                throw ValueRefusal("\(quoted(text)) is not \(allowed); the units are ms, s, m, h and d")
            }
            guard let value = measure.times(unit.milliseconds), range.contains(value) else {
                throw ValueRefusal("\(quoted(text)) is out of range: allowed is \(allowed)")
            }
            return value
        } text: { $0 == 0 && none ? "none" : durationText($0) }
    }

    /// In the largest unit that divides it.
    static func durationText(_ milliseconds: UInt64) -> String {
        let unit = durationUnits.first { milliseconds > 0 && milliseconds % $0.milliseconds == 0 }
        return unit.map { "\(milliseconds / $0.milliseconds)\($0.name)" } ?? "\(milliseconds)ms"
    }

    /// Bytes; `unlimited` is the greatest number.
    static func size(_ range: ClosedRange<UInt64>, unlimited: Bool = false) -> SettingForm {
        let allowed = "a size from \(sizeText(range.lowerBound)) to \(sizeText(range.upperBound))"
            + (unlimited ? ", or `unlimited`" : "")
        return SettingForm(allowed) { text throws(ValueRefusal) in
            if unlimited, text == "unlimited" { return .max }
            return try readSize(text, range, allowed)
        } text: { $0 == .max && unlimited ? "unlimited" : sizeText($0) }
    }

    private static var sizeUnits: [(name: String, bytes: UInt64)] {
        [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("B", 1)]
    }

    fileprivate static func readSize(
        _ text: String, _ range: ClosedRange<UInt64>, _ allowed: String
    ) throws(ValueRefusal) -> UInt64 {
        guard let measure = Measure(text) else {
            throw ValueRefusal("\(quoted(text)) is not \(allowed); write a whole number and a unit: `64KiB`")
        }
        guard let unit = sizeUnits.first(where: { $0.name == measure.unit }) else {
            let meant = measure.unit.isEmpty
                ? "B" : sizeUnits.first { $0.name.lowercased().first == measure.unit.lowercased().first }?.name
            throw ValueRefusal(
                measure.unit.isEmpty
                    ? "\(quoted(text)) has no unit (B, KiB, MiB or GiB)"
                    : "\(quoted(text)) is not \(allowed); the units are B, KiB, MiB and GiB",
                suggestion: meant.map { "\(measure.number)\($0)" })
        }
        guard let value = measure.times(unit.bytes), range.contains(value) else {
            throw ValueRefusal("\(quoted(text)) is out of range: allowed is \(allowed)")
        }
        return value
    }

    fileprivate static func sizeText(_ bytes: UInt64) -> String {
        let unit = sizeUnits.first { bytes > 0 && bytes % $0.bytes == 0 }
        return unit.map { "\(bytes / $0.bytes)\($0.name)" } ?? "\(bytes)B"
    }
}

extension SettingForm where Value == Int {
    /// A plain number; `unlimited` is the greatest number.
    static func count(_ range: ClosedRange<Int>, unlimited: Bool = false) -> SettingForm {
        let allowed = "a whole number from \(range.lowerBound) to \(range.upperBound)" + (unlimited ? ", or `unlimited`" : "")
        return SettingForm(allowed) { text throws(ValueRefusal) in
            if unlimited, text == "unlimited" { return .max }
            let digits = text.allSatisfy { $0.isASCII && $0.isNumber }
            guard digits, !text.isEmpty else { throw ValueRefusal("\(quoted(text)) is not \(allowed)") }
            guard let value = Int(text), range.contains(value) else {
                throw ValueRefusal("\(quoted(text)) is out of range: allowed is \(allowed)")
            }
            return value
        } text: { $0 == .max && unlimited ? "unlimited" : String($0) }
    }

    /// Bytes.
    static func size(_ range: ClosedRange<Int>) -> SettingForm {
        let bounds = UInt64(range.lowerBound)...UInt64(range.upperBound)
        let form = SettingForm<UInt64>.size(bounds)
        return SettingForm(form.allowed) { text throws(ValueRefusal) in
            Int(try form.read(text))
        } text: { form.text(UInt64($0)) }
    }
}
