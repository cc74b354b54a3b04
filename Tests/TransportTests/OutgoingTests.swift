import Cryptography
import Foundation
import GatewayTesting
import Synchronization
import Testing
@testable import Transport

/// A listener on a real socket that the test plays itself.
private final class PlainPeer: Sendable {
    let port: UInt16
    private let listener: Int32

    init() throws {
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listener = listener
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                bind(listener, generic, length) == 0 && getsockname(listener, generic, &length) == 0
            }
        }
        guard isBound, listen(listener, 4) == 0 else { throw POSIXError(.EADDRINUSE) }
        port = UInt16(bigEndian: address.sin_port)
    }

    deinit { close(listener) }

    /// Takes the next connection on a thread of its own.
    func next(_ body: @escaping @Sendable (FileHandle) -> Void) -> DispatchSemaphore {
        let done = DispatchSemaphore(value: 0)
        let listener = listener
        Thread.detachNewThread {
            let connection = FileHandle(fileDescriptor: accept(listener, nil, nil), closeOnDealloc: true)
            body(connection)
            try? connection.close()
            done.signal()
        }
        return done
    }

    /// Answers one request, and returns what it was.
    func answer(_ text: String) -> (request: Mutexed<String>, done: DispatchSemaphore) {
        let request = Mutexed("")
        let done = next { connection in
            var seen = Data()
            while !String(decoding: seen, as: UTF8.self).contains("\r\n\r\n") {
                let piece = connection.availableData
                if piece.isEmpty { break }
                seen += piece
            }
            request.value = String(decoding: seen, as: UTF8.self)
            // In pieces, as networks have it.
            let bytes = Array(text.utf8)
            for start in stride(from: 0, to: bytes.count, by: 7) {
                let piece = Array(bytes[start..<min(bytes.count, start + 7)])
                // The client may have seen enough.
                _ = send(connection.fileDescriptor, piece, piece.count, Int32(MSG_NOSIGNAL))
            }
        }
        return (request, done)
    }
}

private final class Mutexed<Value: Sendable>: Sendable {
    private let storage: Mutex<Value>
    init(_ value: Value) { storage = Mutex(value) }
    var value: Value {
        get { storage.withLock { $0 } }
        set { storage.withLock { $0 = newValue } }
    }
}

/// What `body` throws.
private func failure<Value>(_ body: () throws(OutgoingError) -> Value) -> OutgoingError? {
    do throws(OutgoingError) { _ = try body() } catch { return error }
    return nil
}

@Suite struct OutgoingStreamTests {
    private var soon: Deadline { .after(milliseconds: 20_000) }

    private func context(_ name: String = "localhost", _ change: (inout TLSClientSettings) throws -> Void = { _ in }) throws -> TLSContext {
        var settings = TLSClientSettings(serverName: name)
        settings.trust = .authorities(try TLSFixtures.authorities())
        try change(&settings)
        return try TLSContext(client: settings)
    }

