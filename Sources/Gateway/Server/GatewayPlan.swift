import AccessControl
import Cryptography
import Settings

/// Settings and what they point at, read and checked: what a gateway is started or reloaded with.
package struct GatewayPlan: Sendable {
    package let settings: Settings
    package let operations: OperationTable
    /// What the appliance sees in Authorization; nil: the client's own passes.
    package let authorization: CredentialLine?

    package init(settings: Settings, operations: OperationTable, authorization: CredentialLine?) {
        self.settings = settings
        self.operations = operations
        self.authorization = authorization
    }

    /// With the limits that the lanes' buffers and tables of fields were made for: they count until a restart.
    func keepingStorage(of settings: Settings) -> GatewayPlan {
        var kept = self.settings
        kept.limits.request = settings.limits.request
        kept.limits.response = settings.limits.response
        kept.limits.buffer = settings.limits.buffer
        return GatewayPlan(settings: kept, operations: operations, authorization: authorization)
    }
}
