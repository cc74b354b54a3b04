import AccessControl
import HTTPWire
import Redaction

/// Why a request's body must not reach the appliance.
enum RequestBodyRefusal: Error {
    case writeBack(WriteBackError)
    case multipart(MultipartError)
    /// It changes where the appliance sends a stored secret, and brings no new one.
    case redirect

    var reason: ReasonCode {
        switch self {
        case .writeBack(.malformed), .writeBack(.memberLimit), .multipart(.malformed), .multipart(.truncated),
            .multipart(.tooManyParts), .multipart(.partLimit): .malformedBody
        case .writeBack(.mask), .multipart(.mask): .maskWrittenBack
        case .multipart(.methodOverride): .methodOverride
        case .redirect: .secretRedirected
        }
    }

    /// For the audit record. Nothing of the body is in it.
    var detail: String {
        switch self {
        case .writeBack(.malformed(let error)): "the body is no JSON: \(error.reason.rawValue) at byte \(error.offset)"
        case .writeBack(.memberLimit(let offset)): "a member of the body is too long, at byte \(offset)"
        case .writeBack(.mask): "a mask in the place of a secret"
        case .multipart(let error): "the multipart body is refused: \(error)"
        case .redirect: "a stored secret would be sent elsewhere"
        }
    }
}

/// Reads the body of a request on its way to the appliance: keeps masks from being written over secrets, watches for
/// redirects of stored secrets, and remembers the secrets that the request brings.
///
/// A class, because it is large: one is made for each request with a body that the appliance reads as parameters.
final class RequestBodyGuard {
    /// The secrets that the request has brought so far. What goes to the appliance is read first.
    let submitted = SubmittedSecrets()
    // One of the two; a large value is changed where it stands, not taken out and put back.
    private var json: WriteBackGuard?
    private var multipart: MultipartGuard?
    /// A redirect without a new secret is refused.
    private let refusesRedirects: Bool

    /// - Parameter rules: Of the operation, those included that the caller's scopes release.
    /// - Returns: nil for a body that the appliance stores as a file.
    init?(
        _ head: RequestHead, _ bytes: Span<UInt8>, configuration: LaneConfiguration, rules: RuleMask,
        refusesRedirects: Bool
    ) {
        submitted.isOpen = true
        self.refusesRedirects = refusesRedirects
        let settings = configuration.settings.redaction
        if MediaKinds.announced(by: head.contentType, in: bytes) == .json {
            json = WriteBackGuard(configuration.watched, active: rules, mode: settings.writeBack, limits: settings.limits,
                submitted: submitted)
        } else if let boundary = MediaKinds.boundary(of: head.contentType, in: bytes) {
            multipart = MultipartGuard(
                boundary: bytes[boundary], names: configuration.watched, active: rules, submitted: submitted)
            guard multipart != nil else { return nil }
        } else {
            return nil
        }
    }

    /// Moves payload on, as far as it may go.
    func pass(_ payload: Span<UInt8>, to buffer: ByteBuffer) throws(RequestBodyRefusal) {
        guard json != nil else {
            do throws(MultipartError) { try multipart?.next(payload) } catch { throw .multipart(error) }
            buffer.append(payload)
            return
        }
        var index = 0
        while index < payload.count {
            let rest = payload.extracting(index...)
            do throws(WriteBackError) {
                guard let step = try json?.next(rest) else { return }
                buffer.append(rest.extracting(step.pass))
                if step.insertion == .composed, let json { buffer.append(json.composed) }
                index += step.consumed
            } catch { throw .writeBack(error) }
        }
    }

    /// The body has ended.
    func finish() throws(RequestBodyRefusal) {
        do throws(WriteBackError) { try json?.finish() } catch { throw .writeBack(error) }
        do throws(MultipartError) { try multipart?.finish() } catch { throw .multipart(error) }
        submitted.isOpen = false
        guard refusesRedirects else { return }
        let redirects = json?.redirectsWithoutSecret ?? multipart?.redirects ?? []
        if !redirects.isEmpty { throw .redirect }
    }

    /// Members left out because they held the mask.
    var droppedCount: Int { json?.droppedCount ?? 0 }

}
