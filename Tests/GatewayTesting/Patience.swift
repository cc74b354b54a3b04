import Glibc

/// Waiting for what happens elsewhere.
package enum Patience {
    /// Looks at a condition until it holds; false when it did not within a time that only a fault reaches.
    package static func holds(withinSeconds seconds: Int = 20, _ condition: () throws -> Bool) rethrows -> Bool {
        let end = now + UInt64(seconds) * 1_000
        while true {
            if try condition() { return true }
            guard now < end else { return false }
            // Gives the processor to whoever makes the condition true.
            _ = poll(nil, 0, 2)
        }
    }

    private static var now: UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000 + UInt64(time.tv_nsec) / 1_000_000
    }
}

/// Numbers that are the same in every run (Steele et al., 2014).
package struct Dice {
    private var state: UInt64

    package init(seed: UInt64) { state = seed }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }

    package mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }
}
