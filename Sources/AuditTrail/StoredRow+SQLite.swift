import Cryptography
import SQLite

extension StoredRow {
    /// Reads the current row of a statement that selects `AuditSchema.columns`.
    init(_ statement: Statement) {
        self = statement.columnCount == AuditSchema.imageColumns ? Self(image: statement) : Self(columns: statement)
    }

    private init(image statement: Statement) {
        let sequence = statement.integer(0)
        let image = statement.blob(1)
        let bytes = image.span
        // Of what is no record only the place is known, and no form.
        let isRecord = RecordForm.isWhole(bytes)
            && RecordForm.integer(.sequence, bytes) == sequence
        var integers = isRecord
            ? AuditInteger.allCases.map { RecordForm.integer($0, bytes) } : Array(repeating: 0, count: AuditInteger.count)
        integers[Int(AuditInteger.sequence.rawValue)] = sequence
        self.integers = integers
        texts = isRecord
            ? AuditText.allCases.map { Array(image[RecordForm.place($0, bytes)]) }
            : Array(repeating: [], count: AuditText.count)
        hash = statement.blob(2)
        self.image = isRecord ? image : []
    }

    /// Of an earlier release.
    private init(columns statement: Statement) {
        integers = (0..<AuditInteger.count).map { statement.integer(Int32($0)) }
        texts = (0..<AuditText.count).map { statement.blob(Int32(AuditInteger.count + $0)) }
        hash = statement.blob(Int32(AuditInteger.count + AuditText.count))
        image = nil
    }
}

extension ChainHead {
    /// The end of the chain in a partition of some version, after checking that the last record agrees with its hash.
    init(
        of database: Database, _ version: Int64, from start: PartitionStart, _ computation: inout SHA256
    ) throws(AuditError) {
        let path = database.path
        do {
            let statement = try database.prepare(
                "SELECT \(AuditSchema.columns(version)) FROM records ORDER BY sequence DESC LIMIT 2")
            guard try statement.step() else {
                self = start.before
                return
            }
            let last = StoredRow(statement)
            let previous = try statement.step() ? StoredRow(statement) : nil
            statement.reset()
            guard let hash = Digest256(last.hash),
                let before = previous.map({ Digest256($0.hash) }) ?? start.before.hash
            else { throw AuditError.damaged(path: path, "record \(last.sequence) has no hash") }
            guard last.isOfKnownForm else {
                throw AuditError.damaged(path: path, "record \(last.sequence) has form \(last.form)")
            }
            guard try last.expectedHash(after: before, &computation) == hash else {
                throw AuditError.damaged(path: path, "record \(last.sequence) does not agree with its hash")
            }
            self.init(sequence: last.sequence, hash: hash)
        } catch let error as AuditError {
            throw error
        } catch let error as DatabaseError {
            throw AuditError(error, path: path)
        } catch { throw .storageFailed("\(error)") }
    }
}
