/// The format suffix of a path's last segment: `.json` and what else the appliance's framework knows.
enum PathSuffix {
    /// Extensions that Rails registers as formats. Another ending is part of a name (`nas.example.com`) and is
    /// forwarded with its dot escaped, which the appliance reads as part of the id.
    private static let formats: [StaticString] = [
        "json", "xml", "html", "htm", "xhtml", "txt", "text", "js", "css", "csv", "ics", "vcf", "vtt", "png", "jpg",
        "jpeg", "jpe", "pjpeg", "gif", "bmp", "tif", "tiff", "svg", "mpg", "mpeg", "mpe", "mp3", "ogg", "m4a", "webm",
        "mp4", "otf", "ttf", "woff", "woff2", "rss", "atom", "yml", "yaml", "pdf", "zip", "gz", "gzip",
        "multipart_form", "url_encoded_form",
    ]

    /// Takes a final `.json` off; refuses any other format, and a format before it.
    @inline(never)
    @_lifetime(writer: copy writer)
    static func take(
        _ writer: inout TargetWriter, _ state: inout SegmentState, beforeDot: SegmentState
    ) throws(TargetRefusal) {
        if isSuffix(writer, after: state.rawDot, "json", foldingCase: false) {
            writer.truncate(to: state.rawDot)
            state = beforeDot
            guard state.decodedCount > 0 else { throw .emptySegment }
            try PathReader.check(state)
        }
        guard state.rawDot >= 0 else { return }
        for format in formats where isSuffix(writer, after: state.rawDot, format, foldingCase: true) {
            throw .formatSuffix
        }
    }

    /// The output after the escaped dot at `dot` spells `text` (lower case).
    private static func isSuffix(
        _ writer: borrowing TargetWriter, after dot: Int, _ text: StaticString, foldingCase: Bool
    ) -> Bool {
        let start = dot &+ 3
        let length = text.utf8CodeUnitCount
        guard writer.count &- start == length else { return false }
        for index in 0..<length {
            // Safe: index is below the number of bytes of a static string.
            let wanted = unsafe text.utf8Start[index]
            let byte = writer[start &+ index]
            let folded = byte >= 0x41 && byte <= 0x5A ? byte | 0x20 : byte
            guard (foldingCase ? folded : byte) == wanted else { return false }
        }
        return true
    }
}
