import HTTPWire

/// Limits of a request target.
package struct TargetLimits: Equatable, Sendable {
    /// Bytes of the target, as sent and in canonical form (where escapes count three).
    package var bytes: Int
    /// Path segments, those of the API prefix included.
    package var segments: Int
    /// Query parameters.
    package var parameters: Int

    package init(bytes: Int = 12_288, segments: Int = 24, parameters: Int = 64) {
        self.bytes = bytes
        self.segments = segments
        self.parameters = parameters
    }
}

/// Where the API lives, such as `/api/v2`.
package struct APIPrefix: Hashable, Sendable {
    /// Starts with a slash and does not end in one; empty for an API at the root.
    package let text: String
    let segmentCount: Int

    /// - Returns: nil unless `text` is "" or "/", or segments of letters, digits, `_` and `-` after slashes.
    package init?(_ text: String) {
        guard text != "", text != "/" else {
            self.text = ""
            segmentCount = 0
            return
        }
        guard let template = PathTemplate(text), template.parameterCount == 0 else { return nil }
        self.text = text
        segmentCount = template.segments.count
    }
}

/// The one form of a request target that is decided on, recorded and forwarded.
///
/// Path: segments decoded once, then letters, digits, `-`, `_`, `~` as they are and every other byte escaped (dots
/// too, so that they stay part of an id); a final `.json` taken off. Query: split on `&` alone, each name and value
/// encoded again. Parsing the canonical form gives the same canonical form.
///
/// An object serves many requests and allocates for none.
package final class CanonicalTarget {
    private var form: CanonicalForm
    /// Of `form`. Here, where reading them needs no check for exclusive access at run time.
    private var byteCount = 0
    private var parameters = 0

    package init(prefix: APIPrefix, limits: TargetLimits = TargetLimits()) {
        form = CanonicalForm(prefix: prefix, limits: limits)
    }

    /// Reads the origin-form target at `range` of `bytes` (`RequestHead.path`). Afterwards the object no longer
    /// refers to `bytes`. After a refusal it is empty.
    package func parse(_ bytes: Span<UInt8>, _ range: ByteRange) throws(TargetRefusal) {
        byteCount = 0
        parameters = 0
        (byteCount, parameters) = try form.parse(bytes, range)
    }

    /// The target in canonical form is as long as this.
    package var count: Int { byteCount }
    package var parameterCount: Int { parameters }

    /// Where parameter `index` is in the canonical bytes.
    package func parameter(_ index: Int) -> QueryParameter { form.parameter(index) }

    /// Appends path and query.
    @discardableResult
    package func emit(into buffer: ByteBuffer) -> Bool { form.emit(0..<byteCount, into: buffer) }

    /// Appends the path alone.
    @discardableResult
    package func emitPath(into buffer: ByteBuffer) -> Bool { form.emit(0..<form.pathCount, into: buffer) }

    /// Appends a part of the canonical bytes, such as a parameter's name.
    @discardableResult
    package func emit(_ part: ByteRange, into buffer: ByteBuffer) -> Bool { form.emit(part.range, into: buffer) }

    /// The last segment of the path that is made of digits; empty: there is none.
    package var lastNumber: [UInt8] { form.lastNumber }

    /// For messages and tests; allocates.
    package var text: String { form.text }

    /// Whether the part, decoded, holds `word` anywhere. Letters compare without case; `word` is in lower case.
    func mentions(_ word: [UInt8], in part: ByteRange) -> Bool { form.mentions(word, in: part.range) }

    /// Whether the part, decoded, is `word`.
    func spells(_ word: [UInt8], in part: ByteRange) -> Bool { form.spells(word, in: part.range) }

    /// Follows the segments below the prefix through a router.
    func walk(_ trie: RouteTrie, takesDash: Bool = false) -> RouteTrie.Arrival {
        form.walk(trie, takesDash: takesDash)
    }
}
