import HTTPWire
import Testing

@testable import AccessControl

@Suite struct BodyAdmissionTests {
    private func announced(_ value: String) -> MediaKinds {
        let bytes = Array("Content-Type: \(value)\r\n".utf8)
        return MediaKinds.announced(by: ByteRange(start: 14, count: value.utf8.count), in: bytes.span)
    }

    @Test(arguments: [
        ("application/json", MediaKinds.json), ("Application/JSON", .json), ("application/json; charset=utf-8", .json),
        ("application/json;charset=UTF-8", .json), ("application/json ; charset=\"utf-8\"", .json),
        ("multipart/form-data; boundary=abc", .multipart), ("multipart/form-data; boundary=\"a:b?\"", .multipart),
        ("multipart/form-data; boundary=----WebKitFormBoundary7MA4", .multipart),
        ("application/octet-stream", .octetStream),
    ])
    func known(value: String, kind: MediaKinds) {
        #expect(announced(value) == kind)
    }

    @Test(arguments: [
        "", "json", "application", "application/", "text/plain", "text/x-json", "application/jsonrequest",
        "application/vnd.api+json", "application/json5", "application/x-www-form-urlencoded",
        "multipart/mixed; boundary=a", "multipart/related; boundary=a", "multipart/form-data",
        "multipart/form-data; boundary=",
        "multipart/form-data; boundary=a; boundary=b", "multipart/form-data; charset=utf-8",
        "multipart/form-data; boundary=a; charset=utf-8",
        "multipart/form-data; boundary=a b",
        "multipart/form-data; boundary=\"a,b\"", "application/json; charset=utf-16", "application/json; charset=utf-7",
        "application/json; charset=utf-8; charset=utf-16", "application/json;", "application/json; x=y",
        "application/json, application/x-www-form-urlencoded", "application/x-www-form-urlencoded, application/json",
        "application/json; charset=utf-8, multipart/form-data", "application/json; charset=\"utf-8",
        "application/json x",
        "application/json\u{0}", "application /json", "application/json; charset =utf-8",
        "multipart/form-data; boundary=" + String(repeating: "a", count: 71), "application/octet-stream; x=y",
    ])
    func unknown(value: String) {
        #expect(announced(value) == [])
    }

    private func refusal(_ id: String, _ method: String, _ fields: String) throws -> ReasonCode? {
        let operation = try #require(shippedOperations.first { $0.id == id })
        let bytes = Array("\(method) / HTTP/1.1\r\nHost: h\r\n\(fields)\r\n".utf8)
        let limits = HTTPLimits()
        let head = RequestHead(limits: limits)
        var parser = RequestParser(limits: limits)
        #expect(try parser.parse(bytes.span, into: head) == bytes.count)
        return operation.refusal(ofBodyOf: head, in: bytes.span)
    }

    private static let json = "Content-Type: application/json\r\n"

    @Test func bodiesOfOperations() throws {
        let body = "Content-Length: 2\r\n"
        let chunked = "Transfer-Encoding: chunked\r\n"
        #expect(try refusal("create_cloud_connector", "POST", Self.json + body) == nil)
        #expect(try refusal("create_cloud_connector", "POST", Self.json + chunked) == nil)
        // What the vendor's SDK sends on everything.
        #expect(try refusal("index_cloud_connectors", "GET", Self.json) == nil)
        #expect(try refusal("destroy_cloud_connector", "DELETE", Self.json) == nil)
        #expect(try refusal("mount_pool", "PUT", Self.json + "Content-Length: 0\r\n") == nil)
        let upload = "Content-Type: multipart/form-data; boundary=a\r\n" + body
        #expect(try refusal("update_config_file_cloud_bucket", "PUT", upload) == nil)
        // Bodies where none belongs.
        #expect(try refusal("index_cloud_connectors", "GET", Self.json + body) == .bodyNotAllowed)
        #expect(try refusal("index_cloud_connectors", "HEAD", Self.json + chunked) == .bodyNotAllowed)
        #expect(try refusal("destroy_cloud_connector", "DELETE", Self.json + body) == .bodyNotAllowed)
        #expect(try refusal("mount_pool", "PUT", Self.json + body) == .bodyNotAllowed)
        // Bodies of a kind that does not belong.
        let wrong = [
            "", "Content-Type: application/x-www-form-urlencoded\r\n", "Content-Type: text/plain\r\n",
            "Content-Type: multipart/form-data; boundary=a\r\n", "Content-Type: application/octet-stream\r\n",
            Self.json + Self.json, "Content-Type: application/x-www-form-urlencoded\r\n" + Self.json,
            Self.json + "Content-Encoding: gzip\r\n", "Content-Type: \r\n",
        ]
        for fields in wrong {
            #expect(try refusal("create_cloud_connector", "POST", fields + body) == .unsupportedMediaType, "\(fields)")
        }
        #expect(try refusal("update_config_file_cloud_bucket", "PUT", Self.json + body) == .unsupportedMediaType)
    }
}