    private func server(_ name: String = "local-ec", _ options: String...) throws -> (process: ChildProcess, port: UInt16) {
        let process = try ChildProcess([
            ChildProcess.python, TLSFixtures.file("peer.py"), "server", "--cert", TLSFixtures.path("\(name).pem"),
            "--key", TLSFixtures.path("\(name).key"),
        ] + options)
        return (process, UInt16(try #require(process.facts()["port"] as? Int)))
    }

    @Test func sendsAndReceivesPlain() throws {
        let peer = try PlainPeer()
        let done = peer.next { connection in
            let seen = try? connection.read(upToCount: 5)
            try? connection.write(contentsOf: (seen ?? Data()) + Data(" back".utf8))
        }
        let stream = try OutgoingStream(host: "127.0.0.1", port: peer.port, by: soon)
        #expect(stream.tlsPeer == nil)
        try stream.write(Array("hello".utf8), by: soon)
        var received: [UInt8] = []
        while true {
            let piece = try stream.read(atMost: 3, by: soon)
            if piece.isEmpty { break }
            #expect(piece.count <= 3)
            received += piece
        }
        #expect(String(decoding: received, as: UTF8.self) == "hello back")
        stream.finish()
        try stream.awaitEnd(by: soon)
        done.wait()
    }

    @Test(arguments: ["1.2", "1.3"], ["localhost", "127.0.0.1"])
    func speaksTLSWithPython(version: String, host: String) throws {
        let (process, port) = try server("local-ec", "--version", version)
        let stream = try OutgoingStream(host: host, port: port, tls: try context(host), by: soon)
        #expect(stream.tlsPeer?.version == "TLSv\(version)")
        // More than a record and than a socket's buffer would take at once.
        try stream.write(Array("hello".utf8), by: soon)
        #expect(try stream.read(atMost: 100, by: soon) == Array("hello".utf8))
        #expect(try stream.read(atMost: 100, by: soon) == [])
        stream.finish()
        #expect(process.facts()["version"] as? String == "TLSv\(version)")
    }

    @Test("A certificate that is not good is refused, and the text says why", arguments: [
        ("expired", CertificateProblem.expired), ("alpha", .wrongHost), ("client-stranger", .wrongPurpose),
    ])
    func refusesCertificates(name: String, problem: CertificateProblem) throws {
        let (process, port) = try server(name)
        let context = try context()
        let error = failure { () throws(OutgoingError) in
            try OutgoingStream(host: "127.0.0.1", port: port, tls: context, by: soon)
        }
        let peer = "127.0.0.1:\(port)"
        if name != "client-stranger" {
            #expect(error == .tls(peer: peer, .certificateRefused(problem)))
        }
        #expect(error?.description.hasPrefix("TLS with \(peer): the peer's certificate is refused: ") == true)
        #expect(process.facts()["error"] != nil)
    }

    @Test func theSystemsStoreDoesNotKnowOurAuthority() throws {
        let (_, port) = try server()
        let context = try context { $0.trust = .system }
        let error = failure { () throws(OutgoingError) in
            try OutgoingStream(host: "127.0.0.1", port: port, tls: context, by: soon)
        }
        guard case .tls(_, .certificateRefused) = error else { return #expect(error == nil) }
    }

    @Test(arguments: ["1.2", "1.3"])
    func aPeerThatWantsAnotherCertificateIsNoticed(version: String) throws {
        let authority = try TLSFixtures.path("authority.pem")
        let (process, port) = try server("local-ec", "--version", version, "--require-client", "--ca", authority)
        let context = try context { $0.identity = try TLSFixtures.identity("client-stranger") }
        let error = failure { () throws(OutgoingError) in
            let stream = try OutgoingStream(host: "127.0.0.1", port: port, tls: context, by: soon)
            try stream.settle(by: soon)
        }
        #expect(error == .tls(peer: "127.0.0.1:\(port)", .refusedByPeer("unknown CA")))
        #expect(process.facts()["error"] != nil)
    }

    @Test func aPeerThatTakesOurCertificateIsSettledWith() throws {
        let authority = try TLSFixtures.path("authority.pem")
        let (process, port) = try server("local-ec", "--require-client", "--ca", authority)
        let context = try context { $0.identity = try TLSFixtures.identity("client") }
        let stream = try OutgoingStream(host: "127.0.0.1", port: port, tls: context, by: soon)
        try stream.settle(by: .after(milliseconds: 100))
        try stream.write([1, 2, 3], by: soon)
        #expect(try stream.read(atMost: 10, by: soon) == [1, 2, 3])
        #expect(process.facts()["names"] as? [String] != nil)
    }

    @Test func aCutIsNoEnd() throws {
        let (_, port) = try server("local-ec", "--end", "cut")
        let stream = try OutgoingStream(host: "127.0.0.1", port: port, tls: try context(), by: soon)
        try stream.write([1], by: soon)
        var received: [UInt8] = []
        let error = failure { () throws(OutgoingError) in
            while received.count < 100 { received += try stream.read(atMost: 100, by: soon) }
        }
        #expect(received.count == 10)
        #expect(error == .tls(peer: "127.0.0.1:\(port)", .truncated))
    }

    @Test func nobodyThere() throws {
        var port: UInt16 = 0
        do { port = try PlainPeer().port }
        let error = failure { () throws(OutgoingError) in try OutgoingStream(host: "127.0.0.1", port: port, by: soon) }
        #expect(error == .unreachable(peer: "127.0.0.1:\(port)", errno: ECONNREFUSED))
        #expect(error?.description == "no connection to 127.0.0.1:\(port): Connection refused")
    }

    @Test func triesEveryAddressOfAName() throws {
        // `localhost` may be ::1 first, where nobody listens.
        let peer = try PlainPeer()
        let done = peer.next { _ in }
        _ = try OutgoingStream(host: "localhost", port: peer.port, by: soon)
        done.wait()
    }

    @Test func aNameThatIsNone() throws {
        let error = failure { () throws(OutgoingError) in
            try OutgoingStream(host: "no-such-host.invalid", port: 1, by: soon)
        }
        guard case .unresolved(.unknownHost("no-such-host.invalid", _)) = error else { return #expect(error == nil) }
    }

    @Test func deadlinesEndEveryWait() throws {
        let peer = try PlainPeer()
        let release = DispatchSemaphore(value: 0)
        let done = peer.next { _ in release.wait() }
        let stream = try OutgoingStream(host: "127.0.0.1", port: peer.port, by: soon)
        let name = "127.0.0.1:\(peer.port)"
        #expect(failure { () throws(OutgoingError) in try stream.read(atMost: 1, by: .after(milliseconds: 20)) }
            == .deadlinePassed(peer: name, .read))
        let much = [UInt8](repeating: 7, count: 32 << 20)
        #expect(failure { () throws(OutgoingError) in try stream.write(much, by: .after(milliseconds: 50)) }
            == .deadlinePassed(peer: name, .write))
        #expect(failure { () throws(OutgoingError) in try stream.awaitEnd(by: .after(milliseconds: 20)) }
            == .deadlinePassed(peer: name, .end))
        release.signal()
        done.wait()
    }

    @Test("The peer's end says that everything was read; its death does not", arguments: [true, false])
    func end(isRead: Bool) throws {
        let peer = try PlainPeer()
        let sent = DispatchSemaphore(value: 0)
        let done = peer.next { connection in
            sent.wait()
            if isRead { _ = try? connection.readToEnd() }
        }
        let stream = try OutgoingStream(host: "127.0.0.1", port: peer.port, by: soon)
        try stream.write([UInt8](repeating: 1, count: 10_000), by: soon)
        stream.finish()
        sent.signal()
        let error = failure { () throws(OutgoingError) in try stream.awaitEnd(by: soon) }
        #expect(error == (isRead ? nil : .failed(peer: "127.0.0.1:\(peer.port)", errno: ECONNRESET)))
        done.wait()
    }

    @Test func aPeerThatNeverShakesHands() throws {
        let peer = try PlainPeer()
        let release = DispatchSemaphore(value: 0)
        let done = peer.next { _ in release.wait() }
        let context = try context()
        let error = failure { () throws(OutgoingError) in
            try OutgoingStream(host: "127.0.0.1", port: peer.port, tls: context, by: .after(milliseconds: 50))
        }
        #expect(error == .deadlinePassed(peer: "127.0.0.1:\(peer.port)", .handshake))
        release.signal()
        done.wait()
    }
}

@Suite struct OutgoingRequestTests {
    private var soon: Deadline { .after(milliseconds: 20_000) }

