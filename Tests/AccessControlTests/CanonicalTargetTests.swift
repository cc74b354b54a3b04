import HTTPWire
import Testing

@testable import AccessControl

@Suite struct CanonicalTargetTests {
    @Test(arguments: [
        // As it is.
        ("/api/v2/nas", "/api/v2/nas"),
        ("/api/v2/cloud_connectors/-/test?job_id=a-b", "/api/v2/cloud_connectors/-/test?job_id=a-b"),
        // Unreserved escapes are decoded, others are upper case.
        ("/api/v2/%6Eas", "/api/v2/nas"),
        ("/api/v2/nas/%7e%5F%2d%41", "/api/v2/nas/~_-A"),
        ("/api/v2/nas/a%c3%a9%20b", "/api/v2/nas/a%C3%A9%20b"),
        ("/api/v2/nas/%F0%9F%98%80", "/api/v2/nas/%F0%9F%98%80"),
        // Names keep what they hold.
        ("/api/v2/nas/a+b", "/api/v2/nas/a%2Bb"),
        ("/api/v2/nas/a%2Bb", "/api/v2/nas/a%2Bb"),
        ("/api/v2/nas/%22it's%22", "/api/v2/nas/%22it%27s%22"),
        ("/api/v2/nas/50%25", "/api/v2/nas/50%25"),
        ("/api/v2/nas/100%25abc", "/api/v2/nas/100%25abc"),
        ("/api/v2/nas/a%3Bb%3Fc%23d", "/api/v2/nas/a%3Bb%3Fc%23d"),
        ("/api/v2/nas/a:b@c,d=e&f!$()*", "/api/v2/nas/a%3Ab%40c%2Cd%3De%26f%21%24%28%29%2A"),
        ("/api/v2/nas/a|b\"<>^`{}", "/api/v2/nas/a%7Cb%22%3C%3E%5E%60%7B%7D"),
        ("/api/v2/nas/%20x", "/api/v2/nas/%20x"),
        ("/api/v2/nas/--", "/api/v2/nas/--"),
        ("/api/v2/nas/-a", "/api/v2/nas/-a"),
        // Dots stay part of an id.
        ("/api/v2/nas/nas.example.com", "/api/v2/nas/nas%2Eexample%2Ecom"),
        ("/api/v2/nas/nas%2Eexample%2ecom", "/api/v2/nas/nas%2Eexample%2Ecom"),
        ("/api/v2/nas/a.b/nas_shares", "/api/v2/nas/a%2Eb/nas_shares"),
        ("/api/v2/nas/a.json/nas_shares", "/api/v2/nas/a%2Ejson/nas_shares"),
        ("/api/v2/nas/.hidden", "/api/v2/nas/%2Ehidden"),
        ("/api/v2/nas/a%2Ejson", "/api/v2/nas/a%2Ejson"),
        ("/api/v2/nas/a%2Exml", "/api/v2/nas/a%2Exml"),
        ("/api/v2/nas/a..b", "/api/v2/nas/a%2E%2Eb"),
        // The one suffix.
        ("/api/v2/nas.json", "/api/v2/nas"),
        ("/api/v2/nas/5.json?x=1", "/api/v2/nas/5?x=1"),
        ("/api/v2/nas/a.b.json", "/api/v2/nas/a%2Eb"),
        ("/api/v2/nas/a%2Exml.json", "/api/v2/nas/a%2Exml"),
        // Queries are encoded anew.
        ("/api/v2/nas?", "/api/v2/nas"),
        ("/api/v2/nas?&&a=1&&b=2&", "/api/v2/nas?a=1&b=2"),
        ("/api/v2/nas?a", "/api/v2/nas?a"),
        ("/api/v2/nas?a=", "/api/v2/nas?a="),
        ("/api/v2/nas?a=b=c", "/api/v2/nas?a=b%3Dc"),
        ("/api/v2/nas?a=1+2%202", "/api/v2/nas?a=1%202%202"),
        ("/api/v2/nas?n=~a%25", "/api/v2/nas?n=~a%25"),
        ("/api/v2/nas?id=><1|2", "/api/v2/nas?id=%3E%3C1%7C2"),
        ("/api/v2/nas?id=%3E%3C1%7C2", "/api/v2/nas?id=%3E%3C1%7C2"),
        ("/api/v2/nas?sort_by=name%2Cid", "/api/v2/nas?sort_by=name%2Cid"),
        ("/api/v2/nas?a[b]=c&d%5B%5D=e", "/api/v2/nas?a%5Bb%5D=c&d%5B%5D=e"),
        ("/api/v2/nas?u=http://x/?y", "/api/v2/nas?u=http%3A%2F%2Fx%2F%3Fy"),
        ("/api/v2/nas?a=%26b=c", "/api/v2/nas?a=%26b%3Dc"),
        ("/api/v2/nas?a=%3B", "/api/v2/nas?a=%3B"),
        ("/api/v2/nas?v=1.2..3", "/api/v2/nas?v=1.2..3"),
        ("/api/v2/nas?formats=1&information=2&methods=3", "/api/v2/nas?formats=1&information=2&methods=3"),
        ("/api/v2/nas?a[format]=1&a=format", "/api/v2/nas?a%5Bformat%5D=1&a=format"),
    ])
    func canonicalForm(target: String, form: String) throws {
        let canonical = try CanonicalTarget()
        try canonical.parse(target)
        #expect(canonical.text == form)
        try canonical.parse(form)
        #expect(canonical.text == form, "the canonical form must be its own")
    }

