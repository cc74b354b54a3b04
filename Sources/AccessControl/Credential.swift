import HTTPWire

/// What the Authorization field of a request carries. Never the bytes themselves, only where they are.
package enum Credential: Equatable, Sendable {
    case none
    /// An API key, bare or with the scheme Bearer.
    case key(ByteRange)
    /// The base64 part of Basic.
    case basic(ByteRange)
    /// Shaped like a JSON Web Token (RFC 7519) or its encrypted sister. Never tried as an API key.
    case token(ByteRange)
    case malformed
    /// More than one field, or a list in one.
    case several
    /// Another scheme.
    case unsupported

    /// The longest API key or Basic credential, in bytes.
    package static let maximumKeyBytes = 512
    /// The longest token, in bytes.
    package static let maximumTokenBytes = 8192

    /// Reads the credential of a request head parsed from `bytes`.
    package init(of head: RequestHead, in bytes: Span<UInt8>) {
        switch head.authorizationCount {
        case 0: self = .none
        case 1: self.init(bytes, head.authorization)
        default: self = .several
        }
    }

    /// Reads one field value without the white space around it.
    ///
    /// Grammar (RFC 9110 section 11.4): a scheme, spaces and a token68; the vendor's SDK sends the token68 alone.
    package init(_ bytes: Span<UInt8>, _ value: ByteRange) {
        let word = Credential.token68(bytes, from: value.start, to: value.end)
        if word == value.end {
            self = Credential.isScheme(bytes, value) ? .malformed : Credential.bearer(bytes, value)
            return
        }
        var start = word
        while start < value.end && bytes[start] == 0x20 { start &+= 1 }
        let rest = ByteRange(start..<value.end)
        let isWhole = Credential.token68(bytes, from: start, to: value.end) == value.end && !rest.isEmpty
        // A scheme and one token68 have no comma.
        guard isWhole || !value.range.contains(where: { bytes[$0] == 0x2C }) else {
            self = .several
            return
        }
        guard word > value.start, bytes[word] == 0x20 else {
            self = .malformed
            return
        }
        let scheme = ByteRange(value.start..<word)
        if Credential.spells(bytes, scheme, "bearer") {
            self = isWhole ? Credential.bearer(bytes, rest) : .malformed
        } else if Credential.spells(bytes, scheme, "basic") {
            self = isWhole && rest.count <= Credential.maximumKeyBytes ? .basic(rest) : .malformed
        } else {
            self = .unsupported
        }
    }

    /// Whether these bytes can be an API key: what `keys import` accepts is what a request can carry.
    package static func isKey(_ bytes: Span<UInt8>) -> Bool {
        let all = ByteRange(start: 0, count: bytes.count)
        return Credential(bytes, all) == .key(all)
    }

    /// The code of a refusal by form alone; nil for an API key, and for Basic and tokens where the gateway takes
    /// them.
    package var refusal: ReasonCode? {
        switch self {
        case .none: .noCredential
        case .malformed: .malformedCredential
        case .several: .severalCredentials
        case .unsupported: .unsupportedCredential
        case .key, .basic, .token: nil
        }
    }

    private static func bearer(_ bytes: Span<UInt8>, _ part: ByteRange) -> Credential {
        if isTokenShaped(bytes, part) { return part.count <= maximumTokenBytes ? .token(part) : .malformed }
        return part.isEmpty || part.count > maximumKeyBytes ? .malformed : .key(part)
    }

    /// Two or four dots between base64url parts, of which the last may be empty (an unsigned token); or anything
    /// with a dot that starts as a JSON object does in base64url.
    private static func isTokenShaped(_ bytes: Span<UInt8>, _ part: ByteRange) -> Bool {
        // No key of this gateway's own making has a dot, and no token has none.
        guard part.range.contains(where: { bytes[$0] == 0x2E }) else { return false }
        var dots = 0
        var isBase64URL = true
        var isPartEmpty = true
        var hasEmptyPart = false
        for index in part.range {
            let byte = bytes[index]
            if byte == 0x2E {
                hasEmptyPart = hasEmptyPart || isPartEmpty
                isPartEmpty = true
                dots &+= 1
            } else {
                isPartEmpty = false
                if byte == 0x2B || byte == 0x2F || byte == 0x7E { isBase64URL = false }
            }
        }
        if dots == 2 && isBase64URL && !hasEmptyPart { return true }
        if dots == 4 && isBase64URL { return true }
        return dots > 0 && part.count > 3 && bytes[part.start] == 0x65 && bytes[part.start &+ 1] == 0x79
            && bytes[part.start &+ 2] == 0x4A
    }

    /// The end of the token68 (RFC 9110 section 11.2) that starts at `start`: token characters, then equals signs.
    private static func token68(_ bytes: Span<UInt8>, from start: Int, to end: Int) -> Int {
        var index = start
        while index < end {
            let byte = bytes[index]
            guard TargetBytes.isPlain(byte) || byte == 0x2E || byte == 0x2B || byte == 0x2F else { break }
            index &+= 1
        }
        guard index > start else { return start }
        while index < end && bytes[index] == 0x3D { index &+= 1 }
        return index
    }

    /// The name of a scheme without anything after it is no key.
    private static func isScheme(_ bytes: Span<UInt8>, _ part: ByteRange) -> Bool {
        spells(bytes, part, "bearer") || spells(bytes, part, "basic") || spells(bytes, part, "digest")
            || spells(bytes, part, "negotiate") || spells(bytes, part, "token")
    }

    private static func spells(_ bytes: Span<UInt8>, _ part: ByteRange, _ word: StaticString) -> Bool {
        bytes[part].equalsIgnoringCase(word)
    }
}
