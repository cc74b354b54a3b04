/// Why a body cannot be redacted, and where. The caller withholds it, or cuts it when bytes have left already.
///
/// The same document gives the same error however it is split.
package struct RedactionError: Error, Sendable, Hashable {
    package enum Reason: String, Sendable, CaseIterable {
        /// Nothing but white space.
        case empty
        /// The body ended inside the document.
        case truncated
        /// A byte that RFC 8259 does not allow here.
        case unexpectedByte = "unexpected_byte"
        /// A byte order mark, in UTF-8 or UTF-16 (RFC 8259 section 8.1: must not be sent).
        case byteOrderMark = "byte_order_mark"
        /// Something after the one value: JSON lines, concatenated documents, padding.
        case trailingContent = "trailing_content"
        /// A string holds bytes that are not UTF-8 (RFC 3629: overlong forms and surrogates included).
        case invalidUTF8 = "invalid_utf8"
        /// U+0000 to U+001F in a string, not escaped.
        case controlCharacter = "control_character"
        case invalidEscape = "invalid_escape"
        /// Half of a UTF-16 surrogate pair: the grammar allows it, but readers disagree on what it means.
        case loneSurrogate = "lone_surrogate"
        case invalidNumber = "invalid_number"
        case invalidLiteral = "invalid_literal"
        /// Nested deeper than `RedactionLimits.depth`.
        case depthLimit = "depth_limit"
        /// A member name longer than `RedactionLimits.keyBytes`.
        case keyLimit = "key_limit"
        /// A number longer than `RedactionLimits.numberBytes`.
        case numberLimit = "number_limit"
    }

    package let reason: Reason
    /// The offending byte, counted from 0 at the start of the body; for `truncated` and `empty` its length.
    package let offset: Int

    package init(_ reason: Reason, at offset: Int) {
        self.reason = reason
        self.offset = offset
    }
}
