import HTTPWire

/// The beginning of a request that cannot be read, as a record may show it: bounded, and without what could be a
/// credential, wherever the client put it.
///
/// Words and short numbers stay, and what is between them; the record escapes control bytes. Anything else is shown by
/// its length, as is everything behind a word that credentials follow.
enum RequestExcerpt {
    /// Bytes of the first line that are looked at, and bytes shown.
    private static let greatestLine = 512
    private static let greatestText = 160
    private static let greatestWord = 20
    private static let greatestNumber = 6

    /// Words, and parts of words, that credentials follow.
    private static let telling = [
        "auth", "bearer", "basic", "digest", "cookie", "pass", "secret", "token", "key", "credential", "session",
    ]

    static func text(_ bytes: Span<UInt8>) -> [UInt8] {
        var end = 0
        while end < bytes.count, end < greatestLine, bytes[end] != 0x0A, bytes[end] != 0x0D { end += 1 }
        var text: [UInt8] = []
        var index = 0
        while index < end, text.count < greatestText {
            // A query, and a fragment, are the client's own words.
            if bytes[index] == 0x3F || bytes[index] == 0x23 {
                return text + [bytes[index]] + length(end - index - 1)
            }
            var next = index
            while next < end, isOfRun(bytes[next]) { next += 1 }
            guard next > index else {
                text.append(bytes[index])
                index += 1
                continue
            }
            let run = bytes.extracting(index..<next)
            text += isHarmless(run) ? (0..<run.count).map { run[$0] } : length(run.count)
            index = next
            let word = String(decoding: (0..<run.count).map { ASCII.lowercase(run[$0]) }, as: UTF8.self)
            if index < end, telling.contains(where: { word.contains($0) }) { return text + length(end - index) }
        }
        return text
    }

    private static func isOfRun(_ byte: UInt8) -> Bool {
        ASCII.isLetter(byte) || ASCII.isDigit(byte) || byte >= 0x80
    }

    /// A word in one case, or a short number: no part of a key that is worth its name.
    private static func isHarmless(_ run: Span<UInt8>) -> Bool {
        var (digits, small, great) = (0, 0, 0)
        for index in 0..<run.count {
            let byte = run[index]
            if ASCII.isDigit(byte) { digits += 1 }
            if byte &- 0x61 < 26 { small += 1 }
            if byte &- 0x41 < 26 { great += 1 }
        }
        if digits == run.count { return digits <= greatestNumber }
        // `Host`, and `v2`.
        let isWord = small == run.count || great == run.count || great == 1 && small == run.count - 1 && run[0] < 0x61
        return isWord && run.count <= greatestWord || run.count == 2
    }

    private static func length(_ count: Int) -> [UInt8] { Array("[\(count) bytes]".utf8) }
}
