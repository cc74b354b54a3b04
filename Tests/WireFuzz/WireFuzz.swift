// Built by deploy/fuzz together with the files of HTTPWire, as one module with libFuzzer's main function.

/// Called by libFuzzer with one input: a byte that chooses the parser, a byte that chooses where the input is cut, and
/// the bytes themselves.
///
/// A parser must come to one outcome however its bytes arrive; anything else stops the process, as every trap does.
@_cdecl("LLVMFuzzerTestOneInput")
public func lookAt(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    guard let start, count > 2 else { return 0 }
    let input = unsafe UnsafeBufferPointer(start: start, count: count)
    let bytes = unsafe Array(input[2...])
    let chosen = unsafe input[0] % 6
    let cut = unsafe Int(input[1]) * bytes.count / 255
    let outcome: (Span<UInt8>, [Int]) -> Outcome =
        switch chosen {
        case 0: { Outcome(ofRequest: $0, $1, HTTPLimits()) }
        case 1: { Outcome(ofRequest: $0, $1, tight) }
        case 2: { Outcome(ofResponse: $0, $1, .get, HTTPLimits()) }
        case 3: { Outcome(ofResponse: $0, $1, .head, tight) }
        case 4: { Outcome(ofProxyHeader: $0, $1, .v1) }
        default: { Outcome(ofProxyHeader: $0, $1, .v2) }
        }
    let whole = outcome(bytes.span, [bytes.count])
    precondition(outcome(bytes.span, [cut, bytes.count]) == whole, "cut at \(cut)")
    precondition(outcome(bytes.span, Array(0...bytes.count)) == whole, "byte by byte")
    return 0
}

private let tight = HTTPLimits(startLineBytes: 64, fieldCount: 4, fieldBytes: 128)

/// What a parser made of its bytes.
private struct Outcome: Equatable {
    var reason = ""
    var length = 0
    var numbers: [Int] = []
    var framing = BodyFraming.none
    var payload: [UInt8] = []
    var isEnd = false

    init(ofRequest bytes: Span<UInt8>, _ cuts: [Int], _ limits: HTTPLimits) {
        let head = RequestHead(limits: limits)
        var parser = RequestParser(limits: limits)
        for (place, cut) in cuts.enumerated() {
            do throws(RequestError) {
                guard let length = try parser.parse(bytes.extracting(0..<cut), into: head) else { continue }
                self.length = length
            } catch {
                reason = "\(error.reason)"
                return
            }
            note(head.fields, bytes, length)
            numbers += [head.path.start, head.path.end, head.host.start, head.host.end, head.authorizationCount]
            numbers += [Int(head.version.rawValue), head.keepAlive ? 1 : 0, head.expectsContinue ? 1 : 0]
            read(bytes, head.framing, cuts[place...], limits)
            return
        }
    }

    init(ofResponse bytes: Span<UInt8>, _ cuts: [Int], _ method: Method, _ limits: HTTPLimits) {
        let head = ResponseHead(limits: limits)
        var parser = ResponseParser(limits: limits)
        for (place, cut) in cuts.enumerated() {
            do throws(ResponseError) {
                guard let length = try parser.parse(bytes.extracting(0..<cut), answering: method, into: head) else { continue }
                self.length = length
            } catch {
                reason = "\(error.reason)"
                return
            }
            note(head.fields, bytes, length)
            numbers += [Int(head.status), head.keepAlive ? 1 : 0]
            read(bytes, head.framing, cuts[place...], limits)
            return
        }
    }

    init(ofProxyHeader bytes: Span<UInt8>, _ cuts: [Int], _ version: ProxyHeader.Version) {
        for cut in cuts {
            do throws(ProxyHeaderError) {
                guard let header = try ProxyHeader.parse(bytes.extracting(0..<cut), version) else { continue }
                precondition(header.length <= cut)
                self.reason = header.address.map { "\($0)" } ?? "none"
                self.length = header.length
                self.numbers = [Int(header.port)]
                return
            } catch {
                // Which of its names a refusal gets may depend on how much has come.
                reason = "refused"
                return
            }
        }
    }

    private mutating func note(_ fields: FieldList, _ bytes: Span<UInt8>, _ length: Int) {
        precondition(length <= bytes.count)
        for index in 0..<fields.count {
            let field = fields[index]
            precondition(field.name.end <= length && field.value.end <= length)
            numbers += [field.name.start, field.name.end, field.value.start, field.value.end, field.isHopByHop ? 1 : 0]
        }
    }

    private mutating func read(_ bytes: Span<UInt8>, _ framing: BodyFraming, _ cuts: ArraySlice<Int>, _ limits: HTTPLimits) {
        self.framing = framing
        var decoder = BodyDecoder(framing: framing, limits: limits)
        var place = length
        for cut in cuts {
            while !decoder.isEnd, place < cut {
                do throws(BodyError) {
                    let piece = bytes.extracting(place..<cut)
                    let step = try decoder.next(piece)
                    guard step.consumed > 0 else { break }
                    precondition(step.payload.upperBound <= step.consumed && step.consumed <= piece.count)
                    for index in step.payload { payload.append(piece[index]) }
                    place += step.consumed
                } catch {
                    reason = "\(error.reason)"
                    // How much of the payload was given out before depends on what had come.
                    payload = []
                    return
                }
            }
        }
        isEnd = decoder.isEnd
        if isEnd { numbers.append(place) }
    }
}
