import Cryptography
import Settings
import Store

/// The appliance credentials of single keys, opened. Immutable, shared by the lanes; each is overwritten in memory when
/// the last policy that has it is gone.
struct UpstreamCredentials: Sendable {
    enum Found {
        /// The key has none of its own.
        case none
        case line(CredentialLine)
        /// It has one that cannot be opened: nothing else is sent in its place.
        case unavailable
    }

    private struct Entry {
        let credential: SealedCredential
        /// nil: it cannot be opened.
        let line: CredentialLine?
    }

    private let entries: [Int64: Entry]
    /// What an operator should know, for each key whose credential cannot be opened; `greatestProblems` at most.
    let problems: [String]
    private static let greatestProblems = 8

    static let none = UpstreamCredentials(entries: [:], problems: [])

    private init(entries: [Int64: Entry], problems: [String]) {
        self.entries = entries
        self.problems = problems
    }

    /// Opens what is sealed. The file of master keys is read for what was not open before, and not kept.
    ///
    /// - Parameter before: What is open already, as the same sealed bytes.
    init(_ sealed: [SealedCredential], masterKeys path: String, before: UpstreamCredentials = .none) {
        var entries: [Int64: Entry] = [:]
        var closed: [SealedCredential] = []
        for credential in sealed {
            if let known = before.entries[credential.keyID], known.credential == credential, known.line != nil {
                entries[credential.keyID] = known
            } else {
                closed.append(credential)
            }
        }
        guard !closed.isEmpty else {
            self.init(entries: entries, problems: [])
            return
        }
        let keys: MasterKeys?
        let problem: SealingError?
        do {
            keys = try MasterKeys.read(path)
            problem = nil
        } catch {
            keys = nil
            problem = error
        }
        var problems: [String] = []
        for credential in closed {
            var line: CredentialLine?
            var reason = problem
            do throws(SealingError) { line = try keys?.open(credential) } catch { reason = error }
            entries[credential.keyID] = Entry(credential: credential, line: line)
            guard line == nil, let reason else { continue }
            problems.append("key \(credential.keyID) '\(credential.keyName)': \(reason)")
        }
        self.init(entries: entries, problems: Self.shortened(problems))
    }

    private static func shortened(_ problems: [String]) -> [String] {
        guard problems.count > greatestProblems else { return problems }
        return problems.prefix(greatestProblems - 1) + ["\(problems.count - greatestProblems + 1) more keys"]
    }

    func find(_ keyID: Int64) -> Found {
        // Most sites have none, and pay nothing.
        guard !entries.isEmpty, let entry = entries[keyID] else { return .none }
        return entry.line.map { .line($0) } ?? .unavailable
    }

    var count: Int { entries.count }
    /// Keys whose requests are refused.
    var unavailableCount: Int { entries.values.reduce(0) { $0 + ($1.line == nil ? 1 : 0) } }
}

extension MasterKeys {
    fileprivate func open(_ credential: SealedCredential) throws(SealingError) -> CredentialLine {
        try credential.open(under: self)
    }
}

/// For `check`, without a gateway.
package enum CredentialCheck {
    /// Keys whose own credential a gateway could not open. None where there is no store yet, or one of another release.
    package static func problems(_ settings: Settings) -> [String] {
        guard let pepper = try? Pepper.load(path: settings.store.pepper),
            let source = try? PolicySource(path: settings.store.path, pepper: pepper),
            let sealed = try? source.sealed()
        else { return [] }
        return UpstreamCredentials(sealed, masterKeys: settings.store.masterKeys).problems
    }
}
