import AccessControl
import Cryptography
import Foundation
import GatewayTesting
import Settings

/// Somebody who signs tokens: with Ed25519, or with a secret that it shares.
final class TestIssuer {
    static let name = "https://issuer.example"
    static let audience = "nodegate-test"

    let identifier: String
    private let key: SigningKey
    private let secret: [UInt8]?

    init(_ identifier: String = "one", secret: [UInt8]? = nil) throws {
        self.identifier = identifier
        self.secret = secret
        key = try SigningKey()
    }

    static func seconds(_ more: Int64 = 0) -> Int64 { Int64(Date().timeIntervalSince1970) + more }

    /// A token that is good for ten minutes.
    ///
    /// - Parameters:
    ///   - claims: In place of, or beside, those that are good; nil leaves one out.
    ///   - header: The same for the header.
    func token(_ subject: String = "ada", _ claims: [String: Any?] = [:], header: [String: Any?] = [:]) throws -> String {
        var all: [String: Any?] = [
            "iss": Self.name, "aud": Self.audience, "sub": subject, "iat": Self.seconds(), "exp": Self.seconds(600),
        ]
        all.merge(claims) { $1 }
        var head: [String: Any?] = ["alg": secret == nil ? "EdDSA" : "HS256", "kid": identifier, "typ": "JWT"]
        head.merge(header) { $1 }
        let message = "\(try Self.part(head)).\(try Self.part(all))"
        return "\(message).\(Self.encode(try sign(Array(message.utf8))))"
    }

    private func sign(_ message: [UInt8]) throws -> [UInt8] {
        guard let secret else { return try key.sign(message.span) }
        return try HMACSHA256(key: secret.span).digest(message.span).bytes
    }

    private static func part(_ members: [String: Any?]) throws -> String {
        encode([UInt8](try JSONSerialization.data(withJSONObject: members.compactMapValues(\.self), options: .sortedKeys)))
    }

    static func encode(_ bytes: [UInt8]) -> String {
        Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    /// The public key.
    var pem: String { get throws { try key.verifyingKey().pem } }

    /// The public key as a member of a set.
    var webKey: String {
        get throws {
            #"{"kty":"OKP","crv":"Ed25519","use":"sig","kid":"\#(identifier)","x":"\#(Self.encode(try key.verifyingKey().raw))"}"#
        }
    }

    static func set(_ issuers: TestIssuer...) throws -> String {
        "{\"keys\":[\(try issuers.map { try $0.webKey }.joined(separator: ","))]}"
    }
}

extension TestSite {
    /// Settings that trust an issuer by a file with its key.
    func trust(_ issuer: TestIssuer, file: String = "issuer.pem", grants: [Settings.TokenGrant]) throws -> Settings.Tokens {
        var tokens = Settings.Tokens()
        tokens.mode = .verify
        tokens.algorithms = [.eddsa]
        tokens.publicKeys = [try directory.write(try issuer.pem, to: file)]
        tokens.issuer = TestIssuer.name
        tokens.audiences = [TestIssuer.audience]
        tokens.leeway = 0
        tokens.grants = grants
        return tokens
    }

    func grant(_ claim: String, _ value: String, _ grants: String...) throws -> Settings.TokenGrant {
        Settings.TokenGrant(claim: claim, value: value, grants: try patterns(grants))
    }
}
