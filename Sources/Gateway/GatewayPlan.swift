import AccessControl
import Settings

/// Settings and what they point at, read and checked: what a gateway is started or reloaded with.
package struct GatewayPlan: Sendable {
    package let settings: Settings
    package let operations: OperationTable
    /// The Authorization field line for the appliance, with its end; nil: the client's own passes.
    package let authorization: [UInt8]?

    package init(settings: Settings, operations: OperationTable, authorization: [UInt8]?) {
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
