import Cryptography
import Foundation
import Testing
@testable import Tokens

@Suite struct TokenKeyTests {
    private func refusal(_ text: String, secrets: Bool = false) throws -> TokenKeyError? {
        do throws(TokenKeyError) {
            _ = try TokenKeySet(jwks: Array(text.utf8), allowsSecrets: secrets)
            return nil
        } catch { return error }
    }

    /// The key of the set with this identifier, as JSON without its braces.
    private func members(_ identifier: String) throws -> [String: String] {
        let set = try JSONSerialization.jsonObject(with: Data(try TokenVector.contents("all.jwks").utf8)) as? [String: Any]
        let keys = set?["keys"] as? [[String: String]] ?? []
        return try #require(keys.first { $0["kid"] == identifier })
    }

    private func set(_ members: [String: String]) throws -> String {
        "{\"keys\":[\(String(decoding: try JSONSerialization.data(withJSONObject: members), as: UTF8.self))]}"
    }

    @Test func readsWhatIsForSignaturesAndPassesOverTheRest() throws {
        #expect(try TokenVector.keys("all.jwks").keys.map(\.identifier) == ["rsa", "rsa-384-only", "p256", "p384", "ed"])
    }

    @Test(arguments: ["", "[]", "{}", "{\"keys\":{}}", "{\"keys\":[]}x", "null", "{\"keys\":[],}"])
    func refusesWhatIsNoSet(text: String) throws {
        #expect(try refusal(text) == .malformedSet("an object with the array 'keys' is expected"))
    }

    @Test func refusesEmptyAndDoubledSets() throws {
        #expect(try refusal("{\"keys\":[]}") == .noKey)
        #expect(try refusal("{\"keys\":[{\"kty\":\"future\"}]}") == .noKey)
        #expect(try refusal("{\"keys\":[],\"keys\":[]}") == .malformedSet("it has 'keys' twice"))
        #expect(try refusal("{\"keys\":[{\"kty\":\"RSA\",\"kty\":\"oct\"}]}") == .malformedSet("it has 'kty' twice"))
        let many = [String](repeating: "{\"kty\":\"future\"}", count: 65).joined(separator: ",")
        #expect(try refusal("{\"keys\":[\(many)]}") == .tooManyKeys)
    }

    @Test func refusesKeysThatAreNotWhatTheySay() throws {
        var point = try members("p256")
        point["y"] = point["x"]
        #expect(try refusal(try set(point)) == .malformedKey(0), "a point off the curve")
        var short = try members("p256")
        short["x"] = "AAAA"
        #expect(try refusal(try set(short)) == .malformedKey(0), "a short coordinate")
        var mixed = try members("p256")
        mixed["crv"] = "P-384"
        #expect(try refusal(try set(mixed)) == .malformedKey(0), "a point of another curve")
        var weak = try members("rsa")
        weak["n"] = weak["n"].map { String($0.prefix(171)) }
        #expect(try refusal(try set(weak)) == .malformedKey(0), "1024 bits")
        for exponent in ["AQ", "Ag", "AA", ""] {
            var bad = try members("rsa")
            bad["e"] = exponent
            #expect(try refusal(try set(bad)) == .malformedKey(0), "exponent \(exponent)")
        }
        var confused = try members("rsa")
        confused["alg"] = "ES256"
        #expect(try refusal(try set(confused)) == .malformedKey(0), "an algorithm for another kind")
        var padded = try members("ed")
        padded["x"] = (padded["x"] ?? "") + "="
        #expect(try refusal(try set(padded)) == .malformedKey(0), "padding")
        var secret = try members("p256")
        secret["d"] = secret["x"]
        #expect(try refusal(try set(secret)) == .privateKey(0))
        #expect(try refusal("{\"keys\":[7]}") == .malformedKey(0))
        #expect(try refusal("{\"keys\":[{\"kid\":\"a\"}]}") == .malformedKey(0))
    }

