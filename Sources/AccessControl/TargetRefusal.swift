/// Why a request target has no canonical form. Nothing of such a target is ever forwarded.
package enum TargetRefusal: UInt8, Error, CaseIterable, Sendable {
    /// Does not start with a slash.
    case notOriginForm
    case outsidePrefix
    case trailingSlash
    case emptySegment
    /// A path segment is `.` or `..`, raw or escaped any number of times.
    case dotSegment
    /// A path segment ends in a dot or a space: file systems and frameworks drop them.
    case trailingDotOrSpace
    case backslash
    case semicolon
    case fragment
    /// A control byte or NUL, raw.
    case controlByte
    /// A byte above 0x7F that is not percent-encoded.
    case nonASCII
    /// `%` without two hexadecimal digits.
    case invalidEscape
    /// A slash or backslash inside a segment, escaped any number of times.
    case encodedSlash
    /// A control byte or NUL, escaped any number of times.
    case encodedControl
    /// Not UTF-8 once decoded, an overlong form, or a C1 control character.
    case invalidUTF8
    /// Escapes of escapes deeper than anybody needs.
    case nestedEscapes
    /// A segment that is `-` where an id stands, or is spelt as an escape: only the literal reaches literal routes.
    case dashIdentifier
    /// A suffix other than `.json` on the last segment.
    case formatSuffix
    /// A `format` parameter, in any spelling.
    case formatParameter
    /// A `_method` parameter, in any spelling.
    case methodParameter
    /// A parameter that frameworks read credentials from.
    case credentialParameter
    /// A value without a name: `=x`, or a name of brackets alone.
    case namelessParameter
    /// An id that must be a whole number and is not.
    case identifierNotInteger
    case tooManyBytes
    case tooManySegments
    case tooManyParameters

    /// The code for problem documents and audit records.
    package var reason: ReasonCode {
        switch self {
        case .outsidePrefix: .outsideAPI
        case .trailingSlash: .trailingSlash
        case .formatSuffix, .formatParameter: .unsupportedFormat
        case .methodParameter: .methodOverride
        case .credentialParameter: .credentialInTarget
        case .identifierNotInteger, .dashIdentifier, .encodedSlash: .invalidIdentifier
        case .tooManyBytes, .tooManySegments, .tooManyParameters: .targetTooLarge
        case .notOriginForm, .emptySegment, .dotSegment, .trailingDotOrSpace, .backslash, .semicolon, .fragment,
            .controlByte, .nonASCII, .invalidEscape, .encodedControl, .invalidUTF8, .nestedEscapes,
            .namelessParameter: .ambiguousTarget
        }
    }

    /// What is wrong and what to do, for a person.
    package var explanation: StaticString {
        switch self {
        case .notOriginForm: "The target does not start with a slash."
        case .outsidePrefix: "The path is not below the API prefix."
        case .trailingSlash: "The path ends in a slash; ask for it without the slash."
        case .emptySegment: "The path has an empty segment (two slashes in a row)."
        case .dotSegment: "The path has a dot segment, plain or escaped."
        case .trailingDotOrSpace: "A path segment ends in a dot or a space; use the numeric id."
        case .backslash: "The target has a backslash."
        case .semicolon: "The target has a semicolon; separate parameters with &, and write %3B for the character."
        case .fragment: "The target has a fragment; write %23 for the character."
        case .controlByte: "The target has a control byte."
        case .nonASCII: "The target has bytes that are not ASCII; percent-encode them as UTF-8."
        case .invalidEscape: "A percent sign is not followed by two hexadecimal digits; write %25 for the character."
        case .encodedSlash: "An id holds a slash or backslash, which a path cannot carry safely; use the numeric id."
        case .encodedControl: "The target has an encoded control byte."
        case .invalidUTF8: "The target is not valid UTF-8 once decoded."
        case .nestedEscapes: "The path is percent-encoded several times over."
        case .dashIdentifier: "An id equal to - cannot be carried safely; use the numeric id."
        case .formatSuffix: "The only suffix that is served is .json; write %2E for a dot in a name."
        case .formatParameter: "A format parameter is not accepted; only JSON is served."
        case .methodParameter: "A _method parameter is not accepted; send the method itself."
        case .credentialParameter: "A credential in the query string is not accepted; use the Authorization field."
        case .namelessParameter: "A query parameter has no name."
        case .identifierNotInteger: "An id at this place of the path is a whole number."
        case .tooManyBytes: "The target is too long."
        case .tooManySegments: "The path has too many segments."
        case .tooManyParameters: "The query has too many parameters."
        }
    }
}
