import HTTPWire
import Testing

@testable import AccessControl

@Suite struct ScopeTests {
    @Test func scopesAreRead() throws {
        #expect(Scope("cloud_connectors/index") == Scope(controller: "cloud_connectors", action: "index"))
        #expect(Scope("cloud_connectors / get_secret_key")?.description == "cloud_connectors/get_secret_key")
        for text in ["", "/", "a", "a/", "/b", "a/b/c", "A/b", "a/*", "*/b", "a b/c", "a-b/c", "a/é", "a\n/b"] {
            #expect(Scope(text) == nil, "\(text)")
        }
        #expect(Scope(controller: String(repeating: "a", count: 65), action: "b") == nil)
    }

    @Test func patternsAreRead() throws {
        for text in ["a/b", "a/*", "*/b", "*/*"] { #expect(ScopePattern(text)?.description == text) }
        for text in ["", "*", "a*/b", "**/b", "a/b*", "*/*/*", "A/*"] { #expect(ScopePattern(text) == nil, "\(text)") }
        #expect(ScopePattern("a/b")?.isExact == true)
        #expect(ScopePattern("a/*")?.isExact == false)
    }

    @Test func reasonCodesHaveDistinctStableNames() {
        let names = Set(ReasonCode.allCases.map(\.text.description))
        #expect(names.count == ReasonCode.allCases.count)
        for code in ReasonCode.allCases {
            #expect(ReasonCode(text: code.text.description) == code)
            #expect(code == .allowed || (400...599).contains(code.status))
            #expect(code.text.description.utf8.allSatisfy { $0 == 0x5F || (0x61...0x7A).contains($0) })
        }
        #expect(ReasonCode(text: "no_such_code") == nil)
    }

    /// The code of a wire error answers with the wire's own status.
    @Test func wireErrorsKeepTheirStatus() {
        let errors = HeadFault.allCases.map { RequestError.head($0) } + [
            .requestLineTooLong, .malformedRequestLine, .unsupportedVersion, .methodNotAllowed, .invalidTarget,
            .missingHost, .repeatedHost, .invalidHost, .hostMismatch, .unsupportedExpectation,
        ]
        for error in errors { #expect(ReasonCode(error).status == error.status, "\(error)") }
        #expect(ReasonCode(requestBody: .prematureEnd) == .clientClosedEarly)
        #expect(ReasonCode(responseBody: .prematureEnd) == .upstreamClosedEarly)
        #expect(ReasonCode(responseBody: .malformedChunk).status == 502)
    }
}
