import Foundation

extension Encodable {
    /// One line, keys in alphabetical order. For values that can always be encoded: strings, numbers, lists of them.
    var sortedJSON: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? "null"
    }
}
