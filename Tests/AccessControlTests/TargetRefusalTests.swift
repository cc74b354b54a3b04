import HTTPWire
import Testing

@testable import AccessControl

/// Targets that a framework, a proxy or a file system could read in another way than the router.
@Suite struct TargetRefusalTests {
    struct Vector: Sendable, CustomTestStringConvertible {
        let target: String
        let refusal: TargetRefusal

        init(_ target: String, _ refusal: TargetRefusal) {
            self.target = target
            self.refusal = refusal
        }

        var testDescription: String { target }
    }

    static let paths: [Vector] = [
        Vector("", .notOriginForm), Vector("*", .notOriginForm), Vector("api/v2/nas", .notOriginForm),
        Vector("http://host/api/v2/nas", .notOriginForm), Vector("?x=1", .notOriginForm),
        Vector("/", .trailingSlash), Vector("/nas", .outsidePrefix), Vector("/api", .outsidePrefix),
        Vector("/api/v1/nas", .outsidePrefix), Vector("/api/v22/nas", .outsidePrefix),
        Vector("/API/v2/nas", .outsidePrefix), Vector("/x/api/v2/nas", .outsidePrefix),
        Vector("/api-v2/nas", .outsidePrefix), Vector("/api/v2-/nas", .outsidePrefix),
        // Slashes.
        Vector("/api/v2/", .trailingSlash), Vector("/api/v2/nas/", .trailingSlash),
        Vector("/api/v2/nas/5/", .trailingSlash), Vector("/api/v2/nas/?x=1", .trailingSlash),
        Vector("//api/v2/nas", .emptySegment), Vector("/api//v2/nas", .emptySegment),
        Vector("/api/v2//nas", .emptySegment), Vector("/api/v2/nas//", .emptySegment),
        Vector("/api/v2/cloud_connectors//-/test", .emptySegment),
        // Dot segments.
        Vector("/api/v2/.", .dotSegment), Vector("/api/v2/..", .dotSegment),
        Vector("/api/v2/nas/../cloud_connectors", .dotSegment), Vector("/api/v2/./nas", .dotSegment),
        Vector("/api/v2/nas/%2e%2e/users", .dotSegment), Vector("/api/v2/nas/%2E", .dotSegment),
        Vector("/api/v2/nas/.%2e/x", .dotSegment), Vector("/api/v2/nas/%2e./x", .dotSegment),
        Vector("/api/v2/nas/...", .dotSegment),
        Vector("/api/v2/nas/%252e%252e/x", .dotSegment), Vector("/api/v2/nas/%25252e%25252E", .dotSegment),
        Vector("/api/v2/nas/.%252e", .dotSegment), Vector("/api/v2/nas/%25%32%65%25%32%65", .dotSegment),
        Vector("/api/v2/nas/%25%32%35%32%65", .dotSegment), Vector("/../api/v2/nas", .dotSegment),
        Vector("/api/v2/..%2Fv1/nas", .encodedSlash), Vector("/api/v2/nas/...json", .dotSegment),
        // Trailing dots and spaces.
        Vector("/api/v2/nas.", .trailingDotOrSpace), Vector("/api/v2/nas/5.", .trailingDotOrSpace),
        Vector("/api/v2/nas/5%2E", .trailingDotOrSpace), Vector("/api/v2/nas/5%20", .trailingDotOrSpace),
        Vector("/api/v2/nas%20/5", .trailingDotOrSpace), Vector("/api/v2/nas/a.%20", .trailingDotOrSpace),
        Vector("/api/v2/nas/5..json", .trailingDotOrSpace), Vector("/api/v2/nas/5.json.", .trailingDotOrSpace),
        Vector("/api/v2/nas/5%20.json", .trailingDotOrSpace), Vector("/api/v2/nas/5%252E", .trailingDotOrSpace),
        Vector("/api/v2/nas/5%2520", .trailingDotOrSpace),
        // Encoded separators, at any depth.
        Vector("/api/v2/cloud_connectors/-%2Ftest", .encodedSlash),
        Vector("/api/v2/cloud_connectors/1%2Fcloud_buckets", .encodedSlash),
        Vector("/api/v2/nas%2f5", .encodedSlash), Vector("/api%2Fv2/nas", .encodedSlash),
        Vector("/api/v2/nas/a%5Cb", .encodedSlash), Vector("/api/v2/nas/a%5cb", .encodedSlash),
        Vector("/api/v2/nas/a%252Fb", .encodedSlash), Vector("/api/v2/nas/a%25252fb", .encodedSlash),
        Vector("/api/v2/nas/a%255Cb", .encodedSlash), Vector("/api/v2/nas/a%25%32%46b", .encodedSlash),
        Vector("/api/v2/nas/a%2525%32%66b", .encodedSlash),
        Vector("/api/v2/nas/..%255c", .encodedSlash),
        // Raw bytes that are no part of a path.
        Vector("/api/v2/nas\\5", .backslash), Vector("/api/v2\\..\\nas", .backslash),
        Vector("/api/v2/nas;x=1", .semicolon), Vector("/api/v2/nas/5;.json", .semicolon),
        Vector("/api/v2;/nas", .semicolon), Vector("/api/v2/nas#x", .fragment),
        Vector("/api/v2/nas#/../users", .fragment), Vector("/api/v2/nas/5\t", .controlByte),
        Vector("/api/v2/nas/ 5", .controlByte), Vector("/api/v2/nas/5\u{7F}", .controlByte),
        Vector("/api/v2/nas\r\nX: y", .controlByte), Vector("/api/v2/nas/a\u{0}b", .controlByte),
        Vector("/api/v2/nas/\u{E9}", .nonASCII), Vector("/api/v2/nas/\u{FF0E}\u{FF0E}", .nonASCII),
        // Encoded control bytes.
        Vector("/api/v2/nas/a%00b", .encodedControl), Vector("/api/v2/nas/5%00.json", .encodedControl),
        Vector("/api/v2/nas/5%0A", .encodedControl), Vector("/api/v2/nas/5%0d%0a", .encodedControl),
        Vector("/api/v2/nas/%09", .encodedControl), Vector("/api/v2/nas/%7F", .encodedControl),
        Vector("/api/v2/nas/a%2500b", .encodedControl), Vector("/api/v2/nas/a%25250Ab", .encodedControl),
        // Escapes that are none.
        Vector("/api/v2/nas/%", .invalidEscape), Vector("/api/v2/nas/%4", .invalidEscape),
        Vector("/api/v2/nas/%zz", .invalidEscape), Vector("/api/v2/nas/%u002e", .invalidEscape),
        Vector("/api/v2/nas/%2", .invalidEscape), Vector("/api/v2/nas/%%32e", .invalidEscape),
        Vector("/api/v2/nas/%-1", .invalidEscape), Vector("/api/v2/nas/% 1", .invalidEscape),
        Vector("/api/v2/nas/50%", .invalidEscape), Vector("/api/v2/nas/%2/", .invalidEscape),
        // Not UTF-8, or not the shortest form of it.
        Vector("/api/v2/nas/%C0%AE%C0%AE", .invalidUTF8), Vector("/api/v2/nas/%c0%af", .invalidUTF8),
        Vector("/api/v2/nas/%E0%80%AF", .invalidUTF8), Vector("/api/v2/nas/%F0%80%80%AF", .invalidUTF8),
        Vector("/api/v2/nas/%ED%A0%80", .invalidUTF8), Vector("/api/v2/nas/%F4%90%80%80", .invalidUTF8),
        Vector("/api/v2/nas/%FF", .invalidUTF8), Vector("/api/v2/nas/%80", .invalidUTF8),
        Vector("/api/v2/nas/%C3", .invalidUTF8), Vector("/api/v2/nas/%C3a", .invalidUTF8),
        Vector("/api/v2/nas/%C3/%A9", .invalidUTF8), Vector("/api/v2/nas/%C3.json", .invalidUTF8),
        Vector("/api/v2/nas/%C3%20", .invalidUTF8), Vector("/api/v2/nas/%C2%85", .invalidUTF8),
        Vector("/api/v2/nas/%25C0%25AF", .invalidUTF8), Vector("/api/v2/nas/%25E0%2580%25AF", .invalidUTF8),
        // A dash that is an id.
        Vector("/api/v2/cloud_connectors/%2D", .dashIdentifier), Vector("/api/v2/cloud_connectors/%2d/test", .dashIdentifier),
        Vector("/api/v2/cloud_connectors/%2D.json", .dashIdentifier), Vector("/api/v2/nas/%252D", .dashIdentifier),
        // Formats.
        Vector("/api/v2/nas.xml", .formatSuffix), Vector("/api/v2/nas/5.xml", .formatSuffix),
        Vector("/api/v2/nas/5.XML", .formatSuffix), Vector("/api/v2/nas/5.JSON", .formatSuffix),
        Vector("/api/v2/nas/5.html?x=1", .formatSuffix), Vector("/api/v2/nas/5.csv", .formatSuffix),
        Vector("/api/v2/nas/5.yaml", .formatSuffix), Vector("/api/v2/nas/5.%78ml", .formatSuffix),
        Vector("/api/v2/nas/5.xml.json", .formatSuffix), Vector("/api/v2/nas/5.json.json", .formatSuffix),
        Vector("/api/v2/nas/5.json.xml", .formatSuffix), Vector("/api/v2/cloud_connectors/-/test.xml", .formatSuffix),
        Vector("/api/v2/nas/.json", .emptySegment), Vector("/api/v2/.json", .emptySegment),
        Vector("/api/v2/nas/5.xml/", .trailingSlash),
        // Too deep.
        Vector("/api/v2/nas/%" + String(repeating: "25", count: 12) + "41", .nestedEscapes),
        Vector("/api/v2/" + String(repeating: "a/", count: 30) + "b", .tooManySegments),
        Vector("/api/v2/nas/" + String(repeating: "a", count: 20_000), .tooManyBytes),
    ]

