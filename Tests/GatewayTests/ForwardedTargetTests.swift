import AccessControl
import AuditTrail
import GatewayTesting
import HTTPWire
import NodeumSimulator
import Testing

@Suite("What was decided on is what the appliance gets")
struct ForwardedTargetTests {
    /// What names are made of: letters, what paths and queries reserve, what is not ASCII, and what looks like more.
    private static let pieces = [
        "a", "Z", "9", "-", "--", "_", "~", ".", "..", " ", "'", "\"", "+", "%", "%2", "%zz", "100%", "&", "=", "?", "#", "!", "*",
        "(", ")", "[", "]", "{", "}", "|", "^", "<", ">", "`", "$", ",", ":", "@", ";", "é", "ß", "Ж", "日本", "🔑", "e\u{301}",
        ".json", ".xml", "json", "test", "me", "cloud_buckets", "%2F", "%2e", "%25", "/", "\\", "\u{7f}", "\n",
    ]

    /// One place of a path that takes a name or a serial, with what is around it.
    private static let templates = [
        "/cloud_connectors/{}", "/cloud_connectors/{}/cloud_buckets", "/cloud_connectors/{}/cloud_buckets/{}",
        "/pools/{}", "/pools/{}/mount", "/pools/{}/tapes/{}/tape_stat", "/nas/{}/nas_shares/{}", "/tapes/{}",
        "/tasks/{}/action/run", "/tape_libraries/{}/tape_drives/{}", "/users/me/configurations/{}", "/containers/{}/files",
    ]

    private struct Asked {
        let target: String
        /// The values that are in the path, decoded.
        let names: [String]
    }

    private static func name(_ dice: inout Dice) -> String {
        (0...dice.below(5)).map { _ in pieces[dice.below(pieces.count)] }.joined()
    }

    /// What must be escaped is; of the rest some is, in either case of letters.
    private static func escaped(_ text: String, _ dice: inout Dice) -> String {
        text.utf8.map { byte in
            let isPlain = byte < 128 && (Character(UnicodeScalar(byte)).isLetter || Character(UnicodeScalar(byte)).isNumber
                || "-_~!$'()*,:@&=+".utf8.contains(byte))
            if isPlain, dice.below(4) > 0 { return String(UnicodeScalar(byte)) }
            let digits = String(byte, radix: 16, uppercase: dice.below(2) == 0)
            return "%" + (digits.count == 1 ? "0" : "") + digits
        }.joined()
    }

    /// Names that no gateway can carry to the appliance and be sure of where they arrive.
    private static func isUnsafe(_ name: String) -> Bool {
        name.utf8.contains { $0 == 0x2f || $0 == 0x5c || $0 < 0x20 || $0 == 0x7f } || name.hasSuffix(".")
            || name.hasSuffix(" ") || name == "-"
    }

    /// A name with an escape as data (`%2F` that is meant) may be refused: what another decoding makes of it counts.
    private static func holdsEscape(_ name: String) -> Bool {
        name.contains(#/%[0-9A-Fa-f]{2}/#)
    }

    @Test("Random names arrive as they are meant, and the forwarded bytes route as the sent ones did", arguments: [UInt64(1), 2, 3])
    func names(seed: UInt64) throws {
        let site = try TestSite { $0.limits.observations = 8_192 }
        let key = try site.key("*/*")
        let gateway = try site.gateway()
        let table = try TestSite.operations.get()
        let client = try gateway.client()
        var dice = Dice(seed: seed)
        var asked: [String: Asked] = [:]
        var refused = 0
        for _ in 0..<1_200 {
            let template = Self.templates[dice.below(Self.templates.count)]
            var names: [String] = []
            let path = template.split(separator: "/").map { part in
                guard part == "{}" else { return String(part) }
                names.append(Self.name(&dice))
                return Self.escaped(names.last ?? "", &dice)
            }.joined(separator: "/")
            client.send(Request("GET", "/" + path, key: key).bytes)
            let answer = client.answer()
            if answer.code == nil, answer.status != 0 {
                #expect(!names.contains(where: Self.isUnsafe), "\(path)")
                asked[answer.exchange] = Asked(target: "/api/v2/" + path, names: names)
            } else {
                refused += 1
                #expect(answer.status == 400 || (answer.status == 404 && names.contains("-")), "\(path): \(answer.text)")
                #expect(names.contains(where: Self.isUnsafe) || names.contains(where: Self.holdsEscape), "\(path): \(answer.text)")
            }
        }
        // The generator must keep producing both, or this says nothing.
        #expect(asked.count > 400 && refused > 100)
        try compare(asked, site, table)
    }

    /// Each request as the appliance saw it, beside what was sent and what was recorded.
    private func compare(_ asked: [String: Asked], _ site: TestSite, _ table: OperationTable) throws {
        let prefix = try #require(APIPrefix("/api/v2"))
        let sent = CanonicalTarget(prefix: prefix)
        let forwarded = CanonicalTarget(prefix: prefix)
        let records = Dictionary(grouping: try site.records { $0.kind = .outcome }, by: \.exchange)
        let seen = site.appliance.appliance.observations
        #expect(seen.count == asked.count)
        for request in seen {
            let exchange = try #require(request.values("X-Request-ID").first)
            let question = try #require(asked[exchange])
            try sent.parse(question.target.utf8.span, ByteRange(start: 0, count: question.target.utf8.count))
            try forwarded.parse(request.target.span, ByteRange(start: 0, count: request.target.count))
            guard case .operation(let operation) = table.route(.get, forwarded) else {
                Issue.record("\(question.target) went out as \(request.targetText), which is no operation")
                continue
            }
            #expect(table.route(.get, sent) == .operation(operation), "\(question.target)")
            #expect(records[exchange]?.map { $0[.operation] } == [table[operation].id], "\(question.target)")
            #expect(records[exchange]?.map(\.ran) == [request.action ?? ""], "\(question.target)")
            guard case .object(let members) = request.parameters else { continue }
            #expect(members.map(\.value.text) == question.names, "\(question.target) went out as \(request.targetText)")
        }
    }

    @Test("Random values of a query arrive as they are meant", arguments: [UInt64(4), 5])
    func values(seed: UInt64) throws {
        let site = try TestSite { $0.limits.observations = 4_096 }
        let key = try site.key("pools/index", "cloud_connectors/index")
        let gateway = try site.gateway()
        let client = try gateway.client()
        var dice = Dice(seed: seed)
        var arrived = 0
        for _ in 0..<600 {
            let value = Self.name(&dice)
            let isControl = value.utf8.contains { $0 < 0x20 || $0 == 0x7f }
            // A plus is a blank in a query.
            let text = Self.escaped(value, &dice).replacing("+", with: "%2B").replacing("%20", with: dice.below(2) == 0 ? "+" : "%20")
                .replacing("&", with: "%26")
            let path = dice.below(2) == 0 ? "/pools" : "/cloud_connectors"
            site.appliance.appliance.forgetObservations()
            client.send(Request("GET", "\(path)?name=\(text)", key: key).bytes)
            let answer = client.answer()
            guard answer.code == nil else {
                #expect(answer.status == 400 && isControl, "\(text): \(answer.text)")
                continue
            }
            arrived += 1
            let seen = site.appliance.appliance.observations
            #expect(seen.map { $0.parameters["name"]?.text } == [value], "\(text) went out as \(seen.map(\.targetText))")
        }
        #expect(arrived > 400)
    }
}
