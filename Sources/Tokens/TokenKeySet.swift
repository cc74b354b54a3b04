import Cryptography

/// The keys of one issuer, immutable: new keys are a new set.
package struct TokenKeySet: Sendable {
    package static let greatestCount = 64
    /// Bytes of a JSON Web Key Set.
    package static let greatestText = 256 * 1024

    package let keys: [TokenKey]

    package init(_ keys: [TokenKey]) throws(TokenKeyError) {
        guard !keys.isEmpty else { throw .noKey }
        guard keys.count <= Self.greatestCount else { throw .tooManyKeys }
        self.keys = keys
    }

    /// The public key of a PEM file, or of a certificate in it.
    package init(pem: Span<UInt8>) throws(TokenKeyError) {
        guard let key = PublicKey.read(pem: pem) else { throw .notPEM }
        try self.init([TokenKey(key)])
    }

    /// A JSON Web Key Set (RFC 7517 section 5). Keys for other uses, and of kinds that are not used here, are passed
    /// over; one that is not what it says it is makes the whole set refused.
    ///
    /// - Parameter allowsSecrets: Whether shared secrets may stand in it: only in a file that is itself secret.
    package init(jwks text: [UInt8], allowsSecrets: Bool = false) throws(TokenKeyError) {
        guard text.count <= Self.greatestText else { throw .malformedSet("it has more than \(Self.greatestText) bytes") }
        let entries: [TokenJSON]
        do throws(TokenJSONReader.Failure) {
            guard case .array(let values)? = try TokenJSONReader.read(text).members?["keys"] else {
                throw .malformed
            }
            entries = values
        } catch {
            switch error {
            case .malformed: throw .malformedSet("an object with the array 'keys' is expected")
            case .duplicate(let name): throw .malformedSet("it has '\(name)' twice")
            }
        }
        guard entries.count <= Self.greatestCount else { throw .tooManyKeys }
        var keys: [TokenKey] = []
        for (index, entry) in entries.enumerated() {
            guard let members = entry.members else { throw .malformedKey(index) }
            if let key = try WebKey(members: members, index: index, allowsSecrets: allowsSecrets).key() { keys.append(key) }
        }
        try self.init(keys)
    }

    /// Whether any key is of the algorithm's kind.
    package func serves(_ algorithm: TokenAlgorithm) -> Bool { keys.contains { $0.fits(algorithm) } }

    /// The keys that may have signed a token.
    func candidates(_ identifier: String?, _ algorithm: TokenAlgorithm) -> [TokenKey] {
        keys.filter { key in
            guard key.fits(algorithm) else { return false }
            guard let identifier, let own = key.identifier else { return true }
            return own.isExactly(identifier)
        }
    }
}

/// One entry of a key set (RFC 7517 section 4, RFC 7518 section 6, RFC 8037 section 2).
private struct WebKey {
    let members: [String: TokenJSON]
    let index: Int
    let allowsSecrets: Bool

    /// nil for a key that is not for signatures or not of a kind that is used here.
    func key() throws(TokenKeyError) -> TokenKey? {
        guard let kind = members["kty"]?.text else { throw .malformedKey(index) }
        let identifier = try optionalText("kid")
        if let use = try optionalText("use"), use != "sig" { return nil }
        if let operations = members["key_ops"] {
            guard let names = operations.texts else { throw .malformedKey(index) }
            guard names.contains("verify") else { return nil }
        }
        var algorithm: TokenAlgorithm?
        if let name = try optionalText("alg") {
            // One that is not used here may be for encryption, or for newer readers.
            guard let known = TokenAlgorithm(rawValue: name) else { return nil }
            algorithm = known
        }
        guard ["RSA", "EC", "OKP", "oct"].contains(kind) else { return nil }
        if kind != "oct", members["d"] != nil { throw .privateKey(index) }
        let made: TokenKey?
        switch kind {
        case "RSA": made = publicKey(PublicKey.rsa(modulus: try bytes("n"), exponent: try bytes("e")), identifier, algorithm)
        case "EC":
            let curve: PublicKey.Kind
            switch members["crv"]?.text {
            case "P-256": curve = .p256
            case "P-384": curve = .p384
            case nil: throw .malformedKey(index)
            default: return nil
            }
            made = publicKey(PublicKey.ec(curve: curve, x: try bytes("x"), y: try bytes("y")), identifier, algorithm)
        case "OKP":
            guard members["crv"]?.text == "Ed25519" else { return nil }
            made = publicKey(PublicKey.ed25519(try bytes("x")), identifier, algorithm)
        default:
            guard allowsSecrets else { throw .sharedKeyNotAllowed(index) }
            let secret = try bytes("k")
            made = try TokenKey(secret: secret.span, identifier: identifier)
        }
        // A key whose own `alg` is for another kind of key is refused: somebody meant something else.
        guard let made, algorithm.map({ made.fits($0) }) ?? true else { throw .malformedKey(index) }
        return made
    }

    private func publicKey(_ key: PublicKey?, _ identifier: String?, _ algorithm: TokenAlgorithm?) -> TokenKey? {
        key.map { TokenKey($0, identifier: identifier, algorithm: algorithm) }
    }

    private func optionalText(_ name: String) throws(TokenKeyError) -> String? {
        guard let member = members[name] else { return nil }
        guard let text = member.text else { throw .malformedKey(index) }
        return text
    }

    private func bytes(_ name: String) throws(TokenKeyError) -> [UInt8] {
        guard let text = members[name]?.text, let bytes = Base64URL.decode(Array(text.utf8)[...]), !bytes.isEmpty else {
            throw .malformedKey(index)
        }
        return bytes
    }
}