    static let queries: [Vector] = [
        Vector("/api/v2/nas?x=1;sort_by=secret_key", .semicolon), Vector("/api/v2/nas?a;b", .semicolon),
        Vector("/api/v2/nas?x=1#y", .fragment), Vector("/api/v2/nas?x=\\", .backslash),
        Vector("/api/v2/nas?x= y", .controlByte), Vector("/api/v2/nas?x=\u{E9}", .nonASCII),
        Vector("/api/v2/nas?x=%", .invalidEscape), Vector("/api/v2/nas?x=%4", .invalidEscape),
        Vector("/api/v2/nas?%zz=1", .invalidEscape), Vector("/api/v2/nas?x=a%", .invalidEscape),
        Vector("/api/v2/nas?x=%4&y=1", .invalidEscape),
        Vector("/api/v2/nas?x=%00", .encodedControl), Vector("/api/v2/nas?x%0A=1", .encodedControl),
        Vector("/api/v2/nas?x=%FF", .invalidUTF8), Vector("/api/v2/nas?x=%C3", .invalidUTF8),
        Vector("/api/v2/nas?%C3=%A9", .invalidUTF8), Vector("/api/v2/nas?x=%C3&y=%A9", .invalidUTF8),
        Vector("/api/v2/nas?x=%C0%AF", .invalidUTF8),
        Vector("/api/v2/nas?=1", .namelessParameter), Vector("/api/v2/nas?[]=1", .namelessParameter),
        Vector("/api/v2/nas?a=1&=", .namelessParameter), Vector("/api/v2/nas?%20=1", .namelessParameter),
        Vector("/api/v2/nas?format=xml", .formatParameter), Vector("/api/v2/nas?format=json", .formatParameter),
        Vector("/api/v2/nas?format", .formatParameter), Vector("/api/v2/nas?a=1&format=xml", .formatParameter),
        Vector("/api/v2/nas?%66ormat=xml", .formatParameter), Vector("/api/v2/nas?FORMAT=xml", .formatParameter),
        Vector("/api/v2/nas?format[]=xml", .formatParameter), Vector("/api/v2/nas?format%5B%5D=xml", .formatParameter),
        Vector("/api/v2/nas?format[a]=xml", .formatParameter), Vector("/api/v2/nas?[format]=xml", .formatParameter),
        Vector("/api/v2/nas?]format=xml", .formatParameter), Vector("/api/v2/nas?+format=xml", .formatParameter),
        Vector("/api/v2/nas?format]=xml", .formatParameter), Vector("/api/v2/nas?&&format=xml", .formatParameter),
        Vector("/api/v2/nas?_method=delete", .methodParameter), Vector("/api/v2/nas?%5fmethod=put", .methodParameter),
        Vector("/api/v2/nas?_METHOD=put", .methodParameter), Vector("/api/v2/nas?_method[]=put", .methodParameter),
        Vector("/api/v2/nas?[_method]=put", .methodParameter), Vector("/api/v2/nas?x=1&_method", .methodParameter),
        Vector("/api/v2/nas?access_token=k", .credentialParameter),
        Vector("/api/v2/nas?api_key=k", .credentialParameter),
        Vector("/api/v2/nas?Authorization=k", .credentialParameter),
        Vector("/api/v2/nas?apikey=k", .credentialParameter),
        Vector("/api/v2/nas?auth_token=k", .credentialParameter),
        Vector("/api/v2/nas?" + String(repeating: "a&", count: 65), .tooManyParameters),
        Vector("/api/v2/nas?x=" + String(repeating: "|", count: 5_000), .tooManyBytes),
    ]

    @Test(arguments: paths + queries)
    func isRefused(vector: Vector) throws {
        let target = try CanonicalTarget()
        #expect(throws: vector.refusal) { try target.parse(vector.target) }
        #expect(target.text == "")
    }

    @Test func everyRefusalHasAClientError() {
        for refusal in TargetRefusal.allCases {
            #expect((400..<500).contains(refusal.reason.status))
            #expect(!refusal.explanation.description.isEmpty)
        }
    }

    /// `.name` where only literals are known, and an id cannot be.
    @Test(arguments: ["/api/v2/nas.foo", "/api/v2/cloud_connectors/-/test.foo", "/api/v2/statistics/by_date.v2"])
    func suffixOfALiteral(target: String) throws {
        #expect(try route(.get, target, in: try shippedTable()) == .refused(.formatSuffix))
    }
}
