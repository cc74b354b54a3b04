import HTTPWire

/// What must not cross in the fields of an exchange whose answer is redacted for its caller: everything that is
/// computed from the unredacted body, and every question that the appliance would answer by it.
package enum ProtectedExchange {
    /// `Cache-Control` of an answer of an operation that can hold secrets (RFC 9111 section 5.2.2).
    package static let cacheControl: StaticString = "private, no-store"
    /// `Vary` of such an answer: who asks decides what it holds.
    package static let vary: StaticString = "Authorization"
    /// `Accept-Encoding` of the request to the appliance.
    package static let acceptEncoding: StaticString = "identity"

    /// What becomes of a field of the request.
    package enum RequestTreatment: Sendable, Hashable {
        case forward
        /// The appliance does not see it, and answers as if it had not been sent.
        case drop
        /// Left out it would change what is done, so the request is refused.
        case refuse
        /// The gateway sends its own.
        case replace
    }

    /// What becomes of a field of the answer.
    package enum ResponseTreatment: Sendable, Hashable {
        case forward
        /// It describes the unredacted body.
        case drop
        /// The gateway sends its own, or none where it has nothing true to say (the length for HEAD).
        case replace
    }

    /// For a request whose answer will be redacted.
    ///
    /// A range cuts the document where it cannot be read, and a validator confirms a guess of the whole body: Rails
    /// makes the ETag by hashing it.
    package static func treatment(ofRequestField field: FieldID, method: Method) -> RequestTreatment {
        switch field {
        case .range, .ifRange, .ifNoneMatch, .ifModifiedSince: .drop
        // A write that is meant for one state only must not become one for any (RFC 9110 section 13.1).
        case .ifMatch, .ifUnmodifiedSince: method.isSafe ? .drop : .refuse
        case .acceptEncoding: .replace
        default: .forward
        }
    }

    /// For an answer that is redacted, errors included.
    package static func treatment(ofResponseField field: FieldID) -> ResponseTreatment {
        switch field {
        // Validators and digests of the unredacted body; Last-Modified with them, because nothing answers to it.
        case .etag, .lastModified, .contentMD5, .digest, .contentDigest, .reprDigest, .contentOther: .drop
        // Parts of it.
        case .acceptRanges, .contentRange: .drop
        // What caches made of it.
        case .age, .expires, .pragma, .warning: .drop
        // Decoded, if it was coded at all.
        case .contentEncoding: .drop
        case .contentLength, .cacheControl, .vary: .replace
        default: .forward
        }
    }

    /// An answer with this status is withheld where the body would be redacted: it is a part of a document, or a
    /// statement about one that the caller has not seen.
    package static func isWithheld(status: UInt16) -> Bool {
        switch status {
        case 206, 226, 304: true
        default: false
        }
    }
}
