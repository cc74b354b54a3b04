import Foundation
import HTTPWire

/// An answer as the tour shows and judges it.
struct TourAnswer {
    let status: UInt16
    let reason: String
    let fields: [(name: String, value: String)]
    let body: String

    /// The first value of a field.
    subscript(name: String) -> String? { fields.first { $0.name.lowercased() == name.lowercased() }?.value }

    /// The body as a JSON object; empty when it is none.
    var object: [String: Any] {
        (try? JSONSerialization.jsonObject(with: Data(body.utf8))) as? [String: Any] ?? [:]
    }

    /// Reads a whole answer, strictly.
    init(_ bytes: [UInt8], answering method: Method) throws(CommandFailure) {
        let limits = HTTPLimits()
        let head = ResponseHead(limits: limits)
        var parser = ResponseParser(limits: limits)
        var start = 0
        do throws(ResponseError) {
            repeat {
                guard let length = try parser.parse(bytes.span.extracting(start...), answering: method, into: head) else {
                    throw .malformedStatusLine
                }
                guard head.isInterim else {
                    status = head.status
                    reason = Self.text(bytes, start, head.reason)
                    fields = (0..<head.fields.count).map { index in
                        let field = head.fields[index]
                        return (Self.text(bytes, start, field.name), Self.text(bytes, start, field.value))
                    }
                    start += length
                    break
                }
                start += length
            } while true
        } catch {
            throw CommandFailure("the answer is not well-formed HTTP (\(error.reason)).")
        }
        body = try Self.body(bytes, from: start, BodyDecoder(framing: head.framing, limits: limits))
    }

    private static func body(
        _ bytes: [UInt8], from start: Int, _ decoder: BodyDecoder
    ) throws(CommandFailure) -> String {
        var decoder = decoder
        var payload: [UInt8] = []
        var index = start
        do throws(BodyError) {
            while !decoder.isEnd, index < bytes.count {
                let step = try decoder.next(bytes.span.extracting(index...))
                payload += bytes[(index + step.payload.lowerBound)..<(index + step.payload.upperBound)]
                index += step.consumed
            }
            try decoder.end()
        } catch {
            throw CommandFailure("the answer's body is cut short or malformed (\(error.reason)).")
        }
        return String(decoding: payload, as: UTF8.self)
    }

    private static func text(_ bytes: [UInt8], _ start: Int, _ range: ByteRange) -> String {
        String(decoding: bytes[(start + range.start)..<(start + range.end)], as: UTF8.self)
    }
}
