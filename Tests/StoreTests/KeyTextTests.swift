import AccessControl
import Testing

@testable import Store

@Suite struct KeyTextTests {
    @Test func crc32HasItsPublishedCheckValue() {
        // The catalogue's check input for CRC-32/ISO-HDLC.
        #expect(KeyText.crc32(Array("123456789".utf8)) == 0xCBF4_3926)
        #expect(KeyText.crc32([]) == 0)
    }

    @Test func keysAreDistinctCanBeSentAndAreRecognised() throws {
        var seen: Set<String> = []
        var characters: Set<Character> = []
        for _ in 0..<200 {
            let key = try KeyText.generate()
            let bytes = Array(key.secret.utf8)
            #expect(bytes.count == 50 && key.secret.hasPrefix("ngk_"))
            let isKey = Credential.isKey(bytes.span)
            #expect(isKey)
            #expect(KeyText.isOwn(bytes) && !KeyText.isMistyped(bytes))
            seen.insert(key.secret)
            characters.formUnion(key.secret.dropFirst(4).dropLast(6))
        }
        #expect(seen.count == 200)
        #expect(characters.count == 62)
    }

    @Test func everyMistypedCharacterIsNoticed() throws {
        let key = Array(try KeyText.generate().secret.utf8)
        for index in 4..<key.count {
            var typo = key
            typo[index] = typo[index] == 0x61 ? 0x62 : 0x61
            #expect(KeyText.isMistyped(typo), "\(index)")
        }
        var swapped = key
        if let index = (4..<43).first(where: { key[$0] != key[$0 + 1] }) { swapped.swapAt(index, index + 1) }
        #expect(KeyText.isMistyped(swapped))
        #expect(KeyText.isMistyped(Array(key.dropLast())) && KeyText.isMistyped(key + [0x61]))
        #expect(KeyText.isMistyped(Array("ngk_".utf8)))
        // Others' keys have no checksum of ours.
        #expect(!KeyText.isMistyped(Array("some-appliance-key".utf8)))
    }

    @Test func anInterpolationGivesNothingAway() throws {
        let key = try KeyText.generate()
        #expect("\(key) \(String(reflecting: key))" == "[key] [key]")
    }

    @Test(arguments: ["a", "reporting", "BI.team_2-x@site+y:z", "0a", String(repeating: "n", count: 64)])
    func names(name: String) { #expect(KeyName.isValid(name)) }

    @Test(arguments: [
        "", " ", "a b", "-a", ".a", "_a", "12", "007", "ä", "a\n", "a/b", "a'", "a\u{0}", "a\u{202E}b",
        String(repeating: "n", count: 65),
    ])
    func noNames(name: String) { #expect(!KeyName.isValid(name)) }
}
