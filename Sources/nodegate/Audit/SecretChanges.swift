import AuditTrail

/// When the secrets of one object were first seen, and when they were seen to be others.
struct SecretChanges {
    /// A value of one field, from this time on.
    private struct Value {
        let fingerprint: String
        let time: Int64
    }

    /// By field, in ascending order of time.
    private var values: [String: [Value]] = [:]

    /// Reads all exposures of the query's object: whoever received them, and however long ago.
    init(_ reader: AuditReader, _ query: AuditQuery) throws {
        var all = AuditQuery()
        all.isExposure = true
        all.object = query.object
        all.until = query.until
        all.limit = nil
        all.order = .oldestFirst
        var values: [String: [Value]] = [:]
        do {
            try reader.read(all) { record in
                guard let exposure = record.exposure,
                    // Not `unread`.
                    exposure.fingerprint.hasPrefix("hmac"), values[exposure.field]?.last?.fingerprint != exposure.fingerprint
                else { return true }
                values[exposure.field, default: []].append(Value(fingerprint: exposure.fingerprint, time: record.time))
                return true
            }
        } catch { throw CommandFailure(error) }
        self.values = values
    }

    /// Since when the field had the value that left at `time`; nil where it could not be read.
    func since(_ exposure: AuditExposure, at time: Int64) -> Int64? {
        let value = values[exposure.field]?.last { $0.time <= time }
        return value?.fingerprint == exposure.fingerprint ? value?.time : nil
    }
}
