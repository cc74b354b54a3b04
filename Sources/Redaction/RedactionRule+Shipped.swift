extension RedactionRule {
    /// The rules that ship: what the appliance itself protects by an explicit scope, and where else its answers
    /// carry credentials. Administrators add to them; their order is the order of bits in a `RuleMask`.
    package static var shipped: [RedactionRule] {
        let secretKey = RedactionScope(controller: "cloud_connectors", action: "get_secret_key")
        let password = RedactionScope(controller: "nas_shares", action: "get_password")
        return [
            RedactionRule(field: "secret_key", place: .everywhere, unlockedBy: secretKey),
            RedactionRule(field: "password", place: .controllers(["nas_shares"]), unlockedBy: password),
            // No scope of the appliance releases a key of the appliance.
            RedactionRule(
                field: "key", place: .controllers(["api_keys"]), unlockedBy: nil, treatment: .lastFour),
            RedactionRule(
                field: "url_proxy", place: .everywhere, unlockedBy: secretKey, treatment: .credentialsInURL),
            // Mount options of S3FS, and of CIFS and NFS.
            RedactionRule(
                field: "options", place: .controllers(["cloud_connectors", "cloud_buckets"]), unlockedBy: secretKey,
                treatment: .credentialPairs),
            RedactionRule(
                field: "options", place: .controllers(["nas_shares"]), unlockedBy: password,
                treatment: .credentialPairs),
        ]
    }
}
