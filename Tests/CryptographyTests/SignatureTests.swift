import Cryptography
import Testing

@Suite("Ed25519")
struct SignatureTests {
    private func bytes(_ text: String) -> [UInt8] { Hexadecimal.decode(text) ?? [] }

    private func isValid(_ signature: [UInt8], _ message: String, _ publicPEM: String) -> Bool {
        VerifyingKey(pem: publicPEM)?.isValid(signature, for: bytes(message).span) ?? false
    }

    /// RFC 8032 section 7.1, tests 1 to 3: secret key, public key, message, signature.
    @Test("The vectors of RFC 8032 sign and verify", arguments: [
        (
            "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
        ),
        (
            "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
        ),
        (
            "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
            "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"
        ),
    ])
    func vectors(secret: String, publicKey: String, message: String, signature: String) throws {
        let der = "302e020100300506032b657004220420" + secret
        let pem = "-----BEGIN PRIVATE KEY-----\n\(Base64.encode(bytes(der).span))\n-----END PRIVATE KEY-----\n"
        guard let key = SigningKey(pem: pem) else {
            Issue.record("the key is not read")
            return
        }
        let written = try key.pem
        #expect(written == pem)
        let signed = try key.sign(bytes(message).span)
        #expect(signed == bytes(signature))
        let publicPEM = try key.verifyingKey().pem
        let raw = VerifyingKey(pem: publicPEM)?.raw
        #expect(raw == bytes(publicKey))
        #expect(isValid(signed, message, publicPEM))
        #expect(!isValid(signed, message + "00", publicPEM))
        var forged = signed
        forged[40] ^= 1
        #expect(!isValid(forged, message, publicPEM))
        #expect(!isValid([], message, publicPEM))
        #expect(!isValid(signed + [0], message, publicPEM))
    }

    @Test("New keys differ, and another key's signature is not valid")
    func newKeys() throws {
        let one = try SigningKey()
        let other = try SigningKey()
        let keys = [try one.verifyingKey().pem, try other.verifyingKey().pem]
        let signature = try one.sign(bytes("010203").span)
        #expect(isValid(signature, "010203", keys[0]))
        #expect(!isValid(signature, "010203", keys[1]))
        let fingerprints = [try one.verifyingKey().fingerprint, try other.verifyingKey().fingerprint]
        #expect(fingerprints[0] != fingerprints[1])
        #expect(fingerprints[0].count == 16)
    }

    @Test("What is no key is refused", arguments: [
        "", "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n",
        // The public half under the label of the private one, and a byte too few.
        "-----BEGIN PRIVATE KEY-----\nMCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n-----END PRIVATE KEY-----\n",
        "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHUQ==\n-----END PUBLIC KEY-----\n",
        // X25519 (1.3.101.110).
        "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VuAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n-----END PUBLIC KEY-----\n",
        "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo\n-----END PUBLIC KEY-----\n",
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n",
    ])
    func refused(pem: String) {
        let isSigning = SigningKey(pem: pem) != nil
        let isVerifying = VerifyingKey(pem: pem) != nil
        #expect(!isSigning && !isVerifying)
    }

    @Test("The public key is what openssl(1) writes")
    func publicPEM() {
        let raw = bytes("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
        let pem = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n-----END PUBLIC KEY-----\n"
        let text = VerifyingKey(raw: raw)?.pem
        #expect(text == pem)
        let back = VerifyingKey(pem: pem)?.raw
        #expect(back == raw)
        let isEmptyRead = VerifyingKey(raw: []) != nil
        #expect(!isEmptyRead)
    }

    @Test("Base64 is that of RFC 4648 section 10, and only the canonical text is read", arguments: [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
        ("foobar", "Zm9vYmFy"),
    ])
    func base64(text: String, encoded: String) {
        let bytes = Array(text.utf8)
        let written = Base64.encode(bytes.span)
        #expect(written == encoded)
        #expect(Base64.decode(encoded) == bytes)
    }

    @Test("Other Base64 is refused", arguments: ["Zg", "Zg=", "Zh==", "Zm9=", "Z===", "====", "Zm 9v", "Zm9v\n", "Zm-v"])
    func refusedBase64(text: String) { #expect(Base64.decode(text) == nil) }
}