    @Test func partsAreEmitted() throws {
        let target = try CanonicalTarget()
        try target.parse("/api/v2/nas/a.b?x%20=1&y")
        let buffer = ByteBuffer(capacity: 128)
        #expect(target.emitPath(into: buffer))
        #expect(buffer.append("|") && target.emit(into: buffer))
        #expect(target.parameterCount == 2)
        #expect(buffer.append("|") && target.emit(target.parameter(0).name, into: buffer))
        #expect(buffer.append("|") && target.emit(target.parameter(0).value, into: buffer))
        #expect(target.parameter(0).hasValue && !target.parameter(1).hasValue)
        let text = String(decoding: (0..<buffer.count).map { buffer.span[$0] }, as: UTF8.self)
        #expect(text == "/api/v2/nas/a%2Eb|/api/v2/nas/a%2Eb?x%20=1&y|x%20|1")
        #expect(!target.emit(into: ByteBuffer(capacity: 4)))
    }

    @Test func aRefusedTargetLeavesNothingBehind() throws {
        let target = try CanonicalTarget()
        try target.parse("/api/v2/cloud_connectors?x=1")
        #expect(throws: TargetRefusal.dotSegment) { try target.parse("/api/v2/cloud_connectors/../nas") }
        #expect(target.count == 0 && target.parameterCount == 0)
        #expect(try shippedTable().route(.get, target) == .unknown)
    }

    @Test(arguments: [
        ("", "/nas", "/nas"), ("/", "/nas", "/nas"), ("/nodeum/api", "/nodeum/api/nas.json", "/nodeum/api/nas"),
    ])
    func prefixes(prefix: String, target: String, form: String) throws {
        let canonical = CanonicalTarget(prefix: try apiPrefix(prefix))
        try canonical.parse(target)
        #expect(canonical.text == form)
        #expect(try operationIndex(canonical) == "index_nas")
    }

    private func operationIndex(_ target: CanonicalTarget) throws -> String? {
        let table = try shippedTable()
        guard case .operation(let index) = table.route(.get, target) else { return nil }
        return table[index].id
    }

    @Test(arguments: ["api", "/api/", "//api", "/api/{x}", "/api v2", "/api.v2", "/api%20"])
    func prefixesThatAreNone(prefix: String) {
        #expect(APIPrefix(prefix) == nil)
    }

    @Test func limits() throws {
        let limits = TargetLimits(bytes: 32, segments: 4, parameters: 2)
        let target = CanonicalTarget(prefix: try apiPrefix(), limits: limits)
        try target.parse("/api/v2/nas/5?a=1&b=2")
        #expect(throws: TargetRefusal.tooManyParameters) { try target.parse("/api/v2/nas/5?a=1&b=2&c=3") }
        #expect(throws: TargetRefusal.tooManySegments) { try target.parse("/api/v2/nas/5/nas_shares") }
        try target.parse("/api/v2/nas/" + String(repeating: "a", count: 20))
        // The last two are short as sent, too long in canonical form.
        let long = ["/" + String(repeating: "a", count: 21), "/+++++++", "?|||||||"]
        for rest in long {
            #expect(throws: TargetRefusal.tooManyBytes) { try target.parse("/api/v2/nas" + rest) }
        }
    }
}
