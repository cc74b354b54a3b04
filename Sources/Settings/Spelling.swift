/// What somebody probably meant to write.
package enum Spelling {
    /// The nearest of `candidates` by edit distance; nil when none is near.
    package static func nearest(to text: String, among candidates: some Sequence<String>) -> String? {
        let wanted = normal(text)
        guard !wanted.isEmpty, wanted.count <= 128 else { return nil }
        var best: (candidate: String, distance: Int)?
        for candidate in candidates {
            let known = normal(candidate)
            let limit = max(1, min(wanted.count, known.count) / 3)
            guard abs(known.count - wanted.count) <= limit else { continue }
            let distance = distance(wanted, known)
            if distance <= limit, distance < best?.distance ?? .max { best = (candidate, distance) }
        }
        return best?.candidate
    }

    /// `connectTimeout`, `connect-timeout` and `CONNECT_TIMEOUT` are one spelling.
    private static func normal(_ text: String) -> [UInt8] {
        var bytes: [UInt8] = []
        var wasLower = false
        for byte in text.utf8 {
            let isUpper = (0x41...0x5A).contains(byte)
            if isUpper, wasLower { bytes.append(0x5F) }
            bytes.append(isUpper ? byte | 0x20 : byte == 0x2D ? 0x5F : byte)
            wasLower = (0x61...0x7A).contains(byte)
        }
        return bytes
    }

    /// Insertions, deletions, replacements and swaps of neighbours (optimal string alignment).
    static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var beforeLast = [Int](repeating: 0, count: right.count + 1)
        var last = Array(0...right.count)
        for row in left.indices {
            var current = [row + 1]
            for column in right.indices {
                var cost = min(last[column + 1] + 1, current[column] + 1)
                cost = min(cost, last[column] + (left[row] == right[column] ? 0 : 1))
                if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
                    cost = min(cost, beforeLast[column - 1] + 1)
                }
                current.append(cost)
            }
            beforeLast = last
            last = current
        }
        return last[right.count]
    }
}
