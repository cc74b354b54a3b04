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

    /// Identifies a field name.
    package init(_ name: Span<UInt8>) {
        self = .other
    }
}
