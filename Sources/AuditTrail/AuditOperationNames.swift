import AccessControl
import HTTPWire

/// The names of all operations, encoded once per operation table, so that recording one copies bytes.
package final class AuditOperationNames: Sendable {
    private struct Place { var start: Int, operation: Int, controller: Int, action: Int }

    private let bytes: [UInt8]
    private let places: [Place]

    package init(_ table: OperationTable) {
        var bytes: [UInt8] = []
        var places: [Place] = []
        for operation in table.operations {
            let names = [operation.id, operation.scope?.controller ?? "", operation.scope?.action ?? ""].map { name in
                Array(name.utf8.prefix(AuditOperationNames.longest))
            }
            places.append(Place(
                start: bytes.count, operation: names[0].count, controller: names[1].count, action: names[2].count))
            for name in names { bytes += name }
        }
        self.bytes = bytes
        self.places = places
    }

    /// Longer ids of operations are cut; scopes are at most 64 bytes by themselves.
    private static let longest = 128

    @inline(__always)
    func append(_ index: OperationIndex, to buffer: ByteBuffer) -> (operation: Int, controller: Int, action: Int)? {
        guard Int(index.rawValue) < places.count else { return nil }
        let place = places[Int(index.rawValue)]
        let end = place.start + place.operation + place.controller + place.action
        let bytes = self.bytes
        guard buffer.append(bytes.span.extracting(place.start..<end)) else { return nil }
        return (place.operation, place.controller, place.action)
    }
}
