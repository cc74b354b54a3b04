/// One field line of a head, as offsets into the bytes that the head was parsed from.
@frozen @usableFromInline package struct HeadField: Sendable, Equatable {
    /// The name, exactly as sent (a token, so never empty).
    @usableFromInline package var name: ByteRange
    /// The value without the white space around it; may be empty.
    @usableFromInline package var value: ByteRange
    @usableFromInline package var id: FieldID
    /// Meant for this connection only and never forwarded: the fixed hop-by-hop names and those that Connection
    /// nominates, except names that a peer must not be able to strip (`FieldID.isProtectedFromNomination`).
    @usableFromInline package var isHopByHop: Bool

    @inlinable package init(name: ByteRange, value: ByteRange, id: FieldID, isHopByHop: Bool) {
        self.name = name
        self.value = value
        self.id = id
        self.isHopByHop = isHopByHop
    }
}

/// The field lines of a head in order of arrival. Storage is made once for the limit and reused.
@usableFromInline package struct FieldList: Sendable {
    @usableFromInline var storage: [HeadField]
    @usableFromInline package internal(set) var count = 0

    /// Without room.
    init() { storage = [] }

    init(capacity: Int) {
        let blank = HeadField(name: .empty, value: .empty, id: .other, isHopByHop: false)
        storage = [HeadField](repeating: blank, count: capacity)
    }

    @inlinable package subscript(index: Int) -> HeadField {
        precondition(index >= 0 && index < count)
        return storage[index]
    }

    /// The first field of that name at or after `from`.
    @inlinable package func firstIndex(of id: FieldID, from: Int = 0) -> Int? {
        var index = from
        while index < count {
            if storage[index].id == id { return index }
            index &+= 1
        }
        return nil
    }

    /// How many field lines have that name.
    @inlinable package func count(of id: FieldID) -> Int {
        var found = 0
        for index in 0..<count where storage[index].id == id { found &+= 1 }
        return found
    }
}
