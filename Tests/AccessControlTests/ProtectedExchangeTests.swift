import HTTPWire
import Testing

@testable import AccessControl

@Suite struct ProtectedExchangeTests {
    @Test(arguments: [
        ("Range", ProtectedExchange.RequestTreatment.drop, ProtectedExchange.RequestTreatment.drop),
        ("If-Range", .drop, .drop), ("if-none-match", .drop, .drop), ("If-Modified-Since", .drop, .drop),
        ("If-Match", .drop, .refuse), ("IF-UNMODIFIED-SINCE", .drop, .refuse), ("Accept-Encoding", .replace, .replace),
        ("Accept", .forward, .forward), ("Content-Type", .forward, .forward), ("X-Request-Thing", .forward, .forward),
    ])
    func requestFields(
        name: String, whenReading: ProtectedExchange.RequestTreatment, whenWriting: ProtectedExchange.RequestTreatment
    ) {
        let field = FieldID(name.utf8.span)
        for method in [Method.get, .head] {
            #expect(ProtectedExchange.treatment(ofRequestField: field, method: method) == whenReading)
        }
        for method in [Method.post, .put, .patch, .delete] {
            #expect(ProtectedExchange.treatment(ofRequestField: field, method: method) == whenWriting)
        }
    }

    /// Nothing that is computed from the unredacted body crosses.
    @Test(arguments: [
        "ETag", "etag", "Last-Modified", "Content-MD5", "Digest", "Content-Digest", "Repr-Digest", "Content-CRC",
        "Accept-Ranges", "Content-Range", "Age", "Expires", "Pragma", "Content-Encoding", "Warning",
    ])
    func droppedResponseFields(name: String) {
        #expect(ProtectedExchange.treatment(ofResponseField: FieldID(name.utf8.span)) == .drop)
    }

    @Test(arguments: ["Content-Length", "Cache-Control", "Vary"])
    func replacedResponseFields(name: String) {
        #expect(ProtectedExchange.treatment(ofResponseField: FieldID(name.utf8.span)) == .replace)
    }

    @Test(arguments: ["Content-Type", "Location", "Date", "Retry-After", "WWW-Authenticate", "Content-Disposition", "X-A"])
    func otherResponseFields(name: String) {
        #expect(ProtectedExchange.treatment(ofResponseField: FieldID(name.utf8.span)) == .forward)
    }

    @Test func statuses() {
        let withheld = (UInt16(100)...599).filter(ProtectedExchange.isWithheld)
        #expect(withheld == [206, 226, 304])
    }
}
