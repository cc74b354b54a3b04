/// A field name known to the gateway. Names are matched without case, by length and words, never as strings.
@usableFromInline package enum FieldID: UInt8, Sendable, CaseIterable {
    /// A name that is not listed here.
    case other
    /// A listed name written with underscores (`X_Forwarded_For`): CGI-style servers, Rack among them, read it as
    /// the real one, so it is dropped wherever it comes from.
    case forwardingAlias
    /// `X-Forwarded-` and anything that is not listed.
    case xForwardedOther
    /// `Content-` and anything that is not listed.
    case contentOther

    // Connection and framing.
    case host, connection, contentLength, transferEncoding, te, trailer, upgrade, keepAlive, expect
    case proxyConnection, proxyAuthorization, proxyAuthenticate, proxyAuthenticationInfo, http2Settings
    // Forwarding.
    case via, forwarded, xForwardedFor, xForwardedProto, xForwardedHost, xForwardedPort, xForwardedServer
    case xForwardedPrefix, xForwardedScheme, xForwardedSSL, xRealIP, xClientIP, clientIP, trueClientIP
    case xRequestID, xCorrelationID, xHTTPMethodOverride, xHTTPMethod, xMethodOverride, xOriginalURL, xRewriteURL
    case xOriginalHost, xHost, xSendfileType, xAccelMapping, xAccelRedirect, xSendfile
    // Requests.
    case authorization, accept, acceptCharset, acceptEncoding, acceptLanguage, userAgent, cookie, referer, origin, from
    case maxForwards, range, ifRange, ifMatch, ifNoneMatch, ifModifiedSince, ifUnmodifiedSince, prefer, priority
    case traceparent, tracestate, idempotencyKey
    // Representations.
    case contentType, contentEncoding, contentLanguage, contentLocation, contentRange, contentDisposition, contentMD5
    case digest, contentDigest, reprDigest, etag, lastModified
    // Responses.
    case acceptRanges, age, allow, cacheControl, date, expires, pragma, vary, location, link, retryAfter, server
    case setCookie, warning, wwwAuthenticate, authenticationInfo, strictTransportSecurity, altSvc, xPoweredBy
    case xRuntime, xContentTypeOptions, xFrameOptions, referrerPolicy, contentSecurityPolicy

    /// Meant for one connection only (RFC 9110 section 7.6.1), whether Connection nominates it or not.
    package var isHopByHop: Bool {
        switch self {
        case .connection, .keepAlive, .te, .trailer, .transferEncoding, .upgrade, .http2Settings,
            .proxyConnection, .proxyAuthorization, .proxyAuthenticate, .proxyAuthenticationInfo:
            true
        default: false
        }
    }

    /// A peer must not be able to strip this field by naming it in Connection: it routes, authenticates, frames,
    /// describes or traces the message, or it is one that the gateway sets or drops itself.
    package var isProtectedFromNomination: Bool {
        switch self {
        // Names without a meaning for the gateway, and preferences that a peer may well keep to its connection.
        case .other, .accept, .acceptCharset, .acceptEncoding, .acceptLanguage, .userAgent, .referer, .origin, .from,
            .maxForwards, .prefer, .priority, .acceptRanges, .warning, .altSvc, .xPoweredBy, .xRuntime:
            false
        // Hop-by-hop anyway.
        case .connection, .keepAlive, .te, .trailer, .transferEncoding, .upgrade, .http2Settings,
            .proxyConnection, .proxyAuthorization, .proxyAuthenticate, .proxyAuthenticationInfo:
            false
        default: true
        }
    }

    /// A claim about where a request came from or what it really asks for. Dropped when a client sends it, whatever
    /// the spelling; the gateway sets its own.
    package var isForwardingClaim: Bool {
        switch self {
        case .forwardingAlias, .xForwardedOther, .via, .forwarded, .xForwardedFor, .xForwardedProto, .xForwardedHost,
            .xForwardedPort, .xForwardedServer, .xForwardedPrefix, .xForwardedScheme, .xForwardedSSL, .xRealIP,
            .xClientIP, .clientIP, .trueClientIP, .xRequestID, .xHTTPMethodOverride, .xHTTPMethod,
            .xMethodOverride, .xOriginalURL, .xRewriteURL, .xOriginalHost, .xHost, .xSendfileType, .xAccelMapping:
            true
        default: false
        }
    }
}
