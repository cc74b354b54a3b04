import AuditTrail
import Foundation
import GatewayTesting
import NodeumSimulator
import Settings
import Testing

/// A gateway before the demonstration's appliance, and keys that may change its connectors.
private struct Guarding {
    let site: TestSite
    let gateway: TestGateway
    /// May not see secrets.
    let writer: String
    /// May.
    let holder: String

    init(_ settings: (inout Settings) -> Void = { _ in }) throws {
        site = try TestSite()
        writer = try site.key("cloud_connectors/*", "cloud_buckets/update_config_file")
        holder = try site.key("cloud_connectors/*", "cloud_connectors/get_secret_key")
        gateway = try site.gateway(settings)
    }

    func connector(_ id: Int) -> CloudConnector? { site.appliance.appliance.connectors.first { $0.id == id } }
    var connectors: [CloudConnector] { site.appliance.appliance.connectors }
    var seen: [ObservedRequest] { site.appliance.appliance.observations }

    func put(_ body: String, _ path: String = "/cloud_connectors/1", key: String? = nil) throws -> Answer {
        try gateway.ask("PUT", path, key: key ?? writer, body: body)
    }
}

@Suite("Masks that clients write back")
struct WriteBackTests {
    @Test("Dropped: the stored secret stays, the rest is written, and the appliance is told a true length", arguments: [
        (#"{"region":"new","secret_key":"[censored]"}"#, #"{"region":"new"}"#),
        (#"{"secret_key":"[censored]","region":"new"}"#, #"{"region":"new"}"#),
        (#"{"secret\u005fkey":"\u005bcensored]","region":"new"}"#, #"{"region":"new"}"#),
        (#"{"secret_key":"[censored]","secret_key":" [censored]","region":"new"}"#, #"{"region":"new"}"#),
        (#"{"cloud_connector":{"secret_key":"[censored]","region":"new"}}"#, #"{"cloud_connector":{"region":"new"}}"#),
        (#"{"secret_key":"[censored]","cloud_connector":{"region":"new","secret_key":"[censored]"}}"#, #"{"cloud_connector":{"region":"new"}}"#),
        (#"{"region":"new","url_proxy":"http://[censored]@proxy.example"}"#, #"{"region":"new"}"#),
    ])
    func dropped(body: String, forwarded: String) throws {
        let guarding = try Guarding()
        let secret = guarding.connector(1)?.secretKey
        for key in [guarding.writer, guarding.holder] {
            guarding.site.appliance.appliance.reset()
            let answer = try guarding.put(body, key: key)
            #expect(answer.status == 200, "\(answer.text)")
            #expect(guarding.connector(1)?.secretKey == secret && guarding.connector(1)?.region == "new")
            #expect(guarding.connector(1)?.urlProxy == nil)
            let request = try #require(guarding.seen.first)
            #expect(String(decoding: request.body, as: UTF8.self) == forwarded)
            #expect(request.values("Content-Length") == ["\(forwarded.utf8.count)"])
            let detail = try #require(try guarding.site.records(of: answer).last)[.detail]
            #expect(detail.contains("masked values of the request were left out"))
        }
    }

    @Test("In pieces of any size, framed by the client in chunks")
    func chunked() throws {
        let guarding = try Guarding()
        let body = #"{ "name" : "aws-archive", "secret_key" : "[censored]" , "region" : "by-pieces" }"#
        for size in [1, 2, 5, 17, 60] {
            guarding.site.appliance.appliance.reset()
            let client = try guarding.gateway.client()
            let fields = ["Content-Type: application/json", "Transfer-Encoding: chunked"]
            client.send(Request("PUT", "/cloud_connectors/1", key: guarding.writer, fields: fields).bytes)
            var rest = Array(body.utf8)[...]
            while !rest.isEmpty {
                let part = rest.prefix(size)
                client.send(Array("\(String(part.count, radix: 16))\r\n".utf8) + part + Array("\r\n".utf8))
                rest = rest.dropFirst(part.count)
            }
            client.send("0\r\n\r\n")
            #expect(client.answer().status == 200, "\(size)")
            #expect(guarding.connector(1)?.region == "by-pieces" && guarding.connector(1)?.secretKey?.hasPrefix("SECRET-1-") == true, "\(size)")
            let forwarded = try #require(guarding.seen.first?.body)
            #expect(String(decoding: forwarded, as: UTF8.self) == #"{ "name" : "aws-archive" , "region" : "by-pieces" }"#, "\(size)")
        }
    }

    @Test("In create and in test as well; a new secret goes through as it is")
    func otherOperations() throws {
        let guarding = try Guarding()
        let draft = #"{"name":"n","url":"https://x.example","provider":"generic_s3","secret_key":"SECRET"}"#
        let masked = draft.replacing("SECRET", with: "[censored]")
        #expect(try guarding.gateway.ask("POST", "/cloud_connectors", key: guarding.writer, body: masked).status == 201)
        #expect(guarding.connectors.last?.name == "n" && guarding.connectors.last?.secretKey == nil)
        #expect(try guarding.put(masked, "/cloud_connectors/-/test").status == 202)
        #expect(guarding.seen.allSatisfy { !String(decoding: $0.body, as: UTF8.self).contains("censored") })
        let renewed = try guarding.put(#"{"secret_key":"SECRET-renewed"}"#)
        #expect(renewed.status == 200 && !renewed.text.contains("SECRET-renewed"))
        #expect(guarding.connector(1)?.secretKey == "SECRET-renewed")
    }

    @Test("Configured to refuse: 422, and nothing is written")
    func refused() throws {
        let guarding = try Guarding { $0.redaction.writeBack = .refuse }
        let before = guarding.connectors
        for body in [
            #"{"region":"new","secret_key":"[censored]"}"#, #"{"cloud_connector":{"secret\u005fkey":"[censored]"}}"#,
            #"{"secret_key":"new","secret_key":"[censored]"}"#,
        ] {
            let answer = try guarding.put(body)
            #expect(answer.status == 422 && answer.code == "mask_written_back", "\(answer.text)")
            #expect(try guarding.site.records(of: answer).last?.reason == "mask_written_back")
        }
        #expect(guarding.connectors == before && !guarding.seen.contains(where: \.ran))
        #expect(try guarding.put(#"{"region":"new"}"#).status == 200)
    }

    @Test("What is no JSON is refused, and nothing is written", arguments: [
        #"{"region":"new""#, #"{"region":"new"}}"#, #"{"region":"new"} {"region":"newer"}"#, "region=new",
        #"{"region":'new'}"#, "\u{feff}{}", #"{"region":"\#u{1}"}"#, #"{"region":"\ud800"}"#, "[" + String(repeating: "[", count: 600),
    ])
    func malformed(body: String) throws {
        let guarding = try Guarding()
        let before = guarding.connectors
        let answer = try guarding.put(body)
        #expect(answer.status == 400 && answer.code == "malformed_body", "\(answer.text)")
        #expect(guarding.connectors == before && !guarding.seen.contains(where: \.ran))
    }

    @Test("A file in parts passes byte for byte; with a mask among its parts, or a method, it does not")
    func parts() throws {
        let guarding = try Guarding()
        func upload(_ parts: String) throws -> Answer {
            let body = parts.replacing("\n", with: "\r\n")
            let fields = ["Content-Type: multipart/form-data; boundary=b", "Content-Length: \(body.utf8.count)"]
            let client = try guarding.gateway.client()
            client.send(Request("PUT", "/cloud_buckets/1/config_file", key: guarding.writer, fields: fields).bytes + Array(body.utf8))
            return client.answer()
        }
        let file = "--b\nContent-Disposition: form-data; name=\"file\"; filename=\"f\"\n\n[censored]\n--b--\n"
        #expect(try upload(file).status == 200)
        #expect(guarding.seen.last.map { String(decoding: $0.body, as: UTF8.self) } == file.replacing("\n", with: "\r\n"))
        for (name, value, reason) in [
            ("secret_key", "[censored]", "mask_written_back"), ("cloud_bucket[secret_key]", "[censored]", "mask_written_back"),
            ("_method", "DELETE", "method_override"), ("_method[]", "DELETE", "method_override"),
        ] {
            let answer = try upload("--b\nContent-Disposition: form-data; name=\"\(name)\"\n\n\(value)\n\(file)")
            #expect(answer.code == reason, "\(name): \(answer.status) \(answer.text)")
        }
        #expect(guarding.seen.filter(\.ran).count == 1)
    }
}

@Suite("Stored secrets that would be sent elsewhere")
struct RedirectTests {
    private static let redirects = [
        #"{"url":"https://elsewhere.example"}"#, #"{"url_proxy":"http://elsewhere.example:3128"}"#, #"{"options":"ro"}"#,
        #"{"u\u0072l":"https://elsewhere.example"}"#, #"{"cloud_connector":{"url":"https://elsewhere.example"}}"#,
        #"{"url":"https://elsewhere.example","secret_key":"[censored]"}"#, #"{"url":"https://elsewhere.example","secret_key":null}"#,
        #"{"url":"https://elsewhere.example","secret_key":""}"#,
        #"{"url":"https://elsewhere.example","secret_key":"new","secret_key":null}"#,
        #"{"cloud_connector":{"url":"https://elsewhere.example"},"secret_key":"new"}"#,
        #"{"url":"https://elsewhere.example","cloud_connector":{"secret_key":"new"}}"#,
    ]

    @Test("Without a new secret: 403, recorded, and the connector is as it was", arguments: redirects)
    func refused(body: String) throws {
        let guarding = try Guarding()
        let before = guarding.connectors
        let answer = try guarding.put(body)
        #expect(answer.status == 403 && answer.code == "secret_redirected", "\(answer.text)")
        let record = try #require(try guarding.site.records(of: answer).last)
        #expect(record.reason == "secret_redirected" && record[.detail] == "a stored secret would be sent elsewhere")
        #expect(guarding.connectors == before && !guarding.seen.contains(where: \.ran))
        // The connection is closed, since the appliance has a part of the request.
        #expect(answer.field("Connection") == "close")
    }

    @Test("With a new one, by a key that may see it, or where the settings allow it: written")
    func passes() throws {
        let guarding = try Guarding()
        let renewed = try guarding.put(#"{"url":"https://elsewhere.example","secret_key":"SECRET-mine"}"#)
        #expect(renewed.status == 200 && guarding.connector(1)?.url == "https://elsewhere.example")
        #expect(guarding.connector(1)?.secretKey == "SECRET-mine")
        let known = try guarding.put(Self.redirects[0], "/cloud_connectors/2", key: guarding.holder)
        #expect(known.status == 200 && guarding.connector(2)?.url == "https://elsewhere.example")
        let harmless = try guarding.put(#"{"region":"new"}"#, "/cloud_connectors/3")
        #expect(harmless.status == 200)
        let lenient = try Guarding { $0.redaction.redirects = .allow }
        #expect(try lenient.put(Self.redirects[0]).status == 200)
        #expect(lenient.connector(1)?.url == "https://elsewhere.example")
    }

    @Test("What is read can be written back where redirects are allowed: every connector stays as it is")
    func roundTrip() throws {
        let guarding = try Guarding { $0.redaction.redirects = .allow }
        let before = guarding.connectors
        for connector in before {
            let path = "/cloud_connectors/\(connector.id)"
            let shown = try guarding.gateway.ask("GET", path, key: guarding.writer)
            #expect(shown.text.contains("[censored]") && !shown.text.contains("SECRET"))
            #expect(try guarding.put(shown.text, path).status == 200)
        }
        #expect(guarding.connectors == before)
    }
}

@Suite("Submitted secrets in answers, and conditions on what is masked")
struct EchoAndConditionTests {
    @Test("An error that repeats the submitted secret: masked for who may not see secrets, untouched for who may")
    func echoed() throws {
        let guarding = try Guarding()
        // The appliance's details carry the value that was refused.
        for (name, provider, secret) in [("aws-archive", "generic_s3", "aws-archive"), ("n", "SECRET-mine", "SECRET-mine")] {
            let body = #"{"name":"\#(name)","url":"https://x.example","provider":"\#(provider)","secret_key":"\#(secret)"}"#
            let masked = try guarding.gateway.ask("POST", "/cloud_connectors", key: guarding.writer, body: body)
            #expect(masked.status == 422 && masked.text.contains(#""value":"[censored]""#), "\(masked.text)")
            #expect(!masked.text.contains(secret) && masked.text.contains("messages"))
            #expect(masked.field("Content-Length") == "\(masked.body.count)")
            #expect(try guarding.site.records(of: masked).last?[.redacted] == 1)
            let clear = try guarding.gateway.ask("POST", "/cloud_connectors", key: guarding.holder, body: body)
            #expect(clear.status == 422 && clear.text.contains(#""value":"\#(secret)""#))
        }
    }

    @Test("Wherever and however the answer repeats it", arguments: [
        #"{"messages":["SECRET-mine/1 is weak"]}"#, #"{"a":[{"b":"x SECRET-mine\/1 y"}]}"#, #""\u0053ECRET-mine/1""#,
        #"{"url":"https://SECRET-mine/1@x"}"#,
    ])
    func repeated(answer: String) throws {
        let scripted = try Scripted(.answer(status: 422, body: Array(answer.utf8)))
        let body = #"{"name":"n","secret_key":"SECRET-mine\/1"}"#
        let masked = try scripted.ask("PUT", Scripted.protected, body: body)
        #expect(masked.status == 422 && !masked.text.contains("ECRET-mine") && masked.text.contains("[censored]"), "\(masked.text)")
        // Another request knows nothing of it.
        #expect(try scripted.ask("PUT", Scripted.protected, body: "{}").text == answer)
    }

    @Test("A write that is meant for one state is refused for who may not see all of it, and passes for who may")
    func conditions() throws {
        let guarding = try Guarding()
        for field in ["If-Match: \"1\"", "If-Unmodified-Since: Tue, 15 Nov 1994 12:45:26 GMT"] {
            let refused = try guarding.gateway.ask(
                "PUT", "/cloud_connectors/1", key: guarding.writer, fields: [field], body: #"{"region":"new"}"#)
            #expect(refused.status == 400 && refused.code == "unsupported_condition")
            #expect(try guarding.site.records(of: refused).map(\.reason) == ["unsupported_condition"])
            #expect(guarding.seen.isEmpty)
            let passed = try guarding.gateway.ask(
                "PUT", "/cloud_connectors/1", key: guarding.holder, fields: [field], body: #"{"region":"new"}"#)
            #expect(passed.status == 200)
            #expect(guarding.seen.last?.values(String(field.prefix { $0 != ":" })).count == 1)
            guarding.site.appliance.appliance.reset()
        }
    }

    @Test("A validator of the secret confirms no guess: no 304, no ETag, no range for who may not see it")
    func validators() throws {
        let guarding = try Guarding()
        let open = try guarding.gateway.ask("GET", "/cloud_connectors/1", key: guarding.holder)
        let tag = try #require(open.field("ETag"))
        let known = try guarding.gateway.ask("GET", "/cloud_connectors/1", key: guarding.holder, fields: ["If-None-Match: \(tag)"])
        #expect(known.status == 304)
        guarding.site.appliance.appliance.forgetObservations()
        for field in ["If-None-Match: \(tag)", "If-None-Match: *", "If-Match: \(tag)", "Range: bytes=0-40", "If-Range: \(tag)"] {
            for method in ["GET", "HEAD"] {
                let client = try guarding.gateway.client()
                client.send(Request(method, "/cloud_connectors/1", key: guarding.writer, fields: [field]).bytes)
                let answer = client.answer(to: method)
                #expect(answer.status == 200 && answer.field("ETag") == nil && answer.field("Last-Modified") == nil, "\(field)")
                #expect(answer.field("Accept-Ranges") == nil && answer.field("Cache-Control") == "private, no-store", "\(field)")
                #expect(method == "HEAD" ? answer.field("Content-Length") == nil : answer.text.contains("[censored]"), "\(field)")
            }
            let name = String(field.prefix { $0 != ":" })
            #expect(guarding.seen.allSatisfy { $0.values(name) == [] }, "\(field)")
        }
    }
}
