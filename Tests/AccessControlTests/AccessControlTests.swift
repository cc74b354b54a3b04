import Testing

@testable import AccessControl

@Test func reasonCodesHaveDistinctStableNames() {
    let names = Set(ReasonCode.allCases.map(\.text.description))
    #expect(names.count == ReasonCode.allCases.count)
    for code in ReasonCode.allCases { #expect(ReasonCode(text: code.text.description) == code) }
}
