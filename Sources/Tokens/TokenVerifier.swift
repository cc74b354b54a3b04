import Cryptography

/// Verifies JSON Web Tokens (RFC 7519) in the compact form of RFC 7515, as strictly as RFC 8725 asks for.
///
/// Pure: the keys, the rules and the time are given; nothing is fetched because a token says so (`jku`, `x5u`), and no
/// key is taken from a token (`jwk`, `x5c`).
///
/// Our own and not jwt-kit, which reads claims with Foundation's decoder (of a name that stands twice, one wins),
/// falls back to a default key for unknown identifiers, answers through an actor, and brings a second libcrypto.
package struct TokenVerifier: Sendable {
    package let keys: TokenKeySet
    package let rules: TokenRules

    package init(keys: TokenKeySet, rules: TokenRules) {
        self.keys = keys
        self.rules = rules
    }

    /// - Parameter now: Unix seconds.
    package func verify(_ token: Span<UInt8>, now: Int64) throws(TokenError) -> VerifiedToken {
        guard token.count <= TokenRules.greatestToken else { throw .tooLong }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(token.count)
        for index in 0..<token.count { bytes.append(token[index]) }

        let parts = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 3 else { throw .malformed("form") }
        let header = try object(parts[0], "header")
        let algorithm = try algorithm(of: header)
        let identifier = try text("kid", in: header, orElse: .headerRefused("kid"))

        // Nothing of the claims is read before the signature is known to be good.
        guard let signature = Base64URL.decode(parts[2]), !signature.isEmpty else { throw .malformed("signature") }
        let candidates = keys.candidates(identifier, algorithm)
        // A token that names no key is tried with a few; more would make one bad token cost many signatures.
        guard !candidates.isEmpty, candidates.count <= TokenRules.greatestTries else { throw .unknownKey(identifier) }
        let signed = Array(bytes[..<(parts[2].startIndex - 1)])
        guard let key = candidates.first(where: { $0.verifies(signature.span, of: signed.span, by: algorithm) }) else {
            throw .badSignature
        }
        let claims = try object(parts[1], "claims")
        return try judge(claims, algorithm, key.identifier ?? identifier, now)
    }

    private func object(_ part: ArraySlice<UInt8>, _ name: String) throws(TokenError) -> [String: TokenJSON] {
        guard let text = Base64URL.decode(part) else { throw .malformed(name) }
        let value: TokenJSON
        do throws(TokenJSONReader.Failure) { value = try TokenJSONReader.read(text) } catch {
            switch error {
            case .malformed: throw .malformed(name)
            case .duplicate(let member): throw .duplicateMember(member)
            }
        }
        guard let members = value.members else { throw .malformed(name) }
        return members
    }

    private func algorithm(of header: [String: TokenJSON]) throws(TokenError) -> TokenAlgorithm {
        guard let name = try text("alg", in: header, orElse: .headerRefused("alg")) else { throw .headerRefused("alg") }
        guard let algorithm = TokenAlgorithm(rawValue: name), rules.algorithms.contains(algorithm) else {
            throw .algorithmRefused(String(name.prefix(32)))
        }
        // RFC 7515 section 4.1.11: no extension is understood here, so none may be critical; and nothing that makes
        // the token another thing than signed claims.
        for member in ["crit", "b64", "enc", "zip"] where header[member] != nil { throw .headerRefused(member) }
        let type = try text("typ", in: header, orElse: .headerRefused("typ"))?.lowercased()
        let bare = type.map { $0.hasPrefix("application/") ? String($0.dropFirst("application/".count)) : $0 }
        if let wanted = rules.type?.lowercased() {
            guard bare == wanted else { throw .headerRefused("typ") }
        } else if let bare {
            guard bare == "jwt" || bare == "at+jwt" else { throw .headerRefused("typ") }
        }
        return algorithm
    }

    private func text(
        _ name: String, in members: [String: TokenJSON], orElse error: TokenError
    ) throws(TokenError) -> String? {
        guard let member = members[name] else { return nil }
        guard let text = member.text else { throw error }
        return text
    }

    private func judge(
        _ claims: [String: TokenJSON], _ algorithm: TokenAlgorithm, _ keyIdentifier: String?, _ now: Int64
    ) throws(TokenError) -> VerifiedToken {
        guard let issuer = try text("iss", in: claims, orElse: .badClaim("iss")) else { throw .missingClaim("iss") }
        guard rules.issuers.contains(where: { $0.isExactly(issuer) }) else { throw .wrongIssuer }
        guard let audience = claims["aud"] else { throw .missingClaim("aud") }
        guard let audiences = audience.texts else { throw .badClaim("aud") }
        guard audiences.contains(where: { audience in rules.audiences.contains { $0.isExactly(audience) } }) else {
            throw .wrongAudience
        }

        guard let expiry = try time("exp", in: claims) else { throw .missingClaim("exp") }
        guard now < expiry + rules.leeway else { throw .expired }
        if let start = try time("nbf", in: claims), now + rules.leeway < start { throw .notYetValid }
        let issued = try time("iat", in: claims)
        if let issued, now + rules.leeway < issued { throw .issuedInFuture }
        guard expiry - (issued ?? now) <= rules.maximumLifetime else { throw .lifetimeTooLong }

        guard let subject = try text(rules.subjectClaim, in: claims, orElse: .badClaim(rules.subjectClaim)) else {
            throw .missingClaim(rules.subjectClaim)
        }
        // The subject names the principal wherever people read it.
        let name = (issuer + "/" + subject).utf8
        guard !subject.isEmpty, name.count + name.count(where: { $0 == 0x5C }) <= TokenRules.greatestPrincipal,
            subject.unicodeScalars.allSatisfy({ $0.value >= 0x20 && !(0x7f...0x9f).contains($0.value) })
        else { throw .badClaim(rules.subjectClaim) }
        var token = VerifiedToken(
            issuer: issuer, subject: subject, algorithm: algorithm, keyIdentifier: keyIdentifier,
            identifier: try text("jti", in: claims, orElse: .badClaim("jti")), expiry: expiry + rules.leeway)
        for (number, rule) in rules.claims.enumerated() { token.apply(rule, number, to: try rule.values(in: claims)) }
        return token
    }

    /// Unix seconds (RFC 7519 section 2, NumericDate); a fraction is cut off.
    private func time(_ name: String, in claims: [String: TokenJSON]) throws(TokenError) -> Int64? {
        guard let member = claims[name] else { return nil }
        // Up to the year 9999; no sum of times comes near an overflow.
        guard case .number(let text) = member, !text.contains(where: { $0 == "e" || $0 == "E" || $0 == "-" }),
            let seconds = Int64(text.prefix { $0 != "." }), seconds <= 253_402_300_799
        else { throw .badClaim(name) }
        return seconds
    }
}
