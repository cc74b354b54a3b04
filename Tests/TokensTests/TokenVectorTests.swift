import Cryptography
import Foundation
import Testing
@testable import Tokens

/// One vector; Vectors/README.md explains the format.
struct TokenVector: CustomTestStringConvertible, Sendable {
    var name = ""
    var keys = ""
    var algorithms: Set<TokenAlgorithm> = []
    var now: Int64 = 0
    var type: String?
    var token = ""
    var expected = ""

    var testDescription: String { name }

    struct Malformed: Error {
        let line: String
    }

    static let all: [TokenVector] = {
        do {
            let vectors = try contents("tokens.txt").components(separatedBy: "\n\n").compactMap { block in
                let lines = block.split(separator: "\n").filter { !$0.hasPrefix("#") }
                return lines.isEmpty ? nil : try TokenVector(lines)
            }
            return vectors
        } catch {
            Issue.record(error)
            return []
        }
    }()

    private init(_ lines: [Substring]) throws {
        for line in lines {
            guard let colon = line.firstIndex(of: ":") else { throw Malformed(line: String(line)) }
            let value = String(line[line.index(after: colon)...].dropFirst())
            switch line[..<colon] {
            case "name": name = value
            case "keys": keys = value
            case "allow":
                algorithms = value == "all" ? Set(TokenAlgorithm.allCases)
                    : Set(value.split(separator: " ").compactMap { TokenAlgorithm(rawValue: String($0)) })
            case "now": now = Int64(value) ?? 0
            case "type": type = value
            case "token": token = value
            case "expect": expected = value
            default: throw Malformed(line: String(line))
            }
        }
        guard !keys.isEmpty, !token.isEmpty, !expected.isEmpty else { throw Malformed(line: name) }
    }

    static func contents(_ name: String) throws -> String {
        let file = try #require(Bundle.module.url(forResource: name, withExtension: nil, subdirectory: "Vectors"))
        return try String(contentsOf: file, encoding: .utf8)
    }

    static func keys(_ name: String) throws -> TokenKeySet {
        let text = try contents(name)
        if name.hasSuffix(".jwks") { return try TokenKeySet(jwks: Array(text.utf8)) }
        if name.hasSuffix(".pem") { return try TokenKeySet(pem: Array(text.utf8).span) }
        let bytes = try #require(Hexadecimal.decode(text.trimmingCharacters(in: .whitespacesAndNewlines)))
        return try TokenKeySet([try TokenKey(secret: bytes.span)])
    }

    /// What the verifier says, in the words of `expect:`.
    func outcome() throws -> String {
        var rules = TokenRules(algorithms: algorithms, issuers: ["https://issuer.example"], audiences: ["nodegate"])
        rules.maximumLifetime = 3600
        rules.type = type
        rules.claims = [
            ClaimRule(path: ["scope"], match: .prefix("nodeum:")),
            ClaimRule(path: ["realm", "roles"], match: .prefix("")),
            ClaimRule(path: ["groups"], match: .value("operators")),
            ClaimRule(path: ["sub"], match: .value("root")),
        ]
        let verifier = TokenVerifier(keys: try Self.keys(keys), rules: rules)
        let bytes = Array(token.utf8)
        do throws(TokenError) {
            let token = try verifier.verify(bytes.span, now: now)
            func list(_ names: [String]) -> String { names.isEmpty ? "-" : names.joined(separator: ",") }
            return [
                token.subject, String(token.expiry), list(token.findings.flatMap(\.names)),
                list(token.findings.map { String($0.rule) }),
            ].reduce("accepted") { $0 + " " + $1.replacing(" ", with: "_") }
        } catch {
            return Self.words(error)
        }
    }

    private static func words(_ error: TokenError) -> String {
        switch error {
        case .tooLong: "tooLong"
        case .malformed(let part): "malformed(\"\(part)\")"
        case .duplicateMember(let name): "duplicateMember(\"\(name)\")"
        case .algorithmRefused(let name): "algorithmRefused(\"\(name)\")"
        case .headerRefused(let name): "headerRefused(\"\(name)\")"
        case .unknownKey(let identifier?): "unknownKey(\"\(identifier)\")"
        case .unknownKey(nil): "unknownKey(nil)"
        case .badSignature: "badSignature"
        case .missingClaim(let name): "missingClaim(\"\(name)\")"
        case .badClaim(let name): "badClaim(\"\(name)\")"
        case .wrongIssuer: "wrongIssuer"
        case .wrongAudience: "wrongAudience"
        case .expired: "expired"
        case .notYetValid: "notYetValid"
        case .issuedInFuture: "issuedInFuture"
        case .lifetimeTooLong: "lifetimeTooLong"
        }
    }
}

@Suite struct TokenVectorTests {
    @Test(arguments: TokenVector.all)
    func verifies(vector: TokenVector) throws {
        #expect(try vector.outcome() == vector.expected)
    }

    @Test func thereAreVectors() {
        #expect(TokenVector.all.count > 150)
        #expect(TokenVector.all.filter { $0.expected.hasPrefix("accepted") }.count > 25)
    }

    @Test("Each byte of a token counts", arguments: ["RS256 by identifier", "ES256 by identifier", "EdDSA by identifier"])
    func everyByte(name: String) throws {
        var vector = try #require(TokenVector.all.first { $0.name == name })
        let letters = Array(vector.token.utf8)
        for index in letters.indices where letters[index] != UInt8(ascii: ".") {
            var changed = letters
            changed[index] = changed[index] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
            vector.token = String(decoding: changed, as: UTF8.self)
            #expect(try !vector.outcome().hasPrefix("accepted"), "byte \(index)")
        }
    }
}
