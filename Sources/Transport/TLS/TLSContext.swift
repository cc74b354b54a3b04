import COpenSSL
import Cryptography

/// Everything that the TLS connections of one listener or one upstream share.
///
/// Built at start and again at each reload, when the old one lives on until its last connection is closed.
///
/// Safe to send: neither the SSL_CTX nor what its callbacks look up is changed after init, but for session tickets
/// and ticket keys, which are locked; libssl lets any number of threads make connections from one SSL_CTX.
@safe package final class TLSContext: @unchecked Sendable {
    enum Role {
        case server(TLSServerSide)
        case client(TLSClientSide)
    }

    // Safe: holds a reference from init to deinit. A server's other contexts are kept by its side.
    let handle: OpaquePointer
    let role: Role
    /// Changes with what a server asks of clients' certificates.
    let clientRules: String
    /// The certificates that are shown to peers, for status and for warnings before they expire.
    package let certificates: [(file: String, certificate: Certificate)]
    /// The revocation lists by which peers are judged, for warnings before they are out of date.
    package let revocationLists: [(file: String, list: RevocationList)]

    /// The context of a listener.
    package init(server settings: TLSServerSettings, tickets: TLSTicketKeys) throws(TLSError) {
        guard !settings.identities.isEmpty else { throw .noIdentity }
        var loaded: [TLSLoadedIdentity] = []
        for identity in settings.identities { loaded.append(try TLSLoadedIdentity(identity)) }
        let groups = TLSIdentityGroups(loaded)
        var contexts: [OpaquePointer] = unsafe []
        var clientRules = ""
        do throws(TLSError) {
            for group in groups.sets {
                let made = unsafe try TLSContextParts.server(settings, group.map { loaded[$0] })
                unsafe contexts.append(made.context)
                clientRules = unsafe made.clientRules
            }
        } catch {
            for unsafe context in unsafe contexts { unsafe SSL_CTX_free(context) }
            throw error
        }
        let names = unsafe groups.names.map { unsafe ($0.name, contexts[$0.set]) }
        let side = unsafe TLSServerSide(
            names: names, owned: contexts, applicationProtocols: settings.applicationProtocols, tickets: tickets)
        for unsafe context in unsafe contexts { unsafe side.serve(context) }
        unsafe handle = contexts[0]
        unsafe SSL_CTX_up_ref(handle)
        role = .server(side)
        self.clientRules = clientRules
        certificates = loaded.map { ($0.identity.certificateFile, $0.certificate) }
        revocationLists = switch settings.clientCertificates {
        case .none: []
        case .optional(let authorities), .required(let authorities): Self.lists(of: authorities)
        }
    }

    /// The context of an upstream.
    package init(client settings: TLSClientSettings) throws(TLSError) {
        let loaded: TLSLoadedIdentity? = if let identity = settings.identity { try TLSLoadedIdentity(identity) } else { nil }
        let side = TLSClientSide(settings)
        unsafe handle = try TLSContextParts.client(settings, loaded)
        unsafe side.serve(handle)
        role = .client(side)
        clientRules = ""
        certificates = loaded.map { [($0.identity.certificateFile, $0.certificate)] } ?? []
        revocationLists = if case .authorities(let authorities) = settings.trust { Self.lists(of: authorities) } else { [] }
    }

    /// Of a file that libssl has taken already.
    private static func lists(of authorities: TLSAuthorities) -> [(file: String, list: RevocationList)] {
        guard let file = authorities.revocationFile,
            let bytes = try? SecretFile.read(file, atMost: Certificate.greatestFile, access: .everyone)
        else { return [] }
        return (RevocationList.read(pem: bytes.span) ?? []).map { (file, $0) }
    }

    deinit { unsafe SSL_CTX_free(handle) }
}

/// Which certificates serve which host name: all that are for it, one of each kind of key.
struct TLSIdentityGroups {
    /// Indices of identities; the first set serves clients that name no host, or an unknown one.
    private(set) var sets: [[Int]] = []
    private(set) var names: [(name: String, set: Int)] = []

    init(_ identities: [TLSLoadedIdentity]) {
        var order: [String] = []
        var members: [String: [Int]] = [:]
        for (index, identity) in identities.enumerated() {
            for name in identity.hostNames where members[name]?.contains(index) != true {
                if members[name] == nil { order.append(name) }
                // Of two certificates with one kind of key the first one serves the name.
                let isNewKind = members[name, default: []].allSatisfy { identities[$0].kind != identity.kind }
                if isNewKind { members[name, default: []].append(index) }
            }
        }
        sets = [identities[0].hostNames.first.flatMap { members[$0] } ?? Self.nameless(identities)]
        for name in order {
            guard let group = members[name] else { continue }
            let known = sets.firstIndex(of: group)
            names.append((name, known ?? sets.count))
            if known == nil { sets.append(group) }
        }
    }

    /// Certificates for addresses alone, which no client can ask for by name: one of each kind of key.
    private static func nameless(_ identities: [TLSLoadedIdentity]) -> [Int] {
        var found: [Int] = []
        for (index, identity) in identities.enumerated() where identity.hostNames.isEmpty {
            if found.allSatisfy({ identities[$0].kind != identity.kind }) { found.append(index) }
        }
        return found
    }
}
