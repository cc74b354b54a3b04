/// Which records to read. Every condition that is set must hold.
package struct AuditQuery: Equatable, Sendable {
    package enum Order: Sendable { case oldestFirst, newestFirst }

    /// Microseconds since 1970 UTC; `since` is included, `until` is not.
    package var since: Int64?
    package var until: Int64?
    /// Greater than this sequence number (oldest first) or less than it (newest first): where the page before ended.
    package var cursor: Int64?
    package var kind: AuditKind?
    package var keyID: Int64?
    package var principalName: String?
    package var controller: String?
    package var action: String?
    package var decision: AuditDecision?
    /// A stable name of `ReasonCode`.
    package var reason: String?
    /// Of the answer to the client: a status or a class of them, 400...499.
    package var status: ClosedRange<Int64>?
    package var client: String?
    /// An exchange id, or the request id that the client sent.
    package var requestID: String?
    package var method: String?
    /// A glob: `*`, `?` and `[a-z]`; `*` matches slashes.
    package var path: String?
    /// Further columns: a glob for each text, "" for none; a range for each number, where none counts as 0.
    package var texts: [AuditText: String] = [:]
    package var integers: [AuditInteger: ClosedRange<Int64>] = [:]
    /// Only records that say that a secret left in clear: of kind `exposure`, and those whose `revealed` is not 0.
    package var isExposure = false
    /// An object of the appliance, such as `cloud_connectors/7`: named by an exposure, or by the path.
    package var object: String?
    /// Reads every record between the bounds of sequence and time, whatever an index says.
    package var isWithoutIndex = false
    /// Records at most; nil for all.
    package var limit: Int? = 100
    package var order: Order = .newestFirst

    package init() {}
}
