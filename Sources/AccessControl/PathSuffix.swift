import HTTPWire

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
        // The dot was written as an escape of three bytes.
        if writer.written(from: state.rawDot &+ 3).equals("json") {
            writer.truncate(to: state.rawDot)
            state = beforeDot
            guard state.decodedCount > 0 else { throw .emptySegment }
            try PathReader.check(state)
        }
        guard state.rawDot >= 0 else { return }
        let suffix = writer.written(from: state.rawDot &+ 3)
        for format in formats where suffix.equalsIgnoringCase(format) { throw .formatSuffix }
    }
}