    private func perform(_ answer: String, limit: Int? = 100) throws -> Result<OutgoingResponse, OutgoingError> {
        let peer = try PlainPeer()
        let (_, done) = peer.answer(answer)
        let request = OutgoingRequest(host: "127.0.0.1", port: peer.port, target: "/keys", tls: nil)
        let result = Result { () throws(OutgoingError) in try request.perform(bodyLimit: limit, by: soon) }
        done.wait()
        return result
    }

    @Test func theRequestIsWhatWasAskedFor() throws {
        let peer = try PlainPeer()
        let (seen, done) = peer.answer("HTTP/1.1 204 No Content\r\n\r\n")
        var request = OutgoingRequest(host: "127.0.0.1", port: peer.port, target: "/in?a=b", tls: nil)
        request.method = .post
        request.fields = [try #require(OutgoingRequest.Field(name: "Accept", value: "application/json"))]
        request.body = Array("abc".utf8)
        #expect(try request.perform(bodyLimit: 10, by: soon).status == 204)
        done.wait()
        #expect(seen.value == """
            POST /in?a=b HTTP/1.1\r\nHost: 127.0.0.1:\(peer.port)\r\nUser-Agent: nodegate\r\nConnection: close\r\n\
            Accept: application/json\r\nContent-Length: 3\r\n\r\nabc
            """)
    }

    @Test(arguments: [
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nCache-Control: max-age=60\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\ncache-control: max-age=60\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\n\r\nhello",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\n\r\nHTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nContent-Length: 5\r\n\r\nhello and more",
    ])
    func readsEveryFraming(answer: String) throws {
        let response = try perform(answer, limit: 5).get()
        #expect(response.status == 200)
        #expect(response.isSuccess)
        #expect(String(decoding: response.body, as: UTF8.self) == "hello")
        #expect(response.value(of: "cache-CONTROL") == "max-age=60")
    }

    @Test("What is no whole answer is none", arguments: [
        ("", "ended"), ("HTTP/1.1 200 OK\r\nContent-Le", "ended"), ("SSH-2.0-OpenSSH\r\n\r\n", "malformed_status_line"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell", "premature_end"),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", "premature_end"),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "invalid_chunk_size"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!", "repeated_content_length"),
        ("HTTP/1.1 101 Switching\r\n\r\n", "switching_protocols"),
        (String(repeating: "HTTP/1.1 100 Continue\r\n\r\n", count: 20), "too_many_interim_answers"),
    ])
    func refuses(answer: String, reason: String) throws {
        switch try perform(answer) {
        case .success(let response): Issue.record("\(response.status)")
        case .failure(.malformedAnswer(_, let found)): #expect(found == reason)
        case .failure(let error):
            guard case .ended = error else { return #expect(error.description == "") }
            #expect(reason == "ended")
        }
    }

    @Test(arguments: [
        "HTTP/1.1 200 OK\r\nContent-Length: 101\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n65\r\n",
    ])
    func aLongAnswerIsCut(head: String) throws {
        let result = try perform(head + String(repeating: "x", count: 101))
        guard case .failure(.answerTooLarge(_, limit: 100)) = result else { return #expect("\(result)" == "") }
    }

    @Test func theBodyNeedNotBeRead() throws {
        #expect(try perform("HTTP/1.1 500 Oops\r\nContent-Length: 1000000\r\n\r\n", limit: nil).get().isSuccess == false)
    }

    @Test(arguments: ["", "keys", "/a b", "/a\r\nX: y", "/ä"])
    func targetsThatAreNoneAreNotSent(target: String) throws {
        let request = OutgoingRequest(host: "127.0.0.1", port: 1, target: target, tls: nil)
        let error = failure { () throws(OutgoingError) in try request.perform(bodyLimit: 1, by: soon) }
        guard case .badRequest = error else { return #expect(error == nil) }
    }

    @Test(arguments: [
        ("", "x"), ("A b", "x"), ("A:", "x"), ("A", "x\r\nB: y"), ("A", "\u{0}"), ("Ä", "x"), ("Host", "x"),
        ("content-length", "1"), ("Transfer-Encoding", "chunked"), ("CONNECTION", "keep-alive"),
    ])
    func fieldsThatAreNoneAreRefused(name: String, value: String) {
        #expect(OutgoingRequest.Field(name: name, value: value) == nil)
    }
}
