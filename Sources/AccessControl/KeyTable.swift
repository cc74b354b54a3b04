/// API keys by digest: open addressing in one flat array.
///
/// A search looks at the same number of places for every digest and compares each in constant time, so a known key,
/// a revoked one and an unknown one cost the same. Digests are keyed (HMAC under the server's pepper), so nobody
/// outside can aim at a place.
struct KeyTable: Sendable {
    private struct Place: Sendable {
        var digest = KeyDigest(0, 0, 0, 0)
        var key: UInt32
    }

    /// What a search for an unknown digest gives.
    let unknown: UInt32
    private let places: [Place]
    private let mask: Int
    /// The longest distance of a key from its own place, plus one.
    private let reach: Int

    /// A digest that is given twice, or is all zero, is no key's: it would be two principals at once.
    init(_ digests: [KeyDigest]) {
        unknown = UInt32(digests.count)
        var size = 16
        while size < digests.count * 4 { size *= 2 }
        mask = size - 1
        var places = [Place](repeating: Place(key: unknown), count: size)
        var isTaken = [Bool](repeating: false, count: size)
        var reach = 1
        let zero = KeyDigest(0, 0, 0, 0)
        for (index, digest) in digests.enumerated() where digest != zero {
            var place = Int(truncatingIfNeeded: digest.word0) & mask
            var distance = 1
            while isTaken[place] && places[place].digest != digest {
                place = (place + 1) & mask
                distance += 1
            }
            reach = max(reach, distance)
            places[place] = Place(digest: digest, key: isTaken[place] ? unknown : UInt32(index))
            isTaken[place] = true
        }
        self.places = places
        self.reach = reach
    }

    /// The index of the key with that digest, or `unknown`.
    func find(_ digest: KeyDigest) -> UInt32 {
        var found = unknown
        let start = Int(truncatingIfNeeded: digest.word0)
        for distance in 0..<reach {
            let place = places[(start &+ distance) & mask]
            let difference = place.digest.difference(from: digest)
            // All ones where there is no difference, else zero; no branch on what was compared.
            let isEqual = UInt32(truncatingIfNeeded: ((difference | (0 &- difference)) >> 63) &- 1)
            found = (place.key & isEqual) | (found & ~isEqual)
        }
        // An empty place holds the zero digest and no key.
        return found
    }
}
