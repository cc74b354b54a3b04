import Testing

@testable import AccessControl

@Suite struct KeyTableTests {
    private static func digest(_ generator: inout SeededGenerator) -> KeyDigest {
        KeyDigest(generator.next(), generator.next(), generator.next(), generator.next())
    }

    @Test func tenThousandKeys() throws {
        var generator = SeededGenerator(seed: 11)
        let table = try shippedTable()
        let scopes = table.scopes
        let entries = (0..<10_000).map { number in
            let grant = ScopePattern(scopes[number % scopes.count])
            return (
                digest: Self.digest(&generator), key: APIKey(id: Int64(number), name: "", created: 0, grants: [grant]))
        }
        let snapshot = PolicySnapshot(generation: 1, operations: table, keys: entries)
        for (number, entry) in entries.enumerated() {
            let key = snapshot.find(entry.digest)
            #expect(key.rawValue == UInt32(number))
            let held = scopes.indices.filter { snapshot.isAllowed(key, scope: UInt16($0)) }
            #expect(held == [number % scopes.count])
            #expect(snapshot.index(id: Int64(number)) == key || number > 50)
        }
        for _ in 0..<10_000 { #expect(snapshot.find(Self.digest(&generator)) == snapshot.unknownKey) }
        // One bit off is another key.
        for entry in entries.prefix(200) {
            let known = entry.digest
            let near = KeyDigest(known.word0, known.word1, known.word2, known.word3 ^ 1)
            #expect(snapshot.find(near) == snapshot.unknownKey)
        }
    }

    /// Digests that all want the same place.
    @Test func crowdedPlaces() {
        let digests = (1...300).map { KeyDigest(5, 0, 0, UInt64($0)) }
        let table = KeyTable(digests)
        for (index, digest) in digests.enumerated() { #expect(table.find(digest) == UInt32(index)) }
        #expect(table.find(KeyDigest(5, 0, 0, 0)) == table.unknown)
        #expect(table.find(KeyDigest(6, 0, 0, 1)) == table.unknown)
    }

    @Test func ambiguousDigestsAreNobodys() {
        let one = KeyDigest(1, 1, 1, 1)
        let two = KeyDigest(2, 2, 2, 2)
        let zero = KeyDigest(0, 0, 0, 0)
        let table = KeyTable([one, two, one, zero, one])
        #expect(table.find(one) == table.unknown)
        #expect(table.find(two) == 1)
        #expect(table.find(zero) == table.unknown)
        #expect(KeyTable([]).find(one) == 0)
    }
}
