import Compression
import Testing

/// What came of a compressed body, fed in pieces into outputs of `room` bytes.
private struct Inflated: Equatable {
    var output: [UInt8] = []
    var error: InflateError?

    init(
        _ body: [UInt8], _ coding: ContentCoding, cuts: [Int] = [], room: Int = 4096,
        limits: InflateLimits = InflateLimits()
    ) throws {
        var inflater = try Inflater(coding, limits: limits)
        var storage = [UInt8](repeating: 0, count: room)
        do throws(InflateError) {
            var start = 0
            for end in cuts + [body.count] {
                repeat {
                    var target = storage.mutableSpan
                    let step = try inflater.next(body.span.extracting(start..<end), into: &target)
                    output += storage[..<step.produced]
                    start += step.consumed
                    if step.produced < room && start == end { break }
                } while true
            }
            try inflater.finish()
        } catch {
            self.error = error
            // An inflater that has failed once fails ever after.
            #expect(throws: error) {
                var target = storage.mutableSpan
                _ = try inflater.next(body.span, into: &target)
            }
            #expect(throws: error) { try inflater.finish() }
        }
    }
}

@Suite struct InflaterTests {
    @Test(arguments: CompressedFixture.all)
    func bodiesAreDecodedAtEverySplit(_ fixture: CompressedFixture) throws {
        #expect(!fixture.bytes.isEmpty)
        for cut in 0...fixture.bytes.count {
            let inflated = try Inflated(fixture.bytes, fixture.coding, cuts: [cut])
            #expect(inflated.error == nil && inflated.output == fixture.decoded, "cut at \(cut)")
        }
        for room in [1, 2, 7, 64, 100_000] {
            let single = Array(1..<max(fixture.bytes.count, 2))
            let inflated = try Inflated(fixture.bytes, fixture.coding, cuts: single, room: room)
            #expect(inflated.error == nil && inflated.output == fixture.decoded, "room \(room)")
        }
    }

    @Test(arguments: CompressedFixture.all)
    func bodiesThatEndEarlyAreTruncated(_ fixture: CompressedFixture) throws {
        for count in 0..<fixture.bytes.count {
            let inflated = try Inflated(Array(fixture.bytes[..<count]), fixture.coding)
            #expect(inflated.error == .truncated, "\(count) bytes")
        }
    }

    @Test(arguments: CompressedFixture.all)
    func nothingMayFollow(_ fixture: CompressedFixture) throws {
        for more in [[0], Array("x".utf8), fixture.bytes, [0x1F, 0x8B]] as [[UInt8]] {
            let body = fixture.bytes + more
            for cuts in [[], [fixture.bytes.count], [fixture.bytes.count - 1], Array(1..<body.count)] {
                #expect(try Inflated(body, fixture.coding, cuts: cuts).error == .trailingBytes)
            }
        }
    }

    /// A changed byte is found by the header, the blocks or the checksum, or it changes nothing (a time, a name).
    @Test func changedBytesAreFound() throws {
        for fixture in CompressedFixture.all where fixture.name == "gzip -9" || fixture.name == "Python zlib" {
            for index in fixture.bytes.indices {
                for bit in 0..<8 {
                    var body = fixture.bytes
                    body[index] ^= 1 << UInt8(bit)
                    let inflated = try Inflated(body, fixture.coding)
                    #expect(inflated.error != nil || inflated.output == fixture.decoded, "byte \(index), bit \(bit)")
                }
            }
        }
    }

    @Test func otherCodingsAreMalformed() throws {
        let gzip = try #require(CompressedFixture.all.first { $0.name == "gzip -9" })
        let zlib = try #require(CompressedFixture.all.first { $0.name == "Python zlib" })
        let raw = try #require(CompressedFixture.all.first { $0.name == "Python raw deflate" })
        #expect(try Inflated(gzip.bytes, .deflate).error == .malformed)
        #expect(try Inflated(zlib.bytes, .gzip).error == .malformed)
        #expect(try Inflated(raw.bytes, .gzip).error == .malformed)
        #expect(try Inflated(Array("{\"secret_key\":\"x\"}".utf8), .gzip).error == .malformed)
        #expect(try Inflated(Array("{\"secret_key\":\"x\"}".utf8), .deflate).error != nil)
        #expect(try Inflated(CompressedFixture.withDictionary, .deflate).error == .dictionaryNeeded)
    }

    @Test func bombsStopAtTheLimits() throws {
        let bomb = CompressedFixture.bomb
        let open = InflateLimits(outputBytes: 4_000_000, ratio: 1100, ratioGrace: 0)
        let whole = try Inflated(bomb, .gzip, limits: open)
        #expect(whole.error == nil && whole.output.count == 4_000_000)
        let small = try Inflated(bomb, .gzip, limits: InflateLimits(outputBytes: 3_999_999, ratio: 1100, ratioGrace: 0))
        #expect(small.error == .outputLimit)
        let byDefault = try Inflated(bomb, .gzip)
        #expect(byDefault.error == .ratioLimit)
        // No more has come out than the limits and one step allow.
        #expect(byDefault.output.count <= InflateLimits().ratioGrace + 256 * bomb.count)
        #expect(try Inflated(bomb, .gzip, cuts: Array(1..<bomb.count)).error == .ratioLimit)
    }

    @Test func limitsHaveFloors() {
        let limits = InflateLimits(outputBytes: -1, ratio: 0, ratioGrace: -5)
        #expect(limits.outputBytes == 0 && limits.ratio == 1 && limits.ratioGrace == 0)
    }
}
