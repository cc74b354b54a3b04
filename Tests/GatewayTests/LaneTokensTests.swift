import AccessControl
import Foundation
import GatewayTesting
import Redaction
import Settings
import Store
import Testing
import Tokens
import Transport
@testable import Gateway

@Suite("Verified tokens that a lane remembers")
struct LaneTokensTests {
    private let site: TestSite
    private let issuer: TestIssuer
    private let rules: RedactionRules
    private let base: PolicySnapshot

    init() throws {
        site = try TestSite()
        issuer = try TestIssuer()
        rules = try RedactionRules.compile(RedactionRule.shipped)
        base = PolicySnapshot(
            generation: 3, operations: try TestSite.operations.get(), keys: [], rules: ProtectionRules(rules))
    }

    private func trusting(_ issuer: TestIssuer) throws -> TokenTrust {
        let settings = try site.trust(issuer, grants: [site.grant("roles", "reader", "pools/*")])
        return TokenTrust(settings, keys: try TokenKeySet(pem: Array(try issuer.pem.utf8).span))
    }

    private func present(_ token: String, to tokens: LaneTokens) -> PresentedCredential {
        let bytes = Array(token.utf8)
        return tokens.present(bytes.span, at: LaneTime(), under: base, rules)
    }

    @Test("A token is verified once, and again when anything has changed")
    func once() throws {
        let tokens = try LaneTokens()
        #expect(present(try issuer.token(), to: tokens).state == .refused(.unsupportedCredential))
        tokens.use(try trusting(issuer)) {}
        let token = try issuer.token("ada", ["roles": "reader"])
        let first = present(token, to: tokens)
        let second = present(token, to: tokens)
        #expect(first.policy === second.policy && first.policy?.keys.map(\.name) == ["https://issuer.example/ada"])
        #expect(tokens.verified == 1 && tokens.remembered == 1)
        tokens.forget()
        let third = present(token, to: tokens)
        #expect(third.policy !== first.policy && tokens.verified == 2)
        tokens.use(try trusting(try TestIssuer())) {}
        #expect(present(token, to: tokens).refusal == .token(.badSignature) && tokens.remembered == 0)
        tokens.use(nil) {}
        #expect(present(token, to: tokens).state == .refused(.unsupportedCredential))
    }

    @Test("Of many tokens those that came first are forgotten, and refused ones are never kept")
    func bounded() throws {
        let tokens = try LaneTokens()
        tokens.use(try trusting(issuer)) {}
        let first = try issuer.token("user0")
        _ = present(first, to: tokens)
        for number in 1...1_100 { _ = present(try issuer.token("user\(number)"), to: tokens) }
        #expect(tokens.verified == 1_101 && tokens.remembered == 1_024)
        _ = present(first, to: tokens)
        #expect(tokens.verified == 1_102 && tokens.remembered == 1_024)
        for _ in 0..<10 { #expect(present(try TestIssuer().token(), to: tokens).policy == nil) }
        #expect(tokens.remembered == 1_024)
    }
}
