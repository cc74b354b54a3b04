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
}
