import Testing

/// Files that may say `unsafe`, each with what it needs it for. Whoever adds a line here has read the file.
private let unsafeFiles: [String: String] = [
    "Sources/AuditTrail/AuditBatch+Chain.swift": "the bytes of records in the batch's arena",
    "Sources/AuditTrail/AuditBatch.swift": "reads of the batch's arena",
    "Sources/AuditTrail/LogFile.swift": "file calls",
    "Sources/AuditTrail/RecordInsertion.swift": "binding the arena's bytes to a statement without a copy",
    "Sources/AuditTrail/RecordWriter.swift": "stores into the arena's bytes",
    "Sources/AuditTrail/SystemClock.swift": "clock_gettime",
    "Sources/AuditTrail/WriterLock.swift": "open and flock",
    "Sources/Compression/Inflater.swift": "zlib streams",
    "Sources/Cryptography/AES256GCM.swift": "libcrypto contexts",
    "Sources/Cryptography/Certificate.swift": "libcrypto's X509",
    "Sources/Cryptography/HMACSHA256.swift": "libcrypto contexts",
    "Sources/Cryptography/MasterKeys.swift": "overwriting keys",
    "Sources/Cryptography/PublicKey.swift": "libcrypto's EVP_PKEY",
    "Sources/Cryptography/RevocationList.swift": "libcrypto's X509_CRL",
    "Sources/Cryptography/SHA256.swift": "libcrypto contexts",
    "Sources/Cryptography/SecretBytes.swift": "the storage of the bytes",
    "Sources/Cryptography/SecretFile.swift": "open, fstat, read and write",
    "Sources/Cryptography/SecureRandom.swift": "RAND_bytes",
    "Sources/Cryptography/SigningKey.swift": "libcrypto keys",
    "Sources/Cryptography/VerifyingKey.swift": "libcrypto keys",
    "Sources/Cryptography/SelfSigned.swift": "libcrypto's X509",
    "Sources/Gateway/Status/ProcessUse.swift": "getrusage, getrlimit and /proc",
    "Sources/HTTPWire/ASCII.swift": "bytes of StaticString",
    "Sources/HTTPWire/ByteBuffer.swift": "the storage of the buffer",
    "Sources/HTTPWire/FieldNameTable.swift": "bytes of StaticString",
    "Sources/HTTPWire/FoldedName.swift": "loads of whole words from a span",
    "Sources/HTTPWire/HTTPDate.swift": "bytes of StaticString",
    "Sources/HTTPWire/HeadLines.swift": "loads of whole words from a span",
    "Sources/HTTPWire/RequestLine.swift": "loads of whole words from a span",
    "Sources/HTTPWire/ProxyHeader.swift": "bytes of StaticString",
    "Sources/Gateway/Server/ReloadSignal.swift": "reading a signal from its descriptor",
    "Sources/NodeumSimulator/ListeningSocket.swift": "socket calls",
    "Sources/NodeumSimulator/PeerSocket.swift": "socket calls",
    "Sources/NodeumSimulator/SimulatorCore.swift": "poll and threads",
    "Sources/Redaction/Span+Words.swift": "loads of whole words from a span",
    "Sources/SQLite/Database+Function.swift": "the C API calling back",
    "Sources/SQLite/Database.swift": "the C API",
    "Sources/SQLite/Statement.swift": "the C API",
    "Sources/Store/Authorship.swift": "getpwuid_r",
    "Sources/Store/MasterKeyFile.swift": "rename and unlink",
    "Sources/Store/PepperFile.swift": "open, read, write and link",
    "Sources/Store/StoreFile.swift": "open and stat",
    "Sources/Transport/Channel.swift": "socket calls",
    "Sources/Transport/DeadlineWheel.swift": "unowned links of the wheel",
    "Sources/Transport/Lane.swift": "epoll, and channels held by it",
    "Sources/Transport/Listener.swift": "socket calls",
    "Sources/Transport/Socket.swift": "socket calls",
    "Sources/nodegate/Demo/LoopbackClient.swift": "socket calls",
    "Sources/nodegate/Serving/ServeCommand.swift": "the limit of open files",
    "Sources/Transport/SocketAddress.swift": "sockaddr and getaddrinfo",
    "Sources/Transport/Outgoing/OutgoingError.swift": "the system's texts",
    "Sources/Transport/Outgoing/OutgoingSocket.swift": "socket calls and poll",
    "Sources/Transport/Outgoing/OutgoingStream.swift": "the bytes of arrays for socket calls",
    "Sources/Transport/TLS/Channel+TLS.swift": "socket calls",
    "Sources/Transport/TLS/TLSClientSide.swift": "libssl's session callback",
    "Sources/Transport/TLS/TLSContext.swift": "libssl's SSL_CTX",
    "Sources/Transport/TLS/TLSContextParts.swift": "libssl's SSL_CTX",
    "Sources/Transport/TLS/TLSError.swift": "libssl's texts",
    "Sources/Transport/TLS/TLSLoadedIdentity.swift": "libcrypto's X509 and EVP_PKEY",
    "Sources/Transport/TLS/TLSPeer.swift": "libssl's SSL",
    "Sources/Transport/TLS/TLSServerSide.swift": "libssl's server callbacks",
    "Sources/Transport/TLS/TLSSessions.swift": "libssl's SSL_SESSION",
    "Sources/Transport/TLS/TLSStream+Acceptance.swift": "libcrypto's X509_STORE_CTX",
    "Sources/Transport/TLS/TLSStream.swift": "libssl's SSL",
    "Sources/Transport/TLS/TLSTicketKeys.swift": "libssl's ticket callback",
]

/// Files that may say `@unchecked Sendable` or `nonisolated(unsafe)`: their types are confined to a queue or locked.
private let uncheckedFiles: Set<String> = [
    "Sources/AuditTrail/AuditBatch.swift",
    "Sources/AuditTrail/AuditCheckpointer.swift",
    "Sources/AuditTrail/AuditWriter.swift",
    "Sources/Gateway/Server/GatewayServer.swift",
    "Sources/Gateway/Server/SocketHandOver.swift",
    "Sources/AuditTrail/CheckpointSigner.swift",
    "Sources/Cryptography/PublicKey.swift",
    "Sources/Cryptography/SecretBytes.swift",
    "Sources/SQLite/Statement.swift",
    "Sources/Transport/Lane.swift",
    "Sources/Transport/TLS/TLSContext.swift",
    "Sources/Transport/TLS/TLSServerSide.swift",
    "Sources/Transport/TLS/TLSSessions.swift",
]

@Suite("Unsafe code")
struct UnsafeTests {
    @Test("`unsafe` is said only in the files listed here")
    func unsafeExpressions() throws {
        try expectExactly(Set(unsafeFiles.keys), saying: #/\bunsafe\b(?!\))/#)
    }

    @Test("`@unchecked Sendable` and `nonisolated(unsafe)` are said only in the files listed here")
    func uncheckedTypes() throws {
        try expectExactly(uncheckedFiles, saying: #/@unchecked\s+Sendable|nonisolated\(unsafe\)/#)
    }

    /// Both ways: a list with entries that are no longer needed grows until nobody reads it.
    private func expectExactly(_ listed: Set<String>, saying pattern: Regex<Substring>) throws {
        let found = Set(try Repository.swiftFiles(below: "Sources").filter { !$0.places(of: pattern).isEmpty }.map(\.path))
        #expect(found.subtracting(listed).sorted() == [], "not listed")
        #expect(listed.subtracting(found).sorted() == [], "listed without need")
    }
}