    @Test func triesFewKeysForATokenThatNamesNone() throws {
        let vector = try #require(TokenVector.all.first { $0.name == "ES256 without identifier" })
        let key = try #require(try TokenVector.keys("p256.pem").keys.first)
        let token = Array(vector.token.utf8)
        let rules = TokenRules(algorithms: [.es256], issuers: ["https://issuer.example"], audiences: ["nodegate"])
        for (count, isTried) in [(8, true), (9, false)] {
            let verifier = TokenVerifier(keys: try TokenKeySet([TokenKey](repeating: key, count: count)), rules: rules)
            if isTried {
                #expect(try verifier.verify(token.span, now: vector.now).subject == "ada")
            } else {
                #expect(throws: TokenError.unknownKey(nil)) { try verifier.verify(token.span, now: vector.now) }
            }
        }
    }

    @Test("Letters that Unicode calls equivalent are other letters", arguments: ["iss", "aud", "sub"])
    func equivalence(claim: String) throws {
        let secret = Array("a secret of more than 32 bytes, for HS256".utf8)
        func token(_ values: [String: String]) throws -> [UInt8] {
            var claims: [String: Any] = ["iss": "K", "aud": "K", "sub": "K", "exp": 2_000]
            claims.merge(values) { $1 }
            let parts = try [["alg": "HS256"], claims].map { part -> String in
                let text = try JSONSerialization.data(withJSONObject: part).base64EncodedString()
                return text.replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
            }
            let message = Array(parts.joined(separator: ".").utf8)
            let signature = Data(try HMACSHA256(key: secret.span).digest(message.span).bytes).base64EncodedString()
            return message + Array(("." + signature).replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "").utf8)
        }
        var rules = TokenRules(algorithms: [.hs256], issuers: ["K"], audiences: ["K"])
        rules.claims = [ClaimRule(path: ["sub"], match: .value("K")), ClaimRule(path: ["sub"], match: .prefix("K"))]
        let verifier = TokenVerifier(keys: try TokenKeySet([try TokenKey(secret: secret.span)]), rules: rules)
        let plain = try token([:])
        #expect(try verifier.verify(plain.span, now: 1_000).findings.map(\.rule) == [0])
        // The Kelvin sign, which Swift's own comparison takes for a K.
        let kelvin = "\u{212A}"
        #expect(kelvin == "K")
        let changed = try token([claim: kelvin])
        switch claim {
        case "iss": #expect(throws: TokenError.wrongIssuer) { try verifier.verify(changed.span, now: 1_000) }
        case "aud": #expect(throws: TokenError.wrongAudience) { try verifier.verify(changed.span, now: 1_000) }
        default: #expect(try verifier.verify(changed.span, now: 1_000).findings == [])
        }
    }

    @Test("JSON that is cut anywhere is refused, and no change of a byte crashes the reader")
    func hostileJSON() throws {
        let text = Array(#"{"a":[1,-2.5e3,true,null,"x\u00e9\ud83d\ude00"],"b":{"c":{}},"d":""}"#.utf8)
        _ = try TokenJSONReader.read(text)
        for end in text.indices {
            #expect(throws: TokenJSONReader.Failure.self) { try TokenJSONReader.read(Array(text[..<end])) }
        }
        var refused = 0
        for index in text.indices {
            for byte in [UInt8(0), 0x22, 0x2c, 0x5c, 0x7b, 0x7d, 0x5d, 0x30, 0x80, 0xff] {
                var changed = text
                changed[index] = byte
                do { _ = try TokenJSONReader.read(changed) } catch { refused += 1 }
            }
        }
        #expect(refused > text.count * 5)
    }

    @Test func takesSecretsOnlyWhereTheyAreAllowed() throws {
        let long = "{\"keys\":[{\"kty\":\"oct\",\"k\":\"\(String(repeating: "A", count: 43))\"}]}"
        #expect(try refusal(long) == .sharedKeyNotAllowed(0))
        #expect(try refusal(long, secrets: true) == nil)
        #expect(try refusal("{\"keys\":[{\"kty\":\"oct\",\"k\":\"AAAA\"}]}", secrets: true) == .secretTooShort)
        let pem = Array(try TokenVector.contents("rsa.pem").utf8)
        #expect(throws: TokenKeyError.secretIsPEM) { try TokenKey(secret: pem.span) }
    }

    @Test(arguments: ["", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", "ssh-ed25519 AAAA"])
    func refusesWhatIsNoPEMKey(text: String) {
        let bytes = Array(text.utf8)
        #expect(throws: TokenKeyError.notPEM) { try TokenKeySet(pem: bytes.span) }
    }
}
