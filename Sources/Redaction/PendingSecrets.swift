/// What a `SecretFinder` remembers of the objects that are open, or of the one that has just ended.
struct PendingSecrets: ~Copyable {
    struct Item {
        var depth = 0
        /// Empty: the object's id.
        var rules: RuleMask = []
        var isWhole = true
        var range = 0..<0
    }

    /// A stack: what an inner object adds goes before an outer one ends.
    private(set) var items: InlineArray<32, Item> = .init(repeating: Item())
    private(set) var count = 0
    private(set) var bytes: InlineArray<8192, UInt8> = .init(repeating: 0)
    private var byteCount = 0
    /// Bytes that have held something.
    private var usedBytes = 0
    /// Secrets for which there was no room.
    private(set) var missedCount = 0

    /// An id for which there is no room is forgotten.
    mutating func push(_ item: Item, _ value: Span<UInt8>) {
        guard count < SecretFinder.maximumPending, byteCount + value.count <= SecretFinder.pendingBytes else {
            if !item.rules.isEmpty { missedCount += 1 }
            return
        }
        var target = bytes.mutableSpan
        for index in 0..<value.count { target[byteCount + index] = value[index] }
        items[count] = item
        items[count].range = byteCount..<byteCount + value.count
        count += 1
        byteCount += value.count
        usedBytes = max(usedBytes, byteCount)
    }

    mutating func drop(from first: Int) {
        guard first < count else { return }
        byteCount = items[first].range.lowerBound
        count = first
    }

    /// Overwrites everything.
    mutating func forget() {
        var target = bytes.mutableSpan
        for index in 0..<usedBytes { target[index] = 0 }
        (usedBytes, byteCount, count, missedCount) = (0, 0, 0, 0)
    }
}
