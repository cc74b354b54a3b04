/// A name that a client's certificate has: a subjectAltName, or its whole subject.
///
/// `URI:spiffe://site/backup`, `DNS:backup.example`, `email:anna@example.com`, `IP:192.0.2.7`, or
/// `subject:CN=backup,O=Example` with the subject as `nodegate tls show` prints it (RFC 4514). Compared as written,
/// but for host names, whose case does not count: nothing in it stands for anything else.
package struct CertificateName: Hashable, Sendable, CustomStringConvertible {
    package static let maximumBytes = 512
    /// Names of one certificate that are looked at; those behind are passed over.
    package static let greatestCount = 32

    private static let kinds = ["DNS", "IP", "URI", "email", "subject"]

    /// With its kind in front.
    package let text: String

    /// - Parameter text: The kind may be in any case; a text with `=` and no kind is a subject.
    package init?(_ text: String) {
        guard text.utf8.count <= Self.maximumBytes, text.unicodeScalars.allSatisfy(Self.isVisible) else { return nil }
        if let colon = text.firstIndex(of: ":"),
            let kind = Self.kinds.first(where: { $0.lowercased() == text[..<colon].lowercased() })
        {
            let name = text[text.index(after: colon)...]
            guard !name.isEmpty, kind == "subject" || !name.contains(" ") else { return nil }
            self.text = "\(kind):\(kind == "DNS" ? name.lowercased() : String(name))"
        } else if text.contains("="), !text.hasPrefix("=") {
            self.text = "subject:\(text)"
        } else {
            return nil
        }
    }

    package init?(subject: String) { self.init("subject:\(subject)") }

    package var description: String { text }

    private static func isVisible(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: false
        default: true
        }
    }
}
