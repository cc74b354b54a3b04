import AccessControl
import HTTPWire
import Redaction

/// Settings while they are read: what stands in the file key by key, before it is put together and cross-checked.
struct SettingsDraft: Sendable {
    var settings: Settings
    var listeners = [Placed(value: Settings.Listener(), place: .nowhere)]
    var url = UpstreamAddress(host: "", port: 80)
    var hostField = ""
    var credentialMode = CredentialMode.passthrough
    var credentialFile = ""
    var credentialVariable = ""
    var credentialName = ""
    var pepper = ""
    var masterKeys = ""
    var checkpointKey = ""
    var checkpointFile = ""
    var exporters: [Placed<Settings.Exporter>] = []
    var additional: [Placed<AdditionalOperation>] = []
    var rules: [Placed<AdditionalRule>] = []
    var tokenGrants: [Placed<TokenGrant>] = []

    init() {
        // Only a start: the URL and the credential are required, so no settings are made of it.
        settings = Settings(upstream: Settings.Upstream(host: "", port: 80, credential: .passthrough))
    }

    enum CredentialMode: String, CaseIterable, Sendable {
        case passthrough, bearer, basic
    }

    /// An item of `operations.additional`.
    struct AdditionalOperation: Sendable {
        var method: Method?
        var path: PathTemplate?
        var controller = ""
        var action = ""
    }

    /// An item of `authentication.jwt.grants`.
    struct TokenGrant: Sendable {
        var claim = ""
        var value = ""
        var match = Settings.TokenMatch.exact
        var grants: [ScopePattern] = []
    }

    /// An item of `redaction.rules`.
    struct AdditionalRule: Sendable {
        var field = ""
        var controllers: [String] = []
        var actions: [Scope] = []
        var unlockedBy: Scope?
        var treatment = RedactionTreatment.mask
    }
}
