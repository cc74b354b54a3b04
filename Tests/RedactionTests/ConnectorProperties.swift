import Foundation
import Redaction
import Testing

/// The two oracles of redaction, over documents with secrets in every place that the shipped rules know.
struct ConnectorProperties {
    private let rules: RedactionRules
    private let names: WatchedNames
    private let active: RuleMask
    private let seeds = 1...1200 as ClosedRange<UInt64>

    init() throws {
        rules = try RedactionRules.compile(RedactionRule.shipped)
        names = try WatchedNames.compile(RedactionRule.shipped)
        active = rules.applying(toController: "cloud_connectors")
    }

    private func cuts(of count: Int, seed: UInt64) -> [Int] {
        var generator = SeededGenerator(seed: seed ^ 0xC07)
        let pieces = Int.random(in: 0..<30, using: &generator)
        return (0..<pieces).map { _ in Int.random(in: 0...count, using: &generator) }.sorted()
    }

    /// No byte of a secret comes out, plain, escaped or percent-encoded; all else comes out as it was sent.
    @Test func secretsGoAndAllElseStays() throws {
        var count = 0
        for seed in seeds {
            let document = GeneratedConnectors(seed: seed)
            let redacted = Redacted(
                document.input, rules: rules, active: active, cuts: cuts(of: document.input.count, seed: seed))
            #expect(redacted.refusal == nil, "seed \(seed)")
            let output = String(decoding: redacted.output, as: UTF8.self)
            #expect(output == String(decoding: document.expected, as: UTF8.self), "seed \(seed)")
            let parsed = try JSONSerialization.jsonObject(with: Data(redacted.output))
            for form in [output] + strings(in: parsed) {
                let leaks = form.utf8.contains { GeneratedConnectors.secretLetters.contains($0) }
                let decoded = form.removingPercentEncoding ?? ""
                #expect(!leaks && !decoded.utf8.contains { GeneratedConnectors.secretLetters.contains($0) }, "seed \(seed)")
            }
            count += document.secrets.count
        }
        // The generator must keep making what this test is about.
        #expect(count > 2500)
    }

    @Test func redactionOfTheRedactedIsTheIdentity() {
        for seed in seeds {
            let once = Redacted(GeneratedConnectors(seed: seed).input, rules: rules, active: active)
            let twice = Redacted(once.output, rules: rules, active: active)
            #expect(twice.output == once.output && twice.refusal == nil, "seed \(seed)")
        }
    }

    /// What a client read here, it can write back: no mask reaches the appliance as a secret.
    @Test func whatWasReadCanBeWrittenBack() throws {
        for seed in seeds {
            let redacted = Redacted(GeneratedConnectors(seed: seed).input, rules: rules, active: active)
            let written = Guarded(
                redacted.output, names: names, active: active, cuts: cuts(of: redacted.output.count, seed: seed))
            #expect(written.refusal == nil, "seed \(seed)")
            let again = Redacted(written.output, rules: rules, active: active)
            #expect(again.output == written.output && again.count == 0, "seed \(seed)")
            let parsed = try JSONSerialization.jsonObject(with: Data(written.output))
            #expect(!holdsMask(parsed, protected: false), "seed \(seed)")
        }
    }

    /// Secrets of the request that the answer repeats anywhere are gone from every string.
    @Test func submittedSecretsDoNotComeBack() throws {
        var echoCount = 0
        for seed in seeds where seed % 4 == 0 {
            let document = GeneratedConnectors(seed: seed)
            let echoes = SubmittedSecrets()
            for secret in document.secrets where secret.utf8.count >= SubmittedSecrets.leastContainedBytes {
                echoes.remember(secret.utf8.span)
            }
            // No rule is active: only the echoes are looked for.
            let redacted = Redacted(
                document.input, rules: rules, active: [], cuts: cuts(of: document.input.count, seed: seed),
                echoes: echoes)
            #expect(redacted.refusal == nil)
            let parsed = try JSONSerialization.jsonObject(with: Data(redacted.output))
            let left = strings(in: parsed)
            for secret in document.secrets.filter({ $0.utf8.count >= SubmittedSecrets.leastContainedBytes })
                .prefix(SubmittedSecrets.maximumCount)
            {
                #expect(!left.contains { Array($0.utf8).contains(run: Array(secret.utf8)) }, "seed \(seed): \(secret)")
            }
            echoCount += redacted.echoes
        }
        #expect(echoCount > 250)
    }

    /// Redactor, guard and finder refuse the same documents for the same reason, however they are split.
    @Test func damagedDocumentsAreRefusedAlike() {
        var refused = 0
        for seed in seeds {
            var generator = SeededGenerator(seed: seed ^ 0xDA)
            let damaged = generator.damage(GeneratedConnectors(seed: seed).input)
            let whole = Redacted(damaged, rules: rules, active: active)
            let cuts = cuts(of: damaged.count, seed: seed)
            let cut = Redacted(damaged, rules: rules, active: active, cuts: cuts)
            #expect(cut.refusal == whole.refusal, "seed \(seed)")
            let guarded = Guarded(damaged, names: names, active: active, cuts: cuts)
            #expect(guarded.refusal == whole.refusal.map { .malformed($0) }, "seed \(seed)")
            #expect(finding(damaged, cuts) == whole.refusal, "seed \(seed)")
            if whole.refusal == nil { #expect(cut == whole, "seed \(seed)") } else { refused += 1 }
        }
        #expect(refused > 500)
    }

    private func finding(_ document: [UInt8], _ cuts: [Int]) -> RedactionError? {
        var finder = SecretFinder(names, revealed: active, limits: RedactionLimits())
        do throws(RedactionError) {
            var start = 0
            for end in cuts + [document.count] {
                while start < end { start += try finder.next(document.span.extracting(start..<end)) }
            }
            try finder.finish()
            return nil
        } catch {
            return error
        }
    }

    /// Every word that names a credential is one, in any case, inside of a longer name, and as a member of an object.
    @Test(arguments: [
        "pass", "passwd_file", "Password", "PWD", "secret", "auth_token", "credentials", "cred", "key", "api-key",
        "Authorization", "bearer", "signature", "ssl_client_cert", "cookie", "pw", "sig", "SAS", "psk", "jwt", "pin",
    ])
    func credentialWords(_ word: String) {
        for (input, output) in [
            ("{\"options\":\"a=b,\(word)=Q,c=d\"}", "{\"options\":\"a=b,\(word)=[censored],c=d\"}"),
            ("{\"options\":{\"\(word)\":\"Q\",\"b\":1}}", "{\"options\":{\"\(word)\":\"[censored]\",\"b\":1}}"),
        ] {
            let redacted = Redacted(Array(input.utf8), rules: rules, active: active)
            #expect(String(decoding: redacted.output, as: UTF8.self) == output)
        }
    }

    private func strings(in value: Any) -> [String] {
        switch value {
        case let object as [String: Any]: object.flatMap { [$0.key] + strings(in: $0.value) }
        case let array as [Any]: array.flatMap(strings)
        case let text as String: [text]
        default: []
        }
    }

    private func holdsMask(_ value: Any, protected: Bool) -> Bool {
        switch value {
        case let object as [String: Any]:
            object.contains { name, value in
                holdsMask(value, protected: protected || ["secret_key", "url_proxy", "options"].contains(name))
            }
        case let array as [Any]: array.contains { holdsMask($0, protected: protected) }
        case let text as String: protected && text.contains("[censored]")
        default: false
        }
    }
}
