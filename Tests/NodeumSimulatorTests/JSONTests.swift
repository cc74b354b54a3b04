import Testing
@testable import NodeumSimulator

@Suite struct JSONTests {
    @Test(arguments: [
        ("null", "null"), (" [ ] ", "[]"), ("{}", "{}"), ("[1,-2,3.5e+7]", "[1,-2,3.5e+7]"), ("true", "true"),
        (#"{"a":1,"b":2,"a":3}"#, #"{"a":3,"b":2}"#),
        (#"{"a":1,"\u0061":3}"#, #"{"a":3}"#),
        (#""\"\\\/\b\f\n\r\t\q""#, #""\"\\/\u0008\u000c\n\r\tq""#),
        (#""\ud83d\udd11 \ud83d \udd11x""#, "\"\u{1f511} \u{fffd} \u{fffd}x\""),
        (#""\ud83d\u0041""#, "\"\u{fffd}A\""),
        ("/* c */ [1, // two\n 2]", "[1,2]"),
        ("\"<&>\u{2028}\"", #""\u003c\u0026\u003e\u2028""#),
        ("0", "0"), ("-0.0", "-0.0"),
    ]) func reads(_ text: String, as written: String) throws {
        #expect(String(decoding: try JSONReader.read(Array(text.utf8)).bytes, as: UTF8.self) == written)
    }

    @Test(arguments: [
        "", " ", "{", "[", "[1", "[1,", "[1,]", "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1,}", "{a:1}", "{1:1}", "'a'",
        "\"a", "\"\u{1}\"", "\"\\", "\"\\u12\"", "\"\\u12g4\"", "tru", "truex", "01", "-", "1.", ".5", "1e", "+1", "NaN",
        "Infinity", "1 2", "[] []", "/", "/* never ends", "nul", "\u{feff}1", "-01",
        String(repeating: "[", count: 102) + String(repeating: "]", count: 102),
    ]) func refuses(_ text: String) {
        #expect(throws: JSONReadError.self) { try JSONReader.read(Array(text.utf8)) }
    }

    @Test func keepsNamesApartByBytes() throws {
        let value = try JSONReader.read(Array("{\"K\":1,\"\u{212a}\":2}".utf8))
        guard case .object(let members) = value else {
            Issue.record("no object")
            return
        }
        #expect(members.count == 2)
    }
}
