extension ApplianceCredentials {
    /// Whether the appliance lets a request in: the key after `Bearer` or bare, a user's name and password as Basic.
    func accepts(_ authorization: [UInt8]?) -> Bool {
        if acceptsAny { return true }
        guard let value = authorization?.trimmed.asText, !value.isEmpty else { return false }
        let words = value.split(separator: " ", maxSplits: 1)
        guard words.count == 2 else { return hasKey(value) }
        let rest = String(words[1]).utf8.trimmed.asText
        switch String(words[0]).asciiLowercased {
        case "bearer": return hasKey(rest)
        case "basic": return hasUser(rest)
        default: return hasKey(value)
        }
    }

    private func hasKey(_ text: String) -> Bool { keys.contains { $0.isSame(as: text) } }

    private func hasUser(_ encoded: String) -> Bool {
        guard let decoded = Self.base64(encoded) else { return false }
        return users.contains { "\($0.name):\($0.password)".utf8.elementsEqual(decoded) }
    }

    /// RFC 4648 section 4; padding may be missing.
    static func base64(_ text: String) -> [UInt8]? {
        var out: [UInt8] = []
        var bits: UInt32 = 0
        var count = 0
        for byte in text.utf8 {
            let value: UInt8
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): value = byte - UInt8(ascii: "A")
            case UInt8(ascii: "a")...UInt8(ascii: "z"): value = byte - UInt8(ascii: "a") + 26
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = byte - UInt8(ascii: "0") + 52
            case UInt8(ascii: "+"): value = 62
            case UInt8(ascii: "/"): value = 63
            case UInt8(ascii: "="): continue
            default: return nil
            }
            bits = (bits << 6 | UInt32(value)) & 0xff_ffff
            count += 1
            if count % 4 == 0 { out += [UInt8(bits >> 16 & 0xff), UInt8(bits >> 8 & 0xff), UInt8(bits & 0xff)] }
        }
        switch count % 4 {
        case 2: out.append(UInt8(bits >> 4 & 0xff))
        case 3: out += [UInt8(bits >> 10 & 0xff), UInt8(bits >> 2 & 0xff)]
        case 1: return nil
        default: break
        }
        return out
    }
}
