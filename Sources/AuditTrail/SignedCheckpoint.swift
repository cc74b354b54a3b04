import Cryptography

/// A signed statement of where the chain stood, so that who owns the database but not the key can neither rewrite
/// what came before nor cut it off without a trace in a copy of the statement.
///
/// What is signed (Ed25519) is this text, each line ended by a line feed:
///
///     nodegate audit checkpoint 1
///     log 32 hexadecimal digits
///     sequence the last record; 0 for a log without records
///     hash 64 hexadecimal digits, the hash of that record
///     time microseconds since 1970 UTC
///     within the next statement follows before so many more records
///
/// It is stored in the log as the record that follows (kind `checkpoint`, the text of `detail`), and so leaves the
/// machine with every exporter; and appended to a file as one JSON object a line.
package struct SignedCheckpoint: Equatable, Sendable {
    /// Of the log: 16 bytes.
    package let logID: [UInt8]
    package let sequence: Int64
    package let hash: Digest256
    /// Microseconds since 1970 UTC.
    package let time: Int64
    /// A promise of the writer: at most so many records come before the next statement.
    package let within: Int64
    /// The fingerprint of the key.
    package let key: String
    package var signature: [UInt8]

    package var statement: [UInt8] {
        Array("""
            nodegate audit checkpoint 1
            log \(Hexadecimal.encode(logID.span))
            sequence \(sequence)
            hash \(hash.hexadecimal)
            time \(time)
            within \(within)

            """.utf8)
    }

    package func isSigned(by key: borrowing VerifyingKey) -> Bool { key.isValid(signature, for: statement.span) }

    /// What the record says: everything but the record's own sequence and time.
    var detail: String {
        "log \(Hexadecimal.encode(logID.span)) sequence \(sequence) hash \(hash.hexadecimal) time \(time) "
            + "within \(within) key \(key) signature \(Hexadecimal.encode(signature.span))"
    }

    init(logID: [UInt8], sequence: Int64, hash: Digest256, time: Int64, within: Int64, key: String, signature: [UInt8]) {
        self.logID = logID
        self.sequence = sequence
        self.hash = hash
        self.time = time
        self.within = within
        self.key = key
        self.signature = signature
    }

    /// Reads a record's `detail`; nil for anything else.
    package init?(detail: String) {
        let words = detail.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        let names = ["log", "sequence", "hash", "time", "within", "key", "signature"]
        guard words.count == 2 * names.count, stride(from: 0, to: words.count, by: 2).map({ words[$0] }) == names else {
            return nil
        }
        self.init(
            log: words[1], sequence: Int64(words[3]), hash: words[5], time: Int64(words[7]), within: Int64(words[9]),
            key: words[11], signature: words[13])
    }

    private init?(
        log: String?, sequence: Int64?, hash: String?, time: Int64?, within: Int64?, key: String?, signature: String?
    ) {
        guard let logID = log.flatMap(Hexadecimal.decode), logID.count == 16, let sequence, sequence >= 0,
            let hash = hash.flatMap(Hexadecimal.decode).flatMap({ Digest256($0) }), let time, let within, within > 0,
            let key, let signature = signature.flatMap(Hexadecimal.decode),
            signature.count == SigningKey.signatureCount
        else { return nil }
        self.init(
            logID: logID, sequence: sequence, hash: hash, time: time, within: within, key: key, signature: signature)
    }

    /// Whether a line is a record of another kind, as `AuditJSON` has it: exports hold checkpoints among them.
    static func isOtherRecord(_ line: String) -> Bool {
        line.hasPrefix("{\"sequence\":") && !line.contains("\"kind\":\"checkpoint\"")
    }

    /// One JSON object, without a line feed.
    package var line: String {
        "{\"checkpoint\":1,\"log\":\"\(Hexadecimal.encode(logID.span))\",\"sequence\":\(sequence),"
            + "\"hash\":\"\(hash.hexadecimal)\",\"time\":\(time),\"within\":\(within),\"key\":\"\(key)\","
            + "\"signature\":\"\(Hexadecimal.encode(signature.span))\"}"
    }

    /// Reads `line` back, or the record of a checkpoint as `AuditJSON` has it; members may have any order and white
    /// space around them.
    ///
    /// - Returns: nil for anything else.
    package init?(line: String) {
        guard let members = FlatJSON.members(line) else { return nil }
        if members["kind"] == AuditKind.checkpoint.text.description, let detail = members["detail"] {
            self.init(detail: detail)
            return
        }
        guard members["checkpoint"] == "1" else { return nil }
        self.init(
            log: members["log"], sequence: members["sequence"].flatMap { Int64($0) }, hash: members["hash"],
            time: members["time"].flatMap { Int64($0) }, within: members["within"].flatMap { Int64($0) },
            key: members["key"], signature: members["signature"])
    }
}

/// Objects of one level whose values are integers and strings without escapes, which is all that a checkpoint has.
enum FlatJSON {
    /// - Returns: nil for anything else, and for a name that comes twice.
    static func members(_ text: String) -> [String: String]? {
        var bytes = Array(text.utf8)[...]
        var members: [String: String] = [:]
        guard take(0x7B, from: &bytes) else { return nil }
        repeat {
            guard let name = string(&bytes), take(0x3A, from: &bytes), let value = string(&bytes) ?? number(&bytes),
                members.updateValue(value, forKey: name) == nil
            else { return nil }
        } while take(0x2C, from: &bytes)
        guard take(0x7D, from: &bytes) else { return nil }
        skipSpace(&bytes)
        return bytes.isEmpty ? members : nil
    }

    private static func skipSpace(_ bytes: inout ArraySlice<UInt8>) {
        bytes = bytes.drop { [0x20, 0x09, 0x0A, 0x0D].contains($0) }
    }

    private static func take(_ byte: UInt8, from bytes: inout ArraySlice<UInt8>) -> Bool {
        skipSpace(&bytes)
        guard bytes.first == byte else { return false }
        bytes.removeFirst()
        return true
    }

    private static func string(_ bytes: inout ArraySlice<UInt8>) -> String? {
        guard take(0x22, from: &bytes) else { return nil }
        guard let end = bytes.firstIndex(of: 0x22), !bytes[..<end].contains(where: { $0 == 0x5C || $0 < 0x20 }) else {
            return nil
        }
        defer { bytes = bytes[(end + 1)...] }
        return String(decoding: bytes[..<end], as: UTF8.self)
    }

    private static func number(_ bytes: inout ArraySlice<UInt8>) -> String? {
        skipSpace(&bytes)
        let digits = bytes.prefix { (0x30...0x39).contains($0) || $0 == 0x2D }
        bytes = bytes.dropFirst(digits.count)
        return digits.isEmpty ? nil : String(decoding: digits, as: UTF8.self)
    }
}
