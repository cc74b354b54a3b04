extension HeadField {
    /// Reads one field line (RFC 9112 section 5): the bytes of `start..<end`, which hold no control byte but tab.
    @inline(__always)
    init(line bytes: Span<UInt8>, from start: Int, to end: Int) throws(HeadFault) {
        // What equals a known name is a token, so only unknown names are looked at byte by byte.
        if let name = FoldedName(in: bytes, from: start), start &+ name.count < end,
            let id = FieldNameTable.known.find(name)
        {
            self.init(name: start..<start &+ name.count, id: id, line: bytes, to: end)
        } else {
            let colon = try HeadField.endOfName(bytes, from: start, to: end)
            self.init(name: start..<colon, id: FieldID(bytes.extracting(start..<colon)), line: bytes, to: end)
        }
    }

    @inline(__always)
    private init(name: Range<Int>, id: FieldID, line bytes: Span<UInt8>, to end: Int) {
        var first = name.upperBound &+ 1
        var last = end
        while first < last, bytes[first] == 0x20 || bytes[first] == 0x09 { first &+= 1 }
        while last > first, bytes[last &- 1] == 0x20 || bytes[last &- 1] == 0x09 { last &-= 1 }
        self.init(
            name: ByteRange(name), value: ByteRange(start: first, count: last &- first), id: id,
            isHopByHop: id.isHopByHop)
    }

    /// The offset of the colon after a valid name.
    @inline(never)
    private static func endOfName(_ bytes: Span<UInt8>, from start: Int, to end: Int) throws(HeadFault) -> Int {
        var index = start
        while index < end, ASCII.isToken(bytes[index]) { index &+= 1 }
        guard index < end else { throw .missingColon }
        switch bytes[index] {
        case 0x3a where index == start: throw .emptyFieldName
        case 0x3a: return index
        case 0x20 where index == start, 0x09 where index == start: throw .lineFolding
        case 0x20, 0x09: throw .spaceBeforeColon
        default: throw .invalidFieldName
        }
    }
}
